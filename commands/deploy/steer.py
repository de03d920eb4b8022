"""Steering a deploy by the buttons on its card: cancel, pause, resume, promote, abort, roll back."""

from bot.call import Call
from bot.deploy.decisions import Decisions
from bot.deploy.flow import Deploys
from bot.errors import Code, Refusal
from bot.gate import Gate


async def cancel(call: Call, decisions: Decisions) -> None:
    """Cancel what has not started."""
    await decisions.cancel(call.person, int(call.value), call.source)


async def pause(call: Call, decisions: Decisions) -> None:
    """Stay at this step."""
    await decisions.pause(call.person, int(call.value), call.source)


async def resume(call: Call, decisions: Decisions) -> None:
    """Go on by itself again."""
    await decisions.resume(call.person, int(call.value), call.source)


async def promote(call: Call, decisions: Decisions) -> None:
    """Go on to the next step now, whatever the gate says. The button carries the step that was looked at."""
    number, _, step = call.value.partition(":")
    await decisions.promote(call.person, int(number), int(step or 0), call.source)


async def abort(call: Call, decisions: Decisions) -> None:
    """Stop the rollout and go back to what ran before."""
    await decisions.abort(call.person, int(call.value), call.source)


async def roll_back(call: Call, deploys: Deploys, decisions: Decisions) -> None:
    """Go back to what ran before this deploy: in its watch window by itself, later by a rollback of its own."""
    try:
        await decisions.abort(call.person, int(call.value), call.source)
    except Refusal as no:
        if no.code != Code.ALREADY_DECIDED:
            raise
        await deploys.undo(call.person, int(call.value), call.source)


async def undo_migration(call: Call, decisions: Decisions) -> None:
    """Undo the migration, then go back."""
    await decisions.undo_migration(call.person, int(call.value), call.source)


async def call_good(call: Call, decisions: Decisions) -> None:
    """Say what the watch window could not: that the version is known good."""
    await decisions.call_good(call.person, int(call.value), call.source)


def register(gate: Gate) -> None:
    """The buttons."""
    for name, handler in (
        ("cancel", cancel),
        ("pause", pause),
        ("resume", resume),
        ("promote", promote),
        ("abort", abort),
        ("rollback", roll_back),
        ("down", undo_migration),
        ("good", call_good),
    ):
        gate.action(f"deploy:{name}")(handler)
