"""The playground's people from Python: type as them, click as them, see what they see."""

import asyncio
import inspect
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

from aiohttp import ClientSession, ClientTimeout, ClientWebSocketResponse, WSMsgType

from playground.looking import Json, contains, named

__all__ = ["Actor", "Failed", "Json", "Workspace", "contains"]

LONGEST_ACT = 15.0  # seconds; the app has three of them
LOOK_AGAIN = 0.1  # seconds; not all that people wait for is shown on their screen


class Failed(Exception):
    """The workspace said no. `error` is its word, `answer` all that it said."""

    def __init__(self, answer: Json) -> None:
        super().__init__(f"{answer.get('error')}: {answer.get('detail', '')}")
        self.error, self.answer = str(answer.get("error", "")), answer


class Actor:
    """One person of the workspace: acts, and remembers what their screen was told."""

    def __init__(self, workspace: "Workspace", person: Json) -> None:
        self.id, self.name, self.about = str(person["id"]), str(person["name"]), person
        self.changes: list[Json] = []
        self.views: list[Json] = []
        self._workspace = workspace
        self._changed = asyncio.Event()
        self._n = 0

    async def type(self, channel: str, text: str, thread: str | None = None) -> Json:
        """Say something, or use a slash command, in a channel given by name or id."""
        return await self.act("type", channel=channel, text=text, thread_ts=thread)

    async def click(self, target: Json, label: str, **picked: Any) -> Json:
        """Use a button or a menu of a message or a view, found by what it says or by its action_id.

        `picked` is the choice (`selected_option="v1.2"`, `selected_user="U…"`), or `value` or `block_id` to tell twins
        apart.
        """
        where = {"view_id": target["id"]} if "ts" not in target else {"channel": target["channel"], "ts": target["ts"]}
        block, element = named(target.get("blocks", []), label)
        ids = {"action_id": element["action_id"], "block_id": block["block_id"]}
        if element["type"] == "button" and "value" in element:
            ids["value"] = element["value"]
        return await self.act("click", **(where | ids | picked))

    async def submit(self, view: Json, **values: Any) -> Json:
        """Send a form; `values` by block_id: text, an option's value, or a list of such."""
        states = {block["block_id"]: block["element"]["action_id"] for block in view["blocks"] if "element" in block}
        entered = {block_id: {states[block_id]: value} for block_id, value in values.items()}
        return await self.act("submit", view_id=view["id"], values=entered)

    async def close(self, view: Json) -> Json:
        """Put a form away."""
        return await self.act("close", view_id=view["id"])

    async def shortcut(self, callback_id: str) -> Json:
        """Use a global shortcut."""
        return await self.act("shortcut", callback_id=callback_id)

    async def message_shortcut(self, message: Json, callback_id: str) -> Json:
        """Use a shortcut on a message."""
        return await self.act("message_shortcut", channel=message["channel"], ts=message["ts"], callback_id=callback_id)

    async def home(self, within: float = 5) -> Json:
        """Open the app's Home tab and see what it publishes then."""
        before = self._count("home")
        await self.act("home")
        await self.wait(lambda: self._count("home") > before, within)
        view: Json = (await self._workspace.get("home", **{"as": self.id}))["view"]
        return view

    async def messages(self, channel: str, thread: str | None = None) -> list[Json]:
        """What stands in a channel, or in a thread of it, oldest first; this person's ephemerals among it."""
        query = {"as": self.id, "channel": channel} | ({"thread": thread} if thread else {})
        found: list[Json] = (await self._workspace.get("messages", **query))["messages"]
        return found

    def seen(self) -> list[Json]:
        """The ephemeral messages and the toasts so far: {"text", "blocks"?, "type": "ephemeral" or "toast"}."""
        return [
            {"type": "toast", "text": one["text"]} if one["type"] == "toast" else one["message"] | {"type": "ephemeral"}
            for one in self.changes
            if one["type"] in ("ephemeral", "toast")
        ]

    async def wait(self, condition: Callable[[], Any], within: float = 5) -> Any:
        """Wait until `condition`, which may be async, gives something true, and get it.

        Raises TimeoutError, saying what was seen last.
        """
        try:
            async with asyncio.timeout(within):
                while True:
                    self._changed.clear()
                    found = condition()
                    if found := (await found if inspect.isawaitable(found) else found):
                        return found
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._changed.wait(), LOOK_AGAIN)
        except TimeoutError:
            seen = json.dumps(self.changes[-3:], ensure_ascii=False)[:2_000]
            raise TimeoutError(f"{self.name} waited {within} s in vain; the last changes: {seen}") from None

    async def wait_message(self, channel: str, containing: str, thread: str | None = None, within: float = 5) -> Json:
        """The latest message of a channel or thread whose text or blocks contain some words."""

        async def look() -> Json | None:
            found = [one for one in await self.messages(channel, thread) if contains(one, containing)]
            return found[-1] if found else None

        message: Json = await self.wait(look, within)
        return message

    async def wait_ephemeral(self, containing: str, within: float = 5) -> Json:
        """The latest message for this person alone that contains some words; those seen before count too."""

        def look() -> Json | None:
            return next((one for one in reversed(self.seen()) if contains(one, containing)), None)

        message: Json = await self.wait(look, within)
        return message

    async def wait_view(self, title: str, within: float = 5) -> Json:
        """The topmost form, once its title is this."""

        def look() -> Json | None:
            top = self.views[-1] if self.views else None
            return top if top and top["title"]["text"] == title else None

        view: Json = await self.wait(look, within)
        return view

    async def act(self, verb: str, **body: Any) -> Json:
        """Any verb of the control API as this person. Raises Failed."""
        given = {key: value for key, value in body.items() if value is not None}
        answer = await self._workspace.post(f"act/{verb}", given | {"as": self.id})
        await self.wait(lambda: self._n >= answer["n"])  # what the act itself changed is on the screen now
        return answer

    def notice(self, change: Json) -> None:
        """Take in a change that this person's screen was told."""
        self._n = change["n"]
        self.changes.append(change)
        if change["type"] == "view_opened":
            self.views = [one for one in self.views if change["view"]["previous_view_id"]] + [change["view"]]
        elif change["type"] == "view_updated":
            self.views = [change["view"] if one["id"] == change["view"]["id"] else one for one in self.views]
        elif change["type"] == "view_closed":
            self.views = [one for one in self.views if one["id"] != change["view_id"]]
        self._changed.set()

    def _count(self, kind: str) -> int:
        return sum(1 for one in self.changes if one["type"] == kind)


class Workspace:
    """The playground at a URL, while its `async with` block runs."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.state: Json = {}
        self._actors: dict[str, Actor] = {}
        self._screens: list[tuple[ClientWebSocketResponse, asyncio.Task[None]]] = []

    async def __aenter__(self) -> "Workspace":
        self._session = ClientSession(timeout=ClientTimeout(total=LONGEST_ACT))
        try:
            await self._look_in()
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for screen, reader in self._screens:
            await screen.close()
            await reader
        await self._session.close()

    def person(self, name: str) -> Actor:
        """The person of that name ("dana")."""
        return self._actors[name]

    async def fault(self, kind: str, **how: Any) -> None:
        """Make something go wrong: `fault("ratelimited", method="chat.update", retry_after=1)`."""
        await self.post("faults", {"kind": kind, **how})

    async def clear_faults(self) -> None:
        """Everything works again."""
        await self._request("DELETE", "faults")

    async def calls(self, method: str | None = None) -> list[Json]:
        """The Web API calls that the app has made, oldest first."""
        found: list[Json] = (await self.get("calls", **({"method": method} if method else {})))["calls"]
        return found

    async def group(self, handle: str, users: list[str]) -> None:
        """Say who is in a user group, by ids."""
        await self.post("group", {"handle": handle, "users": users})

    async def clock(self, scale: float) -> None:
        """Let the workspace's own minutes pass `scale` times as fast."""
        await self.post("clock", {"scale": scale})

    async def get(self, path: str, **query: str) -> Json:
        """Anything under /play/. Raises Failed."""
        return await self._request("GET", path, params=query)

    async def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """Anything under /play/. Raises Failed."""
        return await self._request("POST", path, json=dict(body))

    async def _request(self, verb: str, path: str, **how: Any) -> Json:
        async with self._session.request(verb, f"{self.url}/play/{path}", **how) as response:
            answer: Json = await response.json()
        if not answer.get("ok"):
            raise Failed(answer)
        return answer

    async def _look_in(self) -> None:
        self.state = await self.get("state", **{"as": "U0DANA"})
        for person in self.state["people"]:
            if not person["is_bot"]:
                actor = self._actors[person["name"]] = Actor(self, person)
                screen = await self._session.ws_connect(f"{self.url}/play/events?as={actor.id}")
                self._screens.append((screen, asyncio.create_task(_watch(screen, actor))))


async def _watch(screen: ClientWebSocketResponse, actor: Actor) -> None:
    async for message in screen:
        if message.type is WSMsgType.TEXT:
            actor.notice(json.loads(message.data))
