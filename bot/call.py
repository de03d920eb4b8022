"""One request of a person, in our words, whatever shape Slack gave it."""

import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncBoltContext

from bot.blocks import Message
from bot.slack import Slack, SlackRefused
from bot.values import Person


@dataclass(slots=True)
class Call:
    """One request of a person. `name` is the command, action or form; `value` what the button or form carries."""

    kind: str
    name: str
    person: Person
    channel: str
    text: str
    value: str
    trigger: str
    body: Mapping[str, Any]
    key: str
    slack: Slack
    ack: AsyncAck
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @property
    def source(self) -> str:
        """From where, for the audit log."""
        return f"{self.kind} {self.name} in {self.channel or 'a form'}"

    @property
    def rest(self) -> str:
        """What was typed behind the command's verb."""
        return self.text.strip().partition(" ")[2]

    @property
    def block(self) -> str:
        """The name of the block in which something was clicked."""
        return str((self.body.get("actions") or [{}])[0].get("block_id") or "")

    @property
    def chosen(self) -> list[str]:
        """The values of the boxes that are ticked after a click on one of them."""
        options = (self.body.get("actions") or [{}])[0].get("selected_options") or []
        return [str(option.get("value") or "") for option in options]

    async def reply(self, message: Message, *, public: bool = False) -> None:
        """Answer where it was asked: to that person alone, or to the channel."""
        if self.body.get("response_url"):
            thread = str((self.body.get("message") or {}).get("thread_ts") or "")
            await self.slack.respond(self.body["response_url"], message, public=public, thread=thread)
            return
        if self.channel:
            with suppress(SlackRefused):  # we may not be in that channel
                await self.slack.whisper(self.channel, self.person.id, message)
                return
        await self.slack.post(self.person.id, message, self.id)  # a direct message

    def entered(self, block: str) -> str:
        """What was typed or chosen in a field of the form; empty when nothing was."""
        state: Mapping[str, Any] = next(iter(self.body["view"]["state"]["values"].get(block, {}).values()), {})
        return str((state.get("selected_option") or {}).get("value") or state.get("value") or "")


def read(body: Mapping[str, Any], context: AsyncBoltContext, slack: Slack) -> Call:
    """The request in our words, whatever shape Slack gave it."""
    actions, view, event = body.get("actions") or [{}], body.get("view") or {}, body.get("event") or {}
    if "command" in body:
        kind, name, key = "command", body["command"], body.get("trigger_id")
    elif body.get("type") == "block_actions":
        kind, name, key = (
            "action",
            actions[0].get("action_id"),
            f"{body.get('trigger_id')}:{actions[0].get('action_ts')}",
        )
    elif body.get("type") in ("view_submission", "view_closed"):
        # a form that was sent back with errors keeps its id and hash; only the trigger tells its next submission apart
        kind, name, key = (
            "form",
            view.get("callback_id"),
            f"{view.get('id')}:{view.get('hash')}:{body.get('trigger_id')}",
        )
    elif body.get("type") in ("shortcut", "message_action"):
        kind, name, key = "shortcut", body.get("callback_id"), body.get("trigger_id")
    else:
        kind, name, key = "event", event.get("type"), body.get("event_id")
    user = body.get("user") if isinstance(body.get("user"), dict) else {}
    id = body.get("user_id") or (user or {}).get("id") or event.get("user") or ""
    known = body.get("user_name") or (user or {}).get("username") or (user or {}).get("name") or str(id)
    return Call(
        kind=kind,
        name=str(name or ""),
        person=Person(id=str(id) if isinstance(id, str) else "", name=str(known)),
        channel=str(context.channel_id or ""),
        text=str(body.get("text") or ""),
        value=str(actions[0].get("value") or view.get("private_metadata") or ""),
        trigger=str(body.get("trigger_id") or ""),
        body=body,
        key=f"{kind}:{key or uuid.uuid4()}",
        slack=slack,
        ack=context.ack,
    )
