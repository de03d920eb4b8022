"""Locks: lock, unlock, steal."""

from bot.call import Call
from bot.gate import Gate
from bot.lock.flow import Locks
from bot.lock.model import Lock
from bot.lock.views import locked, unlocked
from bot.lock.wishes import Wish, nothing_behind, places, split, wished

PLACE = ["service", "environment"]


async def lock(call: Call, locks: Locks) -> None:
    """Keep everybody else from changing a place."""
    service, environment, wish = _read(call, locks, "lock")
    held = await locks.take(call.person, service, environment, wish.reason, call.source, wish.until)
    await _answer(call, locks, held)


async def steal(call: Call, locks: Locks) -> None:
    """Take somebody else's lock."""
    service, environment, wish = _read(call, locks, "steal")
    held = await locks.steal(call.person, service, environment, wish.reason, call.source, wish.until)
    await _answer(call, locks, held)


async def unlock(call: Call, locks: Locks) -> None:
    """Give it free again."""
    usage = "/deploy unlock <service> <environment>"
    [service, environment], rest = places(split(call.rest, usage), PLACE, usage)
    nothing_behind(rest, usage)
    held = await locks.release(call.person, service, environment, call.source)
    if call.channel != locks.channel:
        await call.reply(unlocked(held, call.person.name))


def _read(call: Call, locks: Locks, verb: str) -> tuple[str, str, Wish]:
    usage = f'/deploy {verb} <service> <environment> "<reason>" [for 2h]'
    [service, environment], rest = places(split(call.rest, usage), PLACE, usage)
    return service, environment, wished(rest, locks.clock(), call.person.zone, usage)


async def _answer(call: Call, locks: Locks, held: Lock) -> None:
    if call.channel != locks.channel:  # there everybody reads it, in the same words
        await call.reply(locked(held))


def register(gate: Gate) -> None:
    """The verbs."""
    gate.command("/deploy", "lock")(lock)
    gate.command("/deploy", "unlock")(unlock)
    gate.command("/deploy", "steal")(steal)
