"""A store, a workspace, an outbox that sends, and people with their rights: what a slice needs to speak for real."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from sqlmodel import col, select

from bot import post
from bot.audit import AuditEntry
from bot.blocks import message, section
from bot.gate import Gate
from bot.inbox import Inbox
from bot.outbox import Outbox
from bot.people.directory import People
from bot.people.model import Policy
from bot.people.rights import Rights
from bot.store import Store
from playground.client import Json
from playground.world import APP_TOKEN
from tests.approval.samples import NOON
from tests.databases import opened
from tests.engine.workspace import DEPLOYS, Office, open_office

POLICY = Policy.model_validate(
    {
        "teams": {"shop": ["dana@example.com", "cam@example.com"], "storefront": ["ari@example.com"]},
        "roles": {"approver": ["deploy.approve", "quarantine.lift"]},
        "grants": [
            {"role": "approver", "to": ["@approvers"], "services": "all", "environments": "all"},
            {"role": "approver", "to": ["dana@example.com"], "services": "all", "environments": ["production"]},
        ],
    }
)


@dataclass
class Stage:
    """Everything that reviews and quarantine stand on."""

    store: Store
    office: Office
    outbox: Outbox
    rights: Rights

    async def head(self, subject: str = "deploy:41") -> None:
        """The card at whose thread things are said."""
        async with self.store.transaction() as rows:
            await post.put(rows, NOON, subject, DEPLOYS, message(section("The card.")))
        self.outbox.nudge()

    async def line(self, containing: str) -> Json:
        """The newest message of the channel, a broadcast reply among them, with these words."""
        return await self.office.dana.wait_message(DEPLOYS, containing)

    async def deeds(self) -> list[tuple[str, str, str]]:
        """The audit log: who, what, with what outcome."""
        async with self.store.reading() as rows:
            entries: Sequence[AuditEntry] = (await rows.exec(select(AuditEntry).order_by(col(AuditEntry.id)))).all()
        return [(one.actor, one.action, one.outcome) for one in entries]


@asynccontextmanager
async def staged(kind: str, folder: Path) -> AsyncIterator[Stage]:
    """Everything up, on a database of this kind."""
    async with opened(kind, folder) as store, open_office(folder) as office:
        people = People(POLICY, office.slack)
        assert await people.load() == []
        outbox = Outbox(store, office.slack, "us", 0.1)
        outbox.start()
        yield Stage(store, office, outbox, Rights(people, store))
        await outbox.close()


@asynccontextmanager
async def behind_the_gate(stage: Stage, **provided: object) -> AsyncIterator[Gate]:
    """A gate that hears what people type and click, for handlers that are registered in the block."""
    slack = stage.office.slack
    us = AuthorizeResult(enterprise_id=None, team_id=slack.team_id, bot_token=slack.client.token)

    async def authorize() -> AuthorizeResult:
        return us

    app = AsyncApp(client=slack.client, authorize=authorize, signing_secret="unused")
    gate = Gate(app, slack, Inbox(stage.store), provided)
    socket = AsyncSocketModeHandler(app, APP_TOKEN)
    await socket.connect_async()  # type: ignore[no-untyped-call]
    yield gate
    await socket.close_async()  # type: ignore[no-untyped-call]
    await gate.drain(5)
