"""The hands behind the stage: faults, the clock, who is in which group."""

import json
from dataclasses import replace

from aiohttp import web

from playground.slack.backend import Backend
from playground.slack.errors import Json, SlackError
from playground.world import BOT_USER_ID

REASONS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets")


async def break_things(backend: Backend, request: web.Request) -> Json:
    """Make something go wrong, now or at the next chance."""
    wish = await _body(request)
    kind = wish.get("kind")
    if kind in ("disconnect", "freeze_socket"):
        await _cut(backend, wish)
    elif kind == "token_revoked":
        backend.faults.token_revoked = True
        backend.events.tell({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [BOT_USER_ID]}})
    elif kind == "plan_free":
        backend.team.plan = "free"
    else:
        backend.faults.add(wish)
    return {}


async def clear_faults(backend: Backend, request: web.Request) -> Json:
    """Everything works again."""
    backend.faults.clear()
    backend.team.plan = "pro"
    if backend.sockets:
        backend.sockets.freeze(0)
    return {}


async def set_group(backend: Backend, request: web.Request) -> Json:
    """Say who is in a user group."""
    body = await _body(request)
    users = tuple(backend.team.person(str(one)).id for one in body.get("users", []))
    for group in backend.team.groups.values():
        if group.handle == body.get("handle"):
            regroup(backend, group.id, users)
            return {}
    raise SlackError("no_such_subteam")


def regroup(backend: Backend, group_id: str, users: tuple[str, ...]) -> None:
    """Change a group's members, and tell."""
    before = backend.team.groups[group_id]
    after = backend.team.groups[group_id] = replace(before, users=users)
    added, removed = sorted(set(users) - set(before.users)), sorted(set(before.users) - set(users))
    change = {"added_users": added, "added_users_count": len(added), "removed_users": removed}
    event = {"type": "subteam_members_changed", "subteam_id": after.id, "removed_users_count": len(removed)}
    backend.events.tell(event | change)
    backend.feed.tell_all({"type": "channels"})


async def set_clock(backend: Backend, request: web.Request) -> Json:
    """Say how fast the workspace's own time runs."""
    scale = float((await _body(request)).get("scale", 1))
    if scale <= 0:
        raise ValueError("scale must be above 0")
    backend.clock.set_scale(scale)
    return {"scale": scale}


async def _cut(backend: Backend, wish: Json) -> None:
    if backend.sockets is None:
        raise SlackError("not_socket_mode")
    if wish["kind"] == "freeze_socket":
        backend.sockets.freeze(float(wish.get("seconds", 1)))
        return
    reason = str(wish.get("reason", "refresh_requested"))
    if reason not in REASONS:
        raise SlackError("unknown_reason", detail=reason)
    await backend.sockets.disconnect(reason)


async def _body(request: web.Request) -> Json:
    body = json.loads(await request.text() or "{}")
    if not isinstance(body, dict):
        raise TypeError("a JSON object is needed")
    return body
