"""/deploy <service> <version> <environment> — roll out a version; others approve it in the thread

/deploy — open a form with the same choices
/deploy status — what is running or waiting
/deploy history <service> — what happened to a service
/deploy lock <service> <environment> "<reason>" — keep everybody from changing it
/deploy unlock <service> <environment> — give it free again
/deploy help — this list
"""

import sys

from bot.approval.views import reject_form
from bot.call import Call
from bot.catalogue import Catalogue
from bot.deploy.flow import Deploys
from bot.deploy.lists import accepted, form
from bot.deploy.overview import Overview
from bot.deploy.rules import words
from bot.deploy.views import what
from bot.gate import Gate
from bot.help import manual
from bot.lock.flow import Locks
from bot.lock.views import locked, unlocked

USAGE = "/deploy <service> <version> <environment>"


async def command(call: Call, deploys: Deploys, overview: Overview, catalogue: Catalogue, locks: Locks) -> None:
    """The slash command: a verb, or a deploy."""
    verb, _, rest = call.text.strip().partition(" ")
    if not verb:
        await open_form(call, overview, catalogue)
    elif verb == "help":
        await call.reply(manual(sys.modules[__name__]))
    elif verb == "status":
        words(rest, [], "/deploy status")
        await call.reply(await overview.status(), public=True)
    elif verb == "history":
        [service] = words(rest, ["service"], "/deploy history <service>")
        await call.reply(await overview.history(service), public=True)
    elif verb == "lock":
        usage = '/deploy lock <service> <environment> "<reason>"'
        service, environment, reason = words(rest, ["service", "environment", "reason"], usage)
        await call.reply(locked(await locks.take(call.person, service, environment, reason, call.source)), public=True)
    elif verb == "unlock":
        service, environment = words(rest, ["service", "environment"], "/deploy unlock <service> <environment>")
        lock = await locks.release(call.person, service, environment, call.source)
        await call.reply(unlocked(lock, call.person.name), public=True)
    else:
        service, version, environment = words(call.text, ["service", "version", "environment"], USAGE)
        await request(call, deploys, service, version, environment)


async def request(call: Call, deploys: Deploys, service: str, version: str, environment: str) -> None:
    """Ask for the deploy; say where its card is, when that is not before the person's eyes."""
    deploy = await deploys.request(call.person, service, version, environment, call.source)
    if call.channel != deploy.channel:
        await call.reply(accepted(deploy))


async def open_form(call: Call, overview: Overview, catalogue: Catalogue) -> None:
    """The form, with what this person deployed last preselected."""
    await call.slack.open_view(call.trigger, form(catalogue, *await overview.usual(call.person), call.channel))


async def submit_form(call: Call, deploys: Deploys) -> None:
    """The form was sent; what is to be said about it is said where it was opened."""
    call.channel = call.value
    await request(call, deploys, *(call.entered(field).strip() for field in ("service", "version", "environment")))


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


async def cancel(call: Call, deploys: Deploys) -> None:
    """Cancel, on the card."""
    await deploys.cancel(call.person, int(call.value), call.source)


async def abort(call: Call, deploys: Deploys) -> None:
    """Abort and go back, on the card."""
    await deploys.abort(call.person, int(call.value), call.source)


def register(gate: Gate) -> None:
    """Everything of this command that people type or click."""
    gate.command("/deploy")(command)
    gate.shortcut("deploy")(open_form)
    gate.view("deploy:form")(submit_form)
    gate.action("deploy:approve")(approve)
    gate.action("deploy:reject")(reject)
    gate.view("deploy:rejected")(submit_reject)
    gate.action("deploy:cancel")(cancel)
    gate.action("deploy:abort")(abort)
