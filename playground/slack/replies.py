"""Answers to interactions: what the app sends to a response URL, or along with the acknowledgement of a command."""

import json

from aiohttp import web

from playground.slack import content
from playground.slack.backend import Backend
from playground.slack.errors import Json, SlackError
from playground.slack.model import Channel
from playground.slack.tickets import Response
from playground.slack.timeline import from_bot

GONE = {"invalid_url": 404, "expired_url": 404, "used_url": 404}


class Replies:
    """Answers /response/<token>."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def handle(self, request: web.Request) -> web.Response:
        """One use of a response URL. Errors are Slack's words, as JSON."""
        try:
            body = json.loads(await request.text() or "{}")
            if not isinstance(body, dict):
                raise ValueError("an object is needed")
            answered = self._backend.tickets.answer(request.match_info["token"])
            self._backend.journal.note("response_url", user=answered.user, channel=answered.channel, body=body)
            reply(self._backend, answered, body)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        except SlackError as refused:
            return web.json_response(refused.body(), status=GONE.get(refused.error, 400))
        return web.Response(text="ok")


def reply(backend: Backend, to: Response, body: Json) -> None:
    """Show an answer: replace or delete what it answers, or post beside it. Raises SlackError."""
    channel = backend.team.channels[to.channel]
    if to.ts and _yes(body, "delete_original"):
        _delete(backend, channel, to.ts)
        return
    made = content.message(body)
    if to.ts and _yes(body, "replace_original"):
        _replace(backend, channel, to.ts, made)
        return
    whole = from_bot(backend.manifest.bot_name) | made
    thread_ts = str(body.get("thread_ts") or "")
    if body.get("response_type") == "in_channel":
        backend.timeline.post(channel, whole, thread_ts)
    else:
        backend.timeline.whisper(channel, to.user, whole, thread_ts)


def _delete(backend: Backend, channel: Channel, ts: str) -> None:
    if ts in channel.ephemerals:
        backend.timeline.unwhisper(channel, ts)
    else:
        backend.timeline.delete(channel, ts)


def _replace(backend: Backend, channel: Channel, ts: str, made: Json) -> None:
    if ts in channel.ephemerals:
        backend.timeline.rewhisper(channel, ts, made)
    else:
        backend.timeline.change(channel, backend.timeline.find(channel, ts), {"blocks": [], "attachments": []} | made)


def _yes(body: Json, key: str) -> bool:
    return str(body.get(key, "")).lower() == "true"
