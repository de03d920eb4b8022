"""Asking for a deploy: typed, or by the form."""

from bot.call import Call
from bot.catalogue import Catalogue
from bot.deploy.flow import Deploys
from bot.deploy.lists import accepted, form
from bot.deploy.overview import Overview
from bot.deploy.wishes import Wish, wished
from bot.gate import Gate


async def deploy(call: Call, deploys: Deploys, overview: Overview, catalogue: Catalogue) -> None:
    """The command without a verb: a deploy; without anything: the form."""
    if not call.text.strip():
        await open_form(call, overview, catalogue)
        return
    await request(call, deploys, wished(call.text))


async def request(call: Call, deploys: Deploys, wish: Wish) -> None:
    """Ask for the deploy; say where its card is, when that is not before the person's eyes."""
    asked = await deploys.request(call.person, wish, call.source)
    if call.channel != asked.channel:
        await call.reply(accepted(asked))


async def open_form(call: Call, overview: Overview, catalogue: Catalogue) -> None:
    """The form, with what this person deployed last preselected."""
    await call.slack.open_view(call.trigger, form(catalogue, *await overview.usual(call.person), call.channel))


async def submit_form(call: Call, deploys: Deploys) -> None:
    """The form was sent; what is to be said about it is said where it was opened."""
    call.channel = call.value
    service, version, environment = (call.entered(field).strip() for field in ("service", "version", "environment"))
    await request(call, deploys, Wish(service=service, version=version, environment=environment))


def register(gate: Gate) -> None:
    """Everything that asks for a deploy."""
    gate.command("/deploy")(deploy)
    gate.shortcut("deploy")(open_form)
    gate.view("deploy:form")(submit_form)
