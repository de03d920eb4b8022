"""Whether a lock is in the way. Pure."""

from bot.lock.model import Lock
from bot.values import Check


def unlocked(lock: Lock | None) -> Check:
    """The preflight line."""
    if lock is None:
        return Check(name="lock", passed=True, text="not locked")
    since = lock.at.strftime("%Y-%m-%d %H:%M UTC")
    return Check(name="lock", passed=False, text=f"locked by {lock.name} since {since}: {lock.reason}")
