"""A workspace with a small manifest, an unmodified Bolt app in Socket Mode, and the people."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground.client import Actor, Workspace
from playground.slack import SlackWorkspace
from playground.world import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from tests.playground.socket_line import Line

MANIFEST = """
display_information: {name: Probe, background_color: "#123456"}
features:
  app_home: {home_tab_enabled: true, messages_tab_enabled: true}
  bot_user: {display_name: probe}
  shortcuts:
    - {name: Ship, type: global, callback_id: ship, description: Ship something}
    - {name: Keep, type: message, callback_id: keep, description: Keep this message}
  slash_commands:
    - {command: /ship, description: Ship it, usage_hint: "api v1"}
    - {command: /call, description: Call somebody, should_escape: true}
oauth_config:
  scopes:
    bot: [
      "app_mentions:read", "bookmarks:read", "bookmarks:write", "canvases:read", "canvases:write", "channels:history",
      "channels:join", "channels:manage", "channels:read", "chat:write", "chat:write.public", "commands",
      "files:read", "files:write", "groups:history", "groups:read", "groups:write", "im:history", "im:read",
      "im:write", "pins:read", "pins:write", "reactions:read", "reactions:write", "team:read",
      "usergroups:read", "usergroups:write", "users:read", "users:read.email", "users.profile:read"]
settings:
  event_subscriptions:
    bot_events: [app_home_opened, app_mention, channel_rename, member_joined_channel, message.channels, message.groups,
      message.im, pin_added, reaction_added, tokens_revoked]
  interactivity: {is_enabled: true}
  socket_mode_enabled: true
"""


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "manifest.yml"
    path.write_text(MANIFEST)
    return path


@pytest.fixture
async def slack(manifest: Path, tmp_path: Path) -> AsyncIterator[SlackWorkspace]:
    async with SlackWorkspace(manifest, journal=tmp_path / "journal.jsonl") as slack:
        yield slack


@pytest.fixture
async def people(slack: SlackWorkspace) -> AsyncIterator[Workspace]:
    async with Workspace(slack.url) as people:
        yield people


@pytest.fixture
def dana(people: Workspace) -> Actor:
    return people.person("dana")


@pytest.fixture
async def line(slack: SlackWorkspace) -> AsyncIterator[Line]:
    async with ClientSession() as session:
        yield Line(slack, session)


@pytest.fixture
async def web(slack: SlackWorkspace) -> AsyncIterator[AsyncWebClient]:
    """The app's own client: one session, no retries."""
    async with ClientSession() as session:
        yield AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, session=session, retry_handlers=[])


@pytest.fixture
def app(web: AsyncWebClient) -> AsyncApp:
    return AsyncApp(client=web, signing_secret=SIGNING_SECRET)


@pytest.fixture
async def connected(app: AsyncApp, slack: SlackWorkspace, people: Workspace) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app's Socket Mode connection, open. Listeners may still be added."""
    handler = AsyncSocketModeHandler(app, APP_TOKEN)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await people.person("dana").wait(lambda: any(one.get("connected") for one in people.person("dana").changes))
    yield handler
    await handler.close_async()  # type: ignore[no-untyped-call]
