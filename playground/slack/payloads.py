"""What the app receives when people act. Shapes: docs.slack.dev, interactivity and slash commands."""

from typing import Any

from playground.slack.backend import Backend
from playground.slack.errors import Json
from playground.slack.inputs import initial_values, merged
from playground.slack.model import Channel, View
from playground.world import APP_ID, TEAM_DOMAIN, TEAM_ID, Person


def response_url(backend: Backend, user: str, channel: str, ts: str = "") -> str:
    """A fresh response URL."""
    return f"{backend.url}/response/{backend.tickets.response(user, channel, ts)}"


def command(backend: Backend, person: Person, channel: Channel, name: str, text: str) -> Json:
    """A slash command."""
    return {
        "token": "verification",
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.kind == "im" else channel.name,
        "user_id": person.id,
        "user_name": person.name,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url(backend, person.id, channel.id),
        "trigger_id": backend.tickets.trigger(person.id),
    }


def message_click(backend: Backend, person: Person, channel: Channel, message: Json, action: Json, given: Json) -> Json:
    """A press or a choice in a message; `given` is the state that it leaves, {block_id: {action_id: …}}."""
    ts, whispered = str(message["ts"]), bool(message.get("ephemeral"))
    container = {"type": "message", "message_ts": ts, "channel_id": channel.id, "is_ephemeral": whispered}
    if message.get("thread_ts"):
        container["thread_ts"] = message["thread_ts"]
    body = _base(backend, person, "block_actions") | {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "state": {"values": merged(message["blocks"], initial_values(message["blocks"]), given)},
        "response_url": response_url(backend, person.id, channel.id, ts),
        "actions": [action],
    }
    if not whispered:  # Slack sends no message along where none is kept
        body["message"] = plain(message)
    return body


def view_click(backend: Backend, person: Person, view: View, action: Json) -> Json:
    """A press or a choice in a modal or on the Home tab."""
    body = _base(backend, person, "block_actions", view.id)
    return body | {"container": {"type": "view", "view_id": view.id}, "view": view.json(), "actions": [action]}


def submission(backend: Backend, person: Person, view: View) -> Json:
    """A form, sent."""
    urls = [
        {"block_id": block["block_id"], "action_id": element["action_id"], "channel_id": channel}
        | {"response_url": response_url(backend, person.id, channel)}
        for block in view.body["blocks"]
        if (element := block.get("element") or {}).get("response_url_enabled")
        if (channel := _chosen(view.values, block["block_id"], element["action_id"]))
    ]
    return _base(backend, person, "view_submission", view.id) | {"view": view.json(), "response_urls": urls}


def closing(backend: Backend, person: Person, view: View, cleared: bool) -> Json:
    """A modal, put away."""
    body = _base(backend, person, "view_closed") | {"view": view.json(), "is_cleared": cleared}
    del body["trigger_id"]
    return body


def shortcut(backend: Backend, person: Person, callback_id: str) -> Json:
    """A global shortcut."""
    return _base(backend, person, "shortcut") | {"callback_id": callback_id, "action_ts": backend.clock.ts()}


def message_shortcut(backend: Backend, person: Person, channel: Channel, message: Json, callback_id: str) -> Json:
    """A shortcut on a message."""
    ts = str(message["ts"])
    return _base(backend, person, "message_action") | {
        "callback_id": callback_id,
        "action_ts": backend.clock.ts(),
        "message_ts": ts,
        "message": plain(message),
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "response_url": response_url(backend, person.id, channel.id, ts),
    }


def suggestion(backend: Backend, person: Person, ids: tuple[str, str], value: str, where: Json) -> Json:
    """What somebody has typed into a menu whose options the app gives; `ids` are block and action."""
    body = _base(backend, person, "block_suggestion") | {"block_id": ids[0], "action_id": ids[1], "value": value}
    del body["trigger_id"]
    return body | where


def plain(message: Json) -> Json:
    """A message without what only the workspace knows."""
    return {key: value for key, value in message.items() if key not in ("metadata", "to", "ephemeral")}


def _base(backend: Backend, person: Person, kind: str, view_id: str = "") -> Json:
    user = {"id": person.id, "username": person.name, "name": person.name, "team_id": TEAM_ID}
    return {
        "type": kind,
        "user": user,
        "api_app_id": APP_ID,
        "token": "verification",
        "trigger_id": backend.tickets.trigger(person.id, view_id),
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _chosen(values: Json, block_id: str, action_id: str) -> Any:
    state = values.get(block_id, {}).get(action_id, {})
    return state.get("selected_conversation") or state.get("selected_channel")
