"""Looking at deploys: status, queue, history."""

from bot.call import Call
from bot.deploy.overview import Overview
from bot.deploy.rules import words
from bot.gate import Gate


async def status(call: Call, overview: Overview) -> None:
    """What is under way."""
    words(call.rest, [], "/deploy status")
    await call.reply(await overview.status(), public=True)


async def queue(call: Call, overview: Overview) -> None:
    """What waits, and for what."""
    words(call.rest, [], "/deploy queue")
    await call.reply(await overview.queue(), public=True)


async def history(call: Call, overview: Overview) -> None:
    """What happened to a service."""
    [service] = words(call.rest, ["service"], "/deploy history <service>")
    await call.reply(await overview.history(service), public=True)


def register(gate: Gate) -> None:
    """The verbs."""
    gate.command("/deploy", "status")(status)
    gate.command("/deploy", "queue")(queue)
    gate.command("/deploy", "history")(history)
