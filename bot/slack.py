"""The workspace, as the engine uses it: messages, views, people and channels."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import Block, Message
from bot.errors import Unavailable
from bot.slack_calls import Ambiguous, Bucket, Calls, SlackRefused
from bot.telemetry import SLACK_CALLS
from bot.values import Person

__all__ = ["Ambiguous", "Bucket", "Slack", "SlackRefused"]

EVENT = "quarterdeck"  # the metadata by which we find our own messages


class Slack(Calls):
    """The workspace. After `connect` it knows who we are."""

    def __init__(self, client: AsyncWebClient, deadline: float = 30.0, patience: float = 10.0) -> None:
        super().__init__(client, deadline, patience)
        self.team_url = self.team_id = self.bot_user_id = self.bot_id = ""
        self._people: dict[str, Person] = {}

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
