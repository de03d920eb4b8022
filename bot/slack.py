"""The Slack calls that the engine makes: paced, retried where that is safe, counted, each with a deadline.

Limits: docs.slack.dev, rate limits (tiers per method; one message a second per channel).
"""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import Block, Message
from bot.errors import Unavailable
from bot.telemetry import RATE_LIMITED, SLACK_CALLS
from bot.values import Person

PER_MINUTE = {
    "chat.postMessage": 60,
    "conversations.list": 20,
    "usergroups.list": 20,
    "usergroups.users.list": 20,
    "users.list": 20,
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.join": 50,
    "conversations.open": 50,
    "users.lookupByEmail": 50,
}
DEFAULT_PER_MINUTE = 100
PER_CHANNEL = {"chat.postMessage"}
REPEATABLE = {"chat.update", "views.publish", "conversations.join"}  # saying it twice changes nothing
READS = (".list", ".info", ".history", ".replies", ".test", ".lookupByEmail")
EVENT = "quarterdeck"  # the metadata by which we find our own messages


class SlackRefused(Exception):
    """Slack said no, and would again. `error` is Slack's own word ("channel_not_found")."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.method, self.error = method, error


class Ambiguous(Unavailable):
    """The connection broke after a call that must not be repeated blindly: it may have been carried out."""


class _Limited(Exception):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class _Broken(Exception):
    def __init__(self, why: str, *, unsent: bool = False) -> None:
        super().__init__(why)
        self.unsent = unsent


class Bucket:
    """Lets `rate` calls a minute through, bursts of a quarter of that, and none before `closed_until`."""

    def __init__(self, rate: float) -> None:
        self.burst = max(rate / 4, 1.0)
        self.rate, self.tokens, self.at, self.closed_until = rate / 60, self.burst, time.monotonic(), 0.0

    def delay(self) -> float:
        """Take a token; return the seconds to wait before it counts."""
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate) - 1
        self.at = now
        return max(-self.tokens / self.rate, self.closed_until - now, 0.0)

    def close(self, seconds: float) -> None:
        """Slack said 429: nothing goes out before that."""
        self.closed_until = max(self.closed_until, time.monotonic() + seconds)


class Slack:
    """The workspace, as flows use it. A call may take `deadline` seconds, one try of it `patience`."""

    def __init__(self, client: AsyncWebClient, deadline: float = 30.0, patience: float = 10.0) -> None:
        self.client, self.deadline, self.patience = client, deadline, patience
        self.team_url = self.team_id = self.bot_user_id = self.bot_id = ""
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._people: dict[str, Person] = {}

    async def call(self, method: str, *, deadline: float | None = None, **arguments: Any) -> Mapping[str, Any]:
        """One Web API call. `deadline` in seconds covers waiting, tries and all.

        Raises SlackRefused where Slack says no, Unavailable where it does not answer in time, Ambiguous where it may
        have done what must not be done twice.
        """
        until = time.monotonic() + (deadline or self.deadline)
        bucket = self._bucket(method, str(arguments.get("channel", "")))
        pause = 0.25
        while True:
            wait = bucket.delay()
            if time.monotonic() + wait > until:
                raise Unavailable("Slack", f"{method} is rate limited", wait)
            await asyncio.sleep(wait)
            try:
                left = max(until - time.monotonic(), 0.1)
                return await self._once(method, arguments, min(left, self.patience))
            except _Limited as limited:
                bucket.close(limited.seconds)
            except _Broken as broken:
                if not (broken.unsent or method in REPEATABLE or method.endswith(READS)):
                    raise Ambiguous("Slack", f"{method}: {broken}") from broken
                if time.monotonic() + pause > until:
                    raise Unavailable("Slack", f"{method}: {broken}") from broken
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _once(self, method: str, arguments: dict[str, Any], seconds: float) -> Mapping[str, Any]:
        # Slack takes JSON only where a method writes; what only reads must come as a form
        form = method.endswith(READS)
        sent = {key: str(value).lower() if isinstance(value, bool) else value for key, value in arguments.items()}
        try:
            async with asyncio.timeout(seconds):
                answer = await self.client.api_call(method, **({"data": sent} if form else {"json": arguments}))
        except SlackApiError as error:
            raise _judged(method, error) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            SLACK_CALLS.labels(method, "unreachable").inc()
            raise _Broken(type(error).__name__, unsent=isinstance(error, aiohttp.ClientConnectorError)) from error
        SLACK_CALLS.labels(method, "ok").inc()
        data: Mapping[str, Any] = answer.data  # type: ignore[assignment]  # bytes only where files are downloaded
        return data

    def _bucket(self, method: str, channel: str) -> Bucket:
        key = (method, channel if method in PER_CHANNEL else "")
        if key not in self._buckets:
            self._buckets[key] = Bucket(PER_MINUTE.get(method, DEFAULT_PER_MINUTE))
        return self._buckets[key]

    async def connect(self) -> None:
        """Learn who we are. Raises SlackRefused("auth.test", "invalid_auth") for a bad token."""
        who = await self.call("auth.test")
        self.team_url, self.team_id = str(who["url"]), str(who["team_id"])
        self.bot_user_id, self.bot_id = str(who["user_id"]), str(who["bot_id"])

    # Messages

    async def post(self, channel: str, message: Message, key: str, *, thread: str = "", broadcast: bool = False) -> str:
        """Post once; return the message's ts. `key` goes along as metadata, so that `find` can tell it was posted."""
        extra: dict[str, Any] = {"thread_ts": thread, "reply_broadcast": broadcast} if thread else {}
        metadata = {"event_type": EVENT, "event_payload": {"key": key}}
        said = await self.call("chat.postMessage", **_shown(channel, message), metadata=metadata, **extra)
        return str(said["ts"])

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Make a message of ours say something else."""
        await self.call("chat.update", ts=ts, **_shown(channel, message))

    async def find(self, channel: str, key: str, since: datetime, *, thread: str = "") -> str | None:
        """The ts of our message with this key, if it was posted after `since`."""
        method = "conversations.replies" if thread else "conversations.history"
        query: dict[str, Any] = {"channel": channel, "include_all_metadata": True, "limit": 200}
        query |= {"oldest": f"{since.timestamp():.6f}"} | ({"ts": thread} if thread else {})
        page = await self.call(method, **query)
        for message in page["messages"]:
            if (message.get("metadata") or {}).get("event_payload", {}).get("key") == key:
                return str(message["ts"])
        return None

    async def whisper(self, channel: str, person: str, message: Message) -> None:
        """Something that only one person sees, where there is no response_url. It may get lost: never for decisions."""
        await self.call("chat.postEphemeral", user=person, deadline=10, **_shown(channel, message))

    async def respond(self, url: str, message: Message, *, public: bool = False, thread: str = "") -> None:
        """Answer through a request's response_url, which lives 30 min: to one person, or to the channel."""
        said: dict[str, Any] = {"text": message.text, "blocks": message.blocks, "replace_original": False}
        said |= {"response_type": "in_channel" if public else "ephemeral"} | ({"thread_ts": thread} if thread else {})
        session = self.client.session
        assert session is not None, "the composition root shares one session"
        try:
            async with session.post(url, json=said, timeout=aiohttp.ClientTimeout(10)) as answer:
                outcome = "ok" if answer.status == 200 else "refused"
                SLACK_CALLS.labels("response_url", outcome).inc()
                if answer.status != 200:
                    raise SlackRefused("response_url", (await answer.text())[:100])
        except (aiohttp.ClientError, TimeoutError) as error:
            SLACK_CALLS.labels("response_url", "unreachable").inc()
            raise Unavailable("Slack", f"response_url: {type(error).__name__}") from error

    def link(self, channel: str, ts: str) -> str:
        """Where a message can be read, without asking Slack."""
        return f"{self.team_url}archives/{channel}/p{ts.replace('.', '')}"

    # Views

    async def open_view(self, trigger: str, view: Block) -> str:
        """Open a modal; return its id. The trigger lives 3 s."""
        answer = await self.call("views.open", trigger_id=trigger, view=view, deadline=2.5)
        return str(answer["view"]["id"])

    async def publish_home(self, person: str, blocks: list[Block]) -> None:
        """Make a person's Home tab say this."""
        await self.call("views.publish", user_id=person, view={"type": "home", "blocks": blocks[:100]})

    # People and channels

    async def person(self, id: str) -> Person:
        """Who somebody is; remembered until `forget_person`. Raises SlackRefused for an unknown id."""
        if id not in self._people:
            self._people[id] = _person((await self.call("users.info", user=id, deadline=5))["user"])
        return self._people[id]

    def forget_person(self, id: str) -> None:
        """They changed their name or zone."""
        self._people.pop(id, None)

    async def person_by_email(self, email: str) -> Person | None:
        """Who has this address; None for nobody."""
        try:
            return _person((await self.call("users.lookupByEmail", email=email))["user"])
        except SlackRefused as no:
            if no.error == "users_not_found":
                return None
            raise

    async def groups(self) -> dict[str, str]:
        """User groups: handle -> id. Empty where the workspace's plan has none."""
        try:
            found = (await self.call("usergroups.list"))["usergroups"]
        except SlackRefused as no:
            if no.error in ("paid_teams_only", "plan_upgrade_required"):
                return {}
            raise
        return {str(group["handle"]): str(group["id"]) for group in found}

    async def group_members(self, group: str) -> frozenset[str]:
        """Who is in a user group now. Raises SlackRefused for an unknown id."""
        return frozenset((await self.call("usergroups.users.list", usergroup=group, deadline=5))["users"])

    async def channels(self) -> dict[str, str]:
        """Channels that the bot can see: name -> id."""
        found: dict[str, str] = {}
        cursor = ""
        while True:
            page = await self.call("conversations.list", limit=999, exclude_archived=True, cursor=cursor)
            found |= {str(channel["name"]): str(channel["id"]) for channel in page["channels"]}
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return found

    async def join(self, channel: str) -> None:
        """Become a member of a public channel, so that its history can be read."""
        await self.call("conversations.join", channel=channel)


def _judged(method: str, error: SlackApiError) -> Exception:
    """What an answer that is not ok means: to be tried later, to be tried again, or a no."""
    status = int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))
    said = getattr(error.response, "data", None)
    word = str(said.get("error", "")) if isinstance(said, dict) else ""
    if status == 429 or word == "ratelimited":
        RATE_LIMITED.labels(method).inc()
        SLACK_CALLS.labels(method, "ratelimited").inc()
        return _Limited(float(error.response.headers.get("Retry-After", 1)))
    if status >= 500 or word in ("internal_error", "fatal_error", "service_unavailable") or not word:
        SLACK_CALLS.labels(method, "server_error").inc()
        return _Broken(word or f"HTTP {status}")
    SLACK_CALLS.labels(method, "refused").inc()
    return SlackRefused(method, word)


def _shown(channel: str, message: Message) -> dict[str, Any]:
    return {
        "channel": channel,
        "text": message.text,
        "blocks": message.blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _person(user: Mapping[str, Any]) -> Person:
    profile = user.get("profile") or {}
    name = user.get("real_name") or profile.get("real_name") or profile.get("display_name") or user.get("name")
    return Person(id=user["id"], name=name or user["id"], email=profile.get("email"), zone=user.get("tz") or "UTC")
