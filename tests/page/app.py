"""A small Bolt app of its own for the page's tests: it posts cards, opens forms and publishes a Home tab."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond, AsyncSay
from slack_sdk.web.async_client import AsyncWebClient

from playground.slack import SlackWorkspace
from tests.page import gallery

Json = dict[str, Any]

MANIFEST: Json = {
    "display_information": {"name": "Quarterdeck", "background_color": "#1d3557"},
    "features": {
        "bot_user": {"display_name": "quarterdeck"},
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "shortcuts": [
            {
                "name": "Deploy a service",
                "type": "global",
                "callback_id": "deploy_form",
                "description": "Open the form",
            },
            {"name": "Add to timeline", "type": "message", "callback_id": "timeline", "description": "Remember this"},
        ],
        "slash_commands": [
            {"command": "/deploy", "description": "Ship a version of a service", "usage_hint": "api v1.2 production"},
            {
                "command": "/rollback",
                "description": "Bring back a version that ran well",
                "usage_hint": "api production",
            },
            {"command": "/silent", "description": "A command that gets no answer"},
        ],
    },
    "oauth_config": {
        "scopes": {"bot": ["commands", "chat:write", "chat:write.public", "channels:manage", "bookmarks:write"]},
    },
    "settings": {"event_subscriptions": {"bot_events": ["app_home_opened"]}, "socket_mode_enabled": True},
}


class Demo:
    """The app, and what reached it."""

    def __init__(self, workspace: SlackWorkspace) -> None:
        self.client = AsyncWebClient("xoxb-playground", base_url=workspace.api_url)
        self.app = AsyncApp(client=self.client, signing_secret="playground")
        self.handler = AsyncSocketModeHandler(self.app, "xapp-playground")
        self.heard: list[Json] = []
        self._news = asyncio.Event()
        self._listen()

    async def connect(self) -> None:
        await self.handler.connect_async()  # type: ignore[no-untyped-call]

    async def disconnect(self) -> None:
        await self.handler.close_async()  # type: ignore[no-untyped-call]

    async def hears(self, fits: Callable[[Json], bool], within: float = 5) -> Json:
        """The first thing that reached the app and fits."""
        async with asyncio.timeout(within):
            while not (found := [one for one in self.heard if fits(one)]):
                self._news.clear()
                await self._news.wait()
        return found[0]

    async def post(self, text: str, blocks: list[Json] | None = None, thread: str | None = None) -> str:
        answer = await self.client.chat_postMessage(channel="C0DEPLOYS", text=text, blocks=blocks, thread_ts=thread)
        return str(answer["ts"])

    def _listen(self) -> None:
        app = self.app
        app.command("/deploy")(self._deploy)
        for action in (
            "approve",
            "reject",
            "details",
            "more",
            "compare",
            "open_form",
            "environment",
            "who",
            "ticks",
            "day",
        ):
            app.action(action)(self._act)
        app.view("deploy_form")(self._submitted)
        app.view_closed("deploy_form")(self._hear)
        app.shortcut("deploy_form")(self._shortcut)
        app.shortcut("timeline")(self._hear)
        app.options("it")(self._suggest)
        app.event("app_home_opened")(self._home)

    def _note(self, thing: Json) -> None:
        self.heard.append(thing)
        self._news.set()

    async def _hear(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        self._note(body)

    async def _deploy(self, ack: AsyncAck, command: Json, say: AsyncSay, respond: AsyncRespond) -> None:
        await ack()
        self._note(command)
        if command["text"] == "api v1.2 production":
            await say(text="api v1.2 → production waits for approval", blocks=gallery.card(int(time.time())))
        else:
            await respond(f"I understand `api v1.2 production`, but not `{command['text']}`.")

    async def _act(self, ack: AsyncAck, body: Json, action: Json, respond: AsyncRespond) -> None:
        await ack()
        self._note(action)
        if action["action_id"] == "approve":
            await respond(text="Approved", blocks=gallery.decided(body["user"]["id"]), replace_original=True)
        elif action["action_id"] == "reject":
            await respond("You may not reject this: that needs the role *approver*.", replace_original=False)
        elif action["action_id"] == "compare":
            await self.client.views_push(trigger_id=body["trigger_id"], view=gallery.compared())
        elif action["action_id"] == "open_form":
            await self.client.views_open(trigger_id=body["trigger_id"], view=gallery.form())

    async def _shortcut(self, ack: AsyncAck, body: Json) -> None:
        await ack()
        await self.client.views_open(trigger_id=body["trigger_id"], view=gallery.form())

    async def _submitted(self, ack: AsyncAck, view: Json) -> None:
        values = view["state"]["values"]
        self._note(values)
        if not values["version"]["it"]["value"].startswith("v"):
            await ack(response_action="errors", errors={"version": "Versions begin with v, such as v1.2."})
            return
        await ack()
        await self.post(f"The form asks for {values['service']['it']['selected_option']['value']}.")

    async def _suggest(self, ack: AsyncAck, payload: Json) -> None:
        tickets = [f"OPS-{number}" for number in range(100, 120) if str(number).find(payload["value"]) >= 0]
        await ack(options=[gallery.option(ticket, ticket) for ticket in tickets])

    async def _home(self, event: Json) -> None:
        await self.client.views_publish(user_id=event["user"], view=gallery.home(event["user"]))


@asynccontextmanager
async def running(folder: Path, port: int = 0) -> AsyncIterator[tuple[SlackWorkspace, Demo]]:
    """A workspace with the app connected to it."""
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(MANIFEST), encoding="utf-8")
    async with SlackWorkspace(manifest, port) as workspace:
        demo = Demo(workspace)
        await demo.connect()
        try:
            yield workspace, demo
        finally:
            await demo.disconnect()
