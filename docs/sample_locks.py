"""Samples of what is said about locks and freezes."""

from collections.abc import Callable
from datetime import timedelta

from bot.blocks import Message
from bot.lock.model import Freeze, Lock
from bot.lock.rules import Frozen
from bot.lock.views import ending, freezes, frozen_now, locked, opened, over, robbed, taken_over, thawed, unlocked
from docs.sample_rows import NOON

DB = Lock(place="api/production", reason="db migration", holder="U0CAM", name="Cam Lindqvist", at=NOON)
TWO_HOURS = DB.model_copy(update={"until": NOON + timedelta(hours=2)})
INCIDENT = Lock(place="api/production", reason="incident 7", holder="U0ARI", name="Ari Novak", at=NOON)
RELEASE = Freeze(
    environment="production",
    reason="release week",
    person="U0CAM",
    name="Cam Lindqvist",
    at=NOON,
    until=NOON + timedelta(days=3),
)
NOW = Frozen("release week", "Cam Lindqvist", NOON, NOON + timedelta(days=3), "all", ("production",))
LATER = Frozen("weekend", "", NOON + timedelta(days=7), NOON + timedelta(days=9), ("api", "web"), ("production",))

LOCKS: dict[str, Callable[[], Message]] = {
    "Locked": lambda: locked(DB),
    "Locked for two hours": lambda: locked(TWO_HOURS),
    "Unlocked": lambda: unlocked(DB, "Dana Ortiz"),
    "Lock: taken over": lambda: taken_over(INCIDENT, DB),
    "Lock: has ended": lambda: over(TWO_HOURS),
    "To the holder: it is about to end": lambda: ending(TWO_HOURS),
    "To the holder: taken over": lambda: robbed(DB, INCIDENT),
    "To the holder: released": lambda: opened(DB, "Ari Novak"),
    "Frozen": lambda: frozen_now(RELEASE),
    "Not frozen any more": lambda: thawed(RELEASE, "Ari Novak"),
    "Freezes": lambda: freezes([NOW], [LATER], 14),
    "Freezes: none": lambda: freezes([], [], 14),
}
