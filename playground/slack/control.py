"""The control API: what the page, the tests and the tour use to see and to be people."""

import json
from collections.abc import Awaitable, Callable

from aiohttp import WSMsgType, web

from playground.slack.acts import ACTS
from playground.slack.backend import Backend
from playground.slack.errors import Json, SlackError
from playground.slack.screens import home, messages, state
from playground.slack.tampering import break_things, clear_faults, set_clock, set_group

Handler = Callable[[Backend, web.Request], Awaitable[Json]]
JSON_LINES = "application/x-ndjson"
PANEL = 200  # calls shown in the page's panel


def routes(backend: Backend) -> list[web.RouteDef]:
    """Everything under /play/."""

    async def act(request: web.Request) -> web.Response:
        return await _answer(backend, request, _act)

    async def journal(request: web.Request) -> web.Response:
        return web.Response(text="".join(backend.journal.text()), content_type=JSON_LINES)

    async def events(request: web.Request) -> web.StreamResponse:
        return await _stream(backend, request)

    gets: dict[str, Handler] = {"state": _state, "messages": _messages, "home": _home, "calls": _calls, "api_log": _log}
    posts: dict[str, Handler] = {"faults": break_things, "group": set_group, "clock": set_clock}
    return [
        web.post("/play/act/{verb}", act),
        web.get("/play/journal", journal),
        web.get("/play/events", events),
        web.delete("/play/faults", _handler(backend, clear_faults)),
        *(web.get(f"/play/{name}", _handler(backend, handle)) for name, handle in gets.items()),
        *(web.post(f"/play/{name}", _handler(backend, handle)) for name, handle in posts.items()),
    ]


def _handler(backend: Backend, handle: Handler) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return await _answer(backend, request, handle)

    return answer


async def _answer(backend: Backend, request: web.Request, handle: Handler) -> web.Response:
    try:
        return web.json_response({"ok": True} | await handle(backend, request))
    except SlackError as refused:
        return web.json_response(refused.body())
    except (ValueError, TypeError, LookupError) as wrong:
        return web.json_response({"ok": False, "error": "bad_request", "detail": str(wrong)})


async def _act(backend: Backend, request: web.Request) -> Json:
    verb, body = request.match_info["verb"], json.loads(await request.text() or "{}")
    if verb not in ACTS:
        raise SlackError("unknown_verb", detail=verb)
    person = backend.team.person(str(body.get("as", "")))
    noted = {key: value for key, value in body.items() if key != "content"}
    backend.journal.note("act", verb=verb, body=noted)
    answer = await ACTS[verb](backend, person, body)
    return answer | {"n": backend.feed.told(person.id)}


async def _state(backend: Backend, request: web.Request) -> Json:
    return state(backend, _viewer(backend, request))


async def _messages(backend: Backend, request: web.Request) -> Json:
    viewer, wanted = _viewer(backend, request), request.query.get("channel", "")
    channel = backend.team.named(wanted, viewer) or backend.team.channel(wanted, viewer)
    return {"messages": messages(backend, viewer, channel, request.query.get("thread", ""))}


async def _home(backend: Backend, request: web.Request) -> Json:
    return {"view": home(backend, _viewer(backend, request))}


async def _calls(backend: Backend, request: web.Request) -> Json:
    return {"calls": backend.journal.calls(request.query.get("method", ""))}


async def _log(backend: Backend, request: web.Request) -> Json:
    return {"calls": backend.journal.calls()[-PANEL:]}


def _viewer(backend: Backend, request: web.Request) -> str:
    return backend.team.person(request.query.get("as", "")).id


async def _stream(backend: Backend, request: web.Request) -> web.StreamResponse:
    """Changes, one JSON object each, until either side leaves."""
    user = _viewer(backend, request)
    socket = web.WebSocketResponse(heartbeat=30)
    await socket.prepare(request)
    queue = backend.feed.open(user)
    backend.tasks.spawn(_watch_leaving(socket, queue.put_nowait))
    try:
        while (change := await queue.get()) is not None and not socket.closed:
            await socket.send_str(json.dumps(change))
    except ConnectionError:
        pass  # the screen went away in the middle of a change
    finally:
        backend.feed.leave(user, queue)
    await socket.close()
    return socket


async def _watch_leaving(socket: web.WebSocketResponse, leave: Callable[[None], None]) -> None:
    async for message in socket:
        if message.type in (WSMsgType.CLOSE, WSMsgType.ERROR):
            break
    leave(None)
