"""Deciding on a request, in its thread: approve, reject, and the checklist."""

from bot.approval.checklist import unboxed
from bot.approval.rules import opened
from bot.approval.views import reject_form
from bot.call import Call
from bot.deploy.decisions import Decisions
from bot.deploy.views import what
from bot.gate import Gate


async def approve(call: Call, decisions: Decisions) -> None:
    """Approve, in the thread."""
    await decisions.approve(call.person, *opened(call.value), call.source)


async def reject(call: Call, decisions: Decisions) -> None:
    """Reject, in the thread: asks for the reason."""
    deploy = await decisions.may_reject(call.person, *opened(call.value), call.source)
    await call.slack.open_view(call.trigger, reject_form(what(deploy), call.value))


async def submit_reject(call: Call, decisions: Decisions) -> None:
    """The reason was given."""
    await decisions.reject(call.person, *opened(call.value), call.entered("reason"), call.source)


async def tick(call: Call, decisions: Decisions) -> None:
    """A box of the checklist was ticked, or its tick taken away."""
    number, plan, shown = unboxed(call.block)
    await decisions.tick(call.person, number, plan, shown, frozenset(map(int, call.chosen)), call.source)


def register(gate: Gate) -> None:
    """The buttons and forms."""
    gate.action("deploy:approve")(approve)
    gate.action("deploy:tick")(tick)
    gate.action("deploy:reject")(reject)
    gate.view("deploy:rejected")(submit_reject)
