"""Locks: lock, unlock."""

from bot.call import Call
from bot.deploy.rules import words
from bot.gate import Gate
from bot.lock.flow import Locks
from bot.lock.views import locked, unlocked


async def lock(call: Call, locks: Locks) -> None:
    """Keep everybody else from changing a place."""
    usage = '/deploy lock <service> <environment> "<reason>"'
    service, environment, reason = words(call.rest, ["service", "environment", "reason"], usage)
    await call.reply(locked(await locks.take(call.person, service, environment, reason, call.source)), public=True)


async def unlock(call: Call, locks: Locks) -> None:
    """Give it free again."""
    service, environment = words(call.rest, ["service", "environment"], "/deploy unlock <service> <environment>")
    held = await locks.release(call.person, service, environment, call.source)
    await call.reply(unlocked(held, call.person.name), public=True)


def register(gate: Gate) -> None:
    """The verbs."""
    gate.command("/deploy", "lock")(lock)
    gate.command("/deploy", "unlock")(unlock)
