"""api.test, auth.test, apps.connections.open, blocks.validate, bots.info, search.messages, team.info."""

from typing import Literal

from playground.slack.blockkit import Surface, problems
from playground.slack.call import Call, Method
from playground.slack.errors import Json, SlackError, invalid
from playground.slack.limits import Tier
from playground.world import APP_ID, BOT_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, TEAM_NAME


def api_test(call: Call) -> Json:
    """Gives back what it got."""
    if call.text("error"):
        raise SlackError(call.text("error"), args=call.args)
    return {"args": call.args}


def auth_test(call: Call) -> Json:
    """Who the token belongs to."""
    return {
        "url": f"{call.backend.url}/",
        "team": TEAM_NAME,
        "user": call.backend.team.people[BOT_USER_ID].name,
        "team_id": TEAM_ID,
        "user_id": BOT_USER_ID,
        "bot_id": BOT_ID,
        "is_enterprise_install": False,
    }


def connections_open(call: Call) -> Json:
    """An address for one Socket Mode connection."""
    if call.backend.sockets is None:
        raise SlackError("socket_mode_not_enabled")
    return {"url": call.backend.sockets.link(call.backend.url)}


def validate(call: Call) -> Json:
    """Whether blocks, a message or a view would be taken."""
    names = [name for name in ("blocks", "message", "view") if call.args.get(name) is not None]
    if len(names) != 1:
        raise invalid("exactly one of blocks, message and view is needed")
    given = call.json(names[0])
    surface: Surface = "message"
    if names[0] == "blocks":
        given = {"blocks": given}
    elif names[0] == "view":
        surface = _surface(given)
    found = problems(given, surface)
    if found:
        skip = "/blocks" if names[0] == "blocks" else ""
        errors = [
            {"code": one.code, "message": one.message, "pointer": one.pointer.removeprefix(skip)} for one in found
        ]
        raise SlackError(f"invalid_{names[0]}", errors=errors)
    return {}


def bots_info(call: Call) -> Json:
    """The bot."""
    if call.text("bot", BOT_ID) != BOT_ID:
        raise SlackError("bot_not_found")
    name = call.backend.team.people[BOT_USER_ID].name
    about = {"id": BOT_ID, "deleted": False, "name": name, "updated": 0, "app_id": APP_ID, "user_id": BOT_USER_ID}
    return {"bot": about | {"icons": {}}}


def team_info(call: Call) -> Json:
    """The team."""
    if call.text("team", TEAM_ID) != TEAM_ID:
        raise SlackError("team_not_found")
    about = {"id": TEAM_ID, "name": TEAM_NAME, "domain": TEAM_DOMAIN, "email_domain": "example.com", "icon": {}}
    return {"team": about | {"url": f"{call.backend.url}/", "plan": call.backend.team.plan}}


def search(call: Call) -> Json:
    """Only people may search; the app's token never gets here."""
    raise SlackError("not_allowed_token_type")


def _surface(view: object) -> Literal["modal", "home"]:
    return "home" if isinstance(view, dict) and view.get("type") == "home" else "modal"


METHODS = {
    "api.test": Method(api_test, Tier.T4, token="none"),  # noqa: S106 - a kind of token
    "auth.test": Method(auth_test, Tier.SPECIAL),
    "apps.connections.open": Method(connections_open, Tier.T3, token="app"),  # noqa: S106 - a kind of token
    "blocks.validate": Method(validate, Tier.SPECIAL, token="none"),  # noqa: S106 - a kind of token
    "bots.info": Method(bots_info, Tier.T3, ("users:read",)),
    "search.messages": Method(search, Tier.T2, token="user"),  # noqa: S106 - a kind of token
    "team.info": Method(team_info, Tier.T3, ("team:read",)),
}
