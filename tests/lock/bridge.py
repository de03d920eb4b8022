"""Locks and freezes with all that they stand on, but for Slack: what it must show is read from the rows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from sqlmodel import col, select

from bot.audit import AuditEntry
from bot.catalogue import Catalogue
from bot.lock.calendar import Calendar
from bot.lock.flow import Locks
from bot.lock.freezes import Freezes
from bot.outbox import Outbox
from bot.people.directory import People
from bot.people.model import Policy
from bot.people.rights import Rights
from bot.post import Post
from bot.slack import Slack
from bot.store import Store
from tests.people.workspace import Workspace

CHANNEL = "C0DEPLOYS"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday
CREW = [f"U0CREW{number:02}" for number in range(50)]
_ENVIRONMENTS = {name: {"target": {"type": "kubernetes"}} for name in ("staging", "production")}
CATALOGUE = Catalogue.model_validate(
    {"services": {name: {"owner": "shop", "environments": _ENVIRONMENTS} for name in ("api", "web")}}
)
POLICY = Policy.model_validate(
    {
        "roles": {
            "deployer": ["lock.take"],
            "commander": ["lock.take", "lock.steal"],
            "keeper": ["freeze.set"],
        },
        "grants": [
            {"role": "deployer", "to": ["U0DANA", "U0ARI", *CREW], "services": "all", "environments": "all"},
            {"role": "commander", "to": ["U0CAM"], "services": "all", "environments": "all"},
            {"role": "keeper", "to": ["U0CAM"], "services": "all", "environments": "all"},
            {"role": "keeper", "to": ["U0ARI"], "services": ["api"], "environments": "all"},
        ],
    }
)
CALENDAR = Calendar.model_validate(
    {
        "zone": "Europe/Berlin",
        "freezes": [{"name": "weekend", "from": "fri 16:00", "until": "mon 08:00", "environments": ["production"]}],
        "windows": [{"name": "night", "from": "tue 22:00", "for": "4h", "environments": ["production"]}],
    }
)


class Clock:
    """The server's."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **length: float) -> None:
        self.now += timedelta(**length)


@dataclass
class Bridge:
    """`locks` and `freezes` of one replica."""

    store: Store
    locks: Locks
    freezes: Freezes
    clock: Clock = field(default_factory=Clock)

    @classmethod
    async def manned(cls, store: Store) -> "Bridge":
        """Everybody is there."""
        people, clock = People(POLICY, Workspace()), Clock()
        assert await people.load() == []
        outbox = Outbox(store, Slack(AsyncWebClient()), "us")
        on: tuple[Any, ...] = (store, Rights(people, store), CATALOGUE, CALENDAR, outbox, CHANNEL, clock)
        return cls(store, Locks(*on), Freezes(*on), clock)

    async def deeds(self) -> list[tuple[str, str, str]]:
        """The audit log: who, what, how it ended."""
        async with self.store.reading() as rows:
            found = (await rows.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all()
        return [(one.actor, one.action, one.outcome) for one in found]

    async def said(self, to: str = CHANNEL) -> list[str]:
        """What Slack must show in the channel, or to one person alone, in order."""
        async with self.store.reading() as rows:
            found = (await rows.exec(select(Post).where(Post.channel == to).order_by(col(Post.number)))).all()
        return [str(post.body["text"]) for post in found]
