"""A real workspace for the engine's parts that talk to Slack: the playground's, with the bot's own manifest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import Slack
from playground.client import Actor, Json, Workspace
from playground.harness import ROOT
from playground.slack import SlackWorkspace
from playground.world import BOT_TOKEN

DEPLOYS = "C0DEPLOYS"


@dataclass
class Office:
    """The people, and the bot's way to Slack; it is a member of #deploys."""

    people: Workspace
    slack: Slack

    @property
    def dana(self) -> Actor:
        """Somebody."""
        return self.people.person("dana")

    async def texts(self, thread: str | None = None) -> list[str]:
        """What the bot has said to all in #deploys, or in a thread there, oldest first."""
        said = [one for one in await self.people.person("vic").messages(DEPLOYS, thread) if one.get("bot_id")]
        return [str(one["text"]) for one in said if not thread or one["ts"] != thread]

    async def calls(self, method: str) -> list[Json]:
        """The calls of a method that Slack has answered well."""
        return [call for call in await self.people.calls(method) if call["ok"]]


@asynccontextmanager
async def open_office(folder: Path, *, deadline: float = 30.0, patience: float = 10.0) -> AsyncIterator[Office]:
    """Everything up. `deadline` and `patience`: see Slack."""
    async with (
        SlackWorkspace(ROOT / "manifest.yml", journal=folder / "slack.jsonl") as workspace,
        Workspace(workspace.url) as people,
        aiohttp.ClientSession() as session,
    ):
        client = AsyncWebClient(BOT_TOKEN, base_url=workspace.api_url, session=session, retry_handlers=[])
        slack = Slack(client, deadline, patience)
        await slack.connect()
        await slack.join(DEPLOYS)
        yield Office(people, slack)
