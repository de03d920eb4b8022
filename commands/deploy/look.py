"""Looking at deploys: status, queue, history, figures, what one would change, what rules would have changed."""

from bot.blocks import code
from bot.call import Call
from bot.catalogue import Catalogue, quoted
from bot.deploy.flow import Deploys
from bot.deploy.overview import Overview
from bot.deploy.rules import words
from bot.deploy.whatif import WhatIf
from bot.deploy.wishes import wished
from bot.errors import Code, Refusal
from bot.gate import Gate

USUALLY, LONGEST = 30, 366  # days


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


async def diff(call: Call, deploys: Deploys, overview: Overview) -> None:
    """What a deploy would change, without asking for it: for whoever wants to know."""
    asked = deploys.draft(call.person, wished(call.rest))
    await call.reply(await overview.diff(asked, f"/deploy {call.rest.strip()}"))


async def stats(call: Call, overview: Overview, catalogue: Catalogue) -> None:
    """The four keys."""
    usage = "/deploy stats [<service>] [<days>]"
    service, days = words(call.rest, ["service", "days"], usage, optional=2)
    if not days and service.isdecimal() and service not in catalogue.services:
        service, days = "", service
    await call.reply(await overview.stats(service, _days(days, usage)), public=True)


async def policy(call: Call, whatif: WhatIf) -> None:
    """What today's gates, policy and quorum would have said to past deploys."""
    usage = "/deploy policy test [<gate>] [<days>]"
    test, gate, days = words(call.rest, ["test", "gate", "days"], usage, optional=2)
    if test != "test":
        raise Refusal(Code.INVALID, f"A policy can't be {quoted(test)}, only tested.", f"Type {code(usage)}.")
    if not days and gate.isdecimal():
        gate, days = "", gate
    await whatif.test(gate, _days(days, usage), call.reply)


def _days(text: str, usage: str) -> int:
    if not text:
        return USUALLY
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:6]) <= LONGEST):
        hint = f"A number from 1 to {LONGEST}: {code(usage)}."
        raise Refusal(Code.INVALID, f"{quoted(text)} is no number of days.", hint)
    return int(text)


def register(gate: Gate) -> None:
    """The verbs."""
    gate.command("/deploy", "status")(status)
    gate.command("/deploy", "queue")(queue)
    gate.command("/deploy", "history")(history)
    gate.command("/deploy", "diff")(diff)
    gate.command("/deploy", "stats")(stats)
    gate.command("/deploy", "policy")(policy)
