"""views.open, push, update, publish."""

from playground.slack import content
from playground.slack.call import Call, Method
from playground.slack.errors import Json, SlackError, invalid
from playground.slack.limits import Tier


def open_view(call: Call) -> Json:
    """Open a modal for whoever acted within the last three seconds."""
    view = content.checked_view(call.json("view"), "modal")
    trigger = call.backend.tickets.exchange(_trigger(call))
    return {"view": call.backend.modals.open(trigger.user, view).json()}


def push(call: Call) -> Json:
    """Put a modal on top of the one that was acted in."""
    view = content.checked_view(call.json("view"), "modal")
    trigger = call.backend.tickets.exchange(_trigger(call))
    if not trigger.view_id:
        raise SlackError("not_found")
    return {"view": call.backend.modals.push(trigger.user, view).json()}


def update(call: Call) -> Json:
    """Change an open modal. With a `hash` only if nobody else did since."""
    if not call.text("view_id") and not call.text("external_id"):
        raise invalid("view_id or external_id is needed")
    view = content.checked_view(call.json("view"), "modal")
    found = call.backend.modals.find(call.text("view_id"), call.text("external_id"))
    call.backend.modals.update(found, view, call.text("hash"))
    return {"view": found.json()}


def publish(call: Call) -> Json:
    """Show a Home tab to somebody."""
    if not call.backend.manifest.home_tab:
        raise SlackError("not_enabled")
    view = content.checked_view(call.json("view"), "home")
    user = call.text("user_id")
    if user not in call.backend.team.people:
        raise invalid("user not found [json-pointer:/user_id]")
    return {"view": call.backend.modals.publish(user, view, call.text("hash")).json()}


def _trigger(call: Call) -> str:
    return call.text("trigger_id") or call.text("interactivity_pointer")


METHODS = {
    "views.open": Method(open_view, Tier.T4, (), ("view",)),
    "views.push": Method(push, Tier.T4, (), ("view",)),
    "views.update": Method(update, Tier.T4, (), ("view",)),
    "views.publish": Method(publish, Tier.T4, (), ("user_id", "view")),
}
