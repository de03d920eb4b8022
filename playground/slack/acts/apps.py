"""People use the app: buttons, menus, forms, shortcuts, the Home tab."""

import json
from typing import Any

from playground.slack import content, payloads
from playground.slack.acts.talk import complain, place
from playground.slack.backend import Backend
from playground.slack.errors import Json, SlackError
from playground.slack.inputs import STATE_KEYS, entered, find, merged, missing
from playground.slack.model import Channel, View
from playground.world import BOT_USER_ID, Person


async def click(backend: Backend, person: Person, body: Json) -> Json:
    """Press a button or choose from a menu, in a message, a modal or on the Home tab."""
    if body.get("view_id"):
        view = _own(backend, person, body)
        block, element = _element(view.body["blocks"], body)
        action, state = _action(backend, block, element, body)
        view.values = merged(view.body["blocks"], view.values, state)
        if block["type"] == "input" and not block.get("dispatch_action"):
            return {"acked": True, "ack_ms": 0.0}
        payload = payloads.view_click(backend, person, view, action)
    else:
        channel, message = _message(backend, person, body)
        block, element = _element(message.get("blocks", []), body)
        action, state = _action(backend, block, element, body)
        payload = payloads.message_click(backend, person, channel, message, action, state)
    return complain(backend, person, "That", await backend.delivery.ask("interactive", payload))


async def submit(backend: Backend, person: Person, body: Json) -> Json:
    """Send a form. What Slack checks by itself is checked first; the app is asked only then."""
    view = _own(backend, person, body)
    if view.body["type"] != "modal" or not view.body["submit"]:
        raise SlackError("not_a_form")
    blocks = view.body["blocks"]
    view.values = merged(blocks, view.values, body.get("values") or {})
    if complaints := missing(blocks, view.values):
        _show_errors(backend, view, complaints)
        raise SlackError("invalid_input", detail=json.dumps(complaints))
    payload = payloads.submission(backend, person, view)
    answer = await backend.delivery.ask("interactive", payload, accepts_response=True)
    if not answer.acked:
        return complain(backend, person, "Sending the form", answer)
    try:
        _obey(backend, view, answer.payload)
    except SlackError as refused:
        text = "We had some trouble connecting. Try again?"
        backend.feed.tell(person.id, {"type": "toast", "text": f"{text} ({refused.error})"})
        return answer.json() | {"error": "bad_response", "detail": json.dumps(refused.body())}
    return answer.json()


def _obey(backend: Backend, view: View, response: Json) -> None:
    """What the app wants done with the form. Raises SlackError where it makes no sense."""
    wanted = response.get("response_action", "")
    if wanted == "errors":
        errors = response.get("errors") or {}
        inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
        if not errors or not set(errors) <= inputs:
            raise SlackError("invalid_errors", detail=f"errors may name input blocks alone: {sorted(inputs)}")
        _show_errors(backend, view, errors)
    elif wanted == "update":
        backend.modals.update(view, content.checked_view(response.get("view"), "modal"))
    elif wanted == "push":
        backend.modals.push(view.user, content.checked_view(response.get("view"), "modal"))
    elif wanted in ("", "clear"):
        backend.modals.close(view, "all" if wanted or view.body["clear_on_close"] else "one")
    else:
        raise SlackError("invalid_response_action", detail=str(wanted))


async def close(backend: Backend, person: Person, body: Json) -> Json:
    """Put a modal away, or with `all` the whole stack; the app hears of it where the view asks for that."""
    view = _own(backend, person, body)
    cleared = bool(body.get("all")) or bool(view.body["clear_on_close"])
    answer: Json = {"acked": True, "ack_ms": 0.0}
    for gone in backend.modals.close(view, "all" if cleared else "one"):
        if gone.body["notify_on_close"]:
            payload = payloads.closing(backend, person, gone, cleared)
            answer = (await backend.delivery.ask("interactive", payload)).json()
    return answer


async def shortcut(backend: Backend, person: Person, body: Json) -> Json:
    """Use a global shortcut."""
    callback_id = _shortcut(backend, body, "global")
    payload = payloads.shortcut(backend, person, callback_id)
    return complain(backend, person, "The shortcut", await backend.delivery.ask("interactive", payload))


async def message_shortcut(backend: Backend, person: Person, body: Json) -> Json:
    """Use a shortcut on a message."""
    callback_id = _shortcut(backend, body, "message")
    channel = place(backend, person, body)
    message = backend.timeline.find(channel, str(body.get("ts")))
    payload = payloads.message_shortcut(backend, person, channel, message, callback_id)
    return complain(backend, person, "The shortcut", await backend.delivery.ask("interactive", payload))


async def home(backend: Backend, person: Person, body: Json) -> Json:
    """Open the app's Home tab."""
    if not backend.manifest.home_tab:
        raise SlackError("not_enabled")
    channel, view = backend.team.direct(person.id, BOT_USER_ID), backend.team.homes.get(person.id)
    event: Json = {"type": "app_home_opened", "user": person.id, "channel": channel.id, "tab": "home"}
    backend.events.tell(event | ({"view": view.json()} if view else {}))
    return {"acked": backend.transport.connected, "ack_ms": 0.0}


async def suggest(backend: Backend, person: Person, body: Json) -> Json:
    """Type into a menu whose options the app gives; answers with them."""
    where: Json
    if body.get("view_id"):
        view = _own(backend, person, body)
        block, element = _element(view.body["blocks"], body)
        where = {"container": {"type": "view", "view_id": view.id}, "view": view.json()}
    else:
        channel, message = _message(backend, person, body)
        block, element = _element(message.get("blocks", []), body)
        container = {"type": "message", "message_ts": message["ts"], "channel_id": channel.id}
        where = {"container": container, "channel": {"id": channel.id, "name": channel.name}}
        where |= {"message": payloads.plain(message)}
    ids = (str(block["block_id"]), str(element["action_id"]))
    payload = payloads.suggestion(backend, person, ids, str(body.get("value", "")), where)
    answer = await backend.delivery.ask("interactive", payload, accepts_response=True)
    groups = answer.payload.get("option_groups") or []
    options = answer.payload.get("options") or [option for group in groups for option in group["options"]]
    return answer.json() | {"options": options, "option_groups": groups}


def _own(backend: Backend, person: Person, body: Json) -> View:
    view = backend.team.view(str(body.get("view_id", "")))
    if view is None or view.user != person.id:
        raise SlackError("view_not_found")
    return view


def _message(backend: Backend, person: Person, body: Json) -> tuple[Channel, Json]:
    channel, ts = place(backend, person, body), str(body.get("ts", ""))
    whispered = channel.ephemerals.get(ts)
    if whispered and whispered["to"] == person.id:
        return channel, whispered
    return channel, backend.timeline.find(channel, ts)


def _element(blocks: list[Json], body: Json) -> tuple[Json, Json]:
    wanted = str(body.get("action_id", "")), str(body.get("block_id") or "")
    block, element = find(blocks, *wanted)
    value = body.get("value")
    if element["type"] == "button" and value is not None:  # the same action_id may stand in several blocks
        block, element = find(blocks, *wanted, value=str(value))
    return block, element


def _action(backend: Backend, block: Json, element: Json, body: Json) -> tuple[Json, Json]:
    """The action as the app gets it, and the state that it leaves behind."""
    action: Json = {"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"]}
    action["action_ts"] = backend.clock.ts()
    if element["type"] not in STATE_KEYS:
        copied = ("text", "value", "url", "style", "confirm", "accessibility_label")
        return action | {key: element[key] for key in copied if key in element}, {}
    key, _ = STATE_KEYS[element["type"]]
    given: Any = body.get(key, body.get("value"))
    state = entered(element, given)
    left = {} if element["type"] == "overflow" else {block["block_id"]: {element["action_id"]: state}}
    return action | state, left


def _shortcut(backend: Backend, body: Json, kind: str) -> str:
    callback_id = str(body.get("callback_id", ""))
    if backend.manifest.shortcut(callback_id, kind) is None:
        raise SlackError("unknown_shortcut", detail=callback_id)
    return callback_id


def _show_errors(backend: Backend, view: View, errors: dict[str, str]) -> None:
    backend.feed.tell(view.user, {"type": "view_errors", "view_id": view.id, "errors": errors})
