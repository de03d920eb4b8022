"""files.getUploadURLExternal, completeUploadExternal, info, delete."""

from typing import Any

from playground.slack import content
from playground.slack.call import Call, Method
from playground.slack.errors import Json, SlackError, invalid
from playground.slack.limits import Tier
from playground.slack.methods.chat import may_post
from playground.slack.model import File
from playground.slack.timeline import from_bot

LONGEST_ALT, LARGEST_SNIPPET = 1_000, 1024 * 1024


def upload_url(call: Call) -> Json:
    """Where to send a file's bytes."""
    if call.number("length", 0) < 1:
        raise invalid("must be greater than 0 [json-pointer:/length]")
    if len(call.text("alt_txt")) > LONGEST_ALT:
        raise SlackError("alt_txt_too_large")
    if call.text("snippet_type") and call.number("length", 0) > LARGEST_SNIPPET:
        raise SlackError("snippet_too_large")
    file_id, now = call.backend.team.new_id("F"), int(call.backend.clock.now())
    call.backend.team.files[file_id] = File(file_id, call.text("filename"), call.caller, now, call.text("alt_txt"))
    return {"upload_url": f"{call.backend.url}/upload/v1/{file_id}", "file_id": file_id}


def complete(call: Call) -> Json:
    """Finish uploads, and share them where a channel is given."""
    files = [_uploaded(call, one) for one in content.listed(call.args, "files")]
    if not files:
        raise invalid("must be more than 0 items [json-pointer:/files]")
    channels = [call.text("channel_id")] if call.text("channel_id") else call.many("channels")
    for wanted in channels:
        channel = call.backend.team.channel(wanted, call.caller)
        may_post(call, channel)
        for file in files:
            file.shared_in.append(channel.id)
        body = from_bot(call.backend.manifest.bot_name) | {"text": call.text("initial_comment"), "upload": True}
        body["files"] = [file.json(call.backend.url) for file in files]
        if blocks := content.listed(call.args, "blocks"):
            body["blocks"] = content.checked_blocks(blocks)
        call.backend.timeline.post(channel, body, call.text("thread_ts"))
    return {"files": [file.json(call.backend.url) for file in files]}


def info(call: Call) -> Json:
    """One file."""
    return {"file": _file(call).json(call.backend.url), "comments": [], "response_metadata": {"next_cursor": ""}}


def delete(call: Call) -> Json:
    """Take a file away; messages that carry it say so no more."""
    file = _file(call)
    del call.backend.team.files[file.id]
    for channel in (call.backend.team.channels[one] for one in file.shared_in):
        for message in list(channel.messages.values()):
            if any(one["id"] == file.id for one in message.get("files", [])):
                left = [one for one in message["files"] if one["id"] != file.id]
                call.backend.timeline.change(channel, message, {"files": left})
    return {}


def _uploaded(call: Call, one: Any) -> File:
    file = call.backend.team.files.get(str(one.get("id"))) if isinstance(one, dict) else None
    if file is None or file.content is None:
        raise SlackError("file_not_found")
    file.title = str(one.get("title") or file.name)
    return file


def _file(call: Call) -> File:
    file = call.backend.team.files.get(call.text("file"))
    if file is None:
        raise SlackError("file_not_found")
    return file


WRITE = ("files:write",)
METHODS = {
    "files.getUploadURLExternal": Method(upload_url, Tier.T4, WRITE, ("filename", "length")),
    "files.completeUploadExternal": Method(complete, Tier.T4, WRITE, ("files",)),
    "files.info": Method(info, Tier.T4, ("files:read",), ("file",)),
    "files.delete": Method(delete, Tier.T3, WRITE, ("file",)),
}
