"""Steering a deploy by the buttons on its card: cancel, pause, resume, promote, abort, roll back."""

from bot.call import Call
from bot.deploy.flow import Deploys
from bot.deploy.lists import accepted
from bot.gate import Gate


async def cancel(call: Call, deploys: Deploys) -> None:
    """Cancel what has not started."""
    await deploys.cancel(call.person, int(call.value), call.source)


async def pause(call: Call, deploys: Deploys) -> None:
    """Stay at this step."""
    await deploys.pause(call.person, int(call.value), call.source)


async def resume(call: Call, deploys: Deploys) -> None:
    """Go on by itself again."""
    await deploys.resume(call.person, int(call.value), call.source)


async def promote(call: Call, deploys: Deploys) -> None:
    """Go on to the next step now, whatever the gate says. The button carries the step that was looked at."""
    number, _, step = call.value.partition(":")
    await deploys.promote(call.person, int(number), int(step or 0), call.source)


async def abort(call: Call, deploys: Deploys) -> None:
    """Stop the rollout and go back to what ran before."""
    await deploys.abort(call.person, int(call.value), call.source)


async def roll_back(call: Call, deploys: Deploys) -> None:
    """Go back to what ran before this deploy, after it has ended."""
    asked = await deploys.undo(call.person, int(call.value), call.source)
    if call.channel != asked.channel:
        await call.reply(accepted(asked))


def register(gate: Gate) -> None:
    """The buttons."""
    for name, handler in (
        ("cancel", cancel),
        ("pause", pause),
        ("resume", resume),
        ("promote", promote),
        ("abort", abort),
        ("rollback", roll_back),
    ):
        gate.action(f"deploy:{name}")(handler)
