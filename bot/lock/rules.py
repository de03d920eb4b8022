"""Whether a lock is in the way. Pure."""

from bot.lock.model import Lock
from bot.values import Check


def unlocked(lock: Lock | None) -> Check:
    """The preflight line."""
    if lock is None:
        return Check(name="lock", passed=True, text="not locked")
    return Check(name="lock", passed=False, text=f"locked by {lock.name}: {lock.reason}")
