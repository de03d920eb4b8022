"""People talk: messages, slash commands, reactions, pins, uploads."""

import base64

from playground.slack import marks, payloads, writing
from playground.slack.backend import Backend
from playground.slack.delivery import Answer
from playground.slack.errors import Json, SlackError
from playground.slack.model import Channel, File
from playground.slack.replies import reply
from playground.slack.tickets import Response
from playground.world import BOT_USER_ID, Person


async def say(backend: Backend, person: Person, body: Json) -> Json:
    """Send a message, or a slash command where the text begins with one that the manifest names."""
    channel, text = place(backend, person, body), str(body.get("text", ""))
    thread_ts = str(body.get("thread_ts") or "")
    name = text.split(maxsplit=1)[0] if text.strip() else ""
    if name in backend.manifest.commands:
        if thread_ts:
            raise SlackError("not_in_threads", detail="Slash commands can't be used in threads.")
        return await _command(backend, person, channel, name, text.strip()[len(name) :].strip())
    if name.startswith("/"):
        raise SlackError("unknown_command", detail=f"{name} is not a valid command.")
    if not name:
        raise SlackError("no_text")
    _may_post(backend, person, channel)
    made = writing.message(backend.team, text) | {"user": person.id, "client_msg_id": backend.team.new_id("M")}
    return {"ts": backend.timeline.post(channel, made, thread_ts)["ts"], "acked": True, "ack_ms": 0.0}


async def _command(backend: Backend, person: Person, channel: Channel, name: str, rest: str) -> Json:
    text = writing.arguments(backend.team, rest, bool(backend.manifest.commands[name].get("should_escape")))
    payload = payloads.command(backend, person, channel, name, text)
    answer = await backend.delivery.ask("slash_commands", payload, accepts_response=True)
    if answer.acked and answer.payload:
        reply(backend, Response(person.id, channel.id, "", 0.0), answer.payload)
    return complain(backend, person, name, answer)


def complain(backend: Backend, person: Person, what: str, answer: Answer) -> Json:
    """Show somebody that the app did not answer, as Slack shows it; gives the answer for the control API."""
    if not answer.acked:
        word = "dispatch_failed" if answer.error == "not_connected" else answer.error
        backend.feed.tell(person.id, {"type": "toast", "text": f'{what} failed with the error "{word}"'})
    return answer.json()


async def react(backend: Backend, person: Person, body: Json) -> Json:
    """Add a reaction."""
    channel = place(backend, person, body)
    marks.react(backend, channel, str(body.get("ts")), person.id, str(body.get("name", "")).strip(":"))
    return {}


async def unreact(backend: Backend, person: Person, body: Json) -> Json:
    """Take a reaction back."""
    channel = place(backend, person, body)
    marks.unreact(backend, channel, str(body.get("ts")), person.id, str(body.get("name", "")).strip(":"))
    return {}


async def pin(backend: Backend, person: Person, body: Json) -> Json:
    """Pin a message to its channel."""
    marks.pin(backend, place(backend, person, body), str(body.get("ts")), person.id)
    return {}


async def unpin(backend: Backend, person: Person, body: Json) -> Json:
    """Unpin a message."""
    marks.unpin(backend, place(backend, person, body), str(body.get("ts")), person.id)
    return {}


async def upload(backend: Backend, person: Person, body: Json) -> Json:
    """Share a file; its content comes as base64."""
    channel = place(backend, person, body)
    _may_post(backend, person, channel)
    content = base64.b64decode(str(body.get("content", "")))
    file_id, now = backend.team.new_id("F"), int(backend.clock.now())
    file = File(file_id, str(body.get("name", "file.txt")), person.id, now, str(body.get("alt", "")), content=content)
    file.shared_in.append(channel.id)
    backend.team.files[file.id] = file
    shared = {"user": person.id, "text": "", "upload": True, "files": [file.json(backend.url)]}
    message = backend.timeline.post(channel, shared, str(body.get("thread_ts") or ""))
    return {"ts": message["ts"], "file": file.id}


def place(backend: Backend, person: Person, body: Json) -> Channel:
    """The conversation that an act names, by id or by name. Raises SlackError channel_not_found."""
    wanted = str(body.get("channel", ""))
    return backend.team.named(wanted, person.id) or backend.team.channel(wanted, person.id)


def _may_post(backend: Backend, person: Person, channel: Channel) -> None:
    if channel.archived:
        raise SlackError("is_archived")
    if person.id not in channel.members:
        raise SlackError("not_in_channel")
    with_app = channel.kind == "im" and BOT_USER_ID in channel.members
    if with_app and not backend.manifest.messages_tab_writable:
        raise SlackError("messages_tab_disabled", detail="Sending messages to this app has been turned off.")
