"""Deciding on a request, in its thread: approve, reject, and the checklist."""

from bot.approval.views import reject_form
from bot.call import Call
from bot.deploy.flow import Deploys
from bot.deploy.views import what
from bot.gate import Gate


async def approve(call: Call, deploys: Deploys) -> None:
    """Approve, in the thread."""
    await deploys.approve(call.person, int(call.value), call.source)


async def reject(call: Call, deploys: Deploys) -> None:
    """Reject, in the thread: asks for the reason."""
    deploy = await deploys.may_reject(call.person, int(call.value), call.source)
    await call.slack.open_view(call.trigger, reject_form(what(deploy), call.value))


async def submit_reject(call: Call, deploys: Deploys) -> None:
    """The reason was given."""
    await deploys.reject(call.person, int(call.value), call.entered("reason"), call.source)


def register(gate: Gate) -> None:
    """The buttons and forms."""
    gate.action("deploy:approve")(approve)
    gate.action("deploy:reject")(reject)
    gate.view("deploy:rejected")(submit_reject)
