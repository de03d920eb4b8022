"""users: info, list, lookupByEmail, profile.get, getPresence; dnd.info; emoji.list."""

from playground.slack.call import Call, Method
from playground.slack.errors import Json, SlackError
from playground.slack.limits import Tier
from playground.slack.model import person_json
from playground.world import BOT_USER_ID, Person


def info(call: Call) -> Json:
    """One person."""
    return {"user": _json(call, call.backend.team.person(call.text("user")))}


def listing(call: Call) -> Json:
    """Everybody, in pages."""
    found, more = call.page(list(call.backend.team.people.values()))
    now = int(call.backend.clock.now())
    return {"members": [_json(call, one) for one in found], "cache_ts": now, "response_metadata": more}


def by_email(call: Call) -> Json:
    """The person of an address."""
    wanted = call.text("email").lower()
    for person in call.backend.team.people.values():
        if person.email and person.email.lower() == wanted:
            return {"user": _json(call, person)}
    raise SlackError("users_not_found")


def profile(call: Call) -> Json:
    """What somebody says about themselves."""
    return {"profile": _json(call, call.backend.team.person(call.text("user", BOT_USER_ID)))["profile"]}


def presence(call: Call) -> Json:
    """Everybody is always here."""
    call.backend.team.person(call.text("user", BOT_USER_ID))
    return {"presence": "active"}


def dnd(call: Call) -> Json:
    """Nobody is ever to be left alone."""
    call.backend.team.person(call.text("user", BOT_USER_ID))
    return {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1, "snooze_enabled": False}


def emoji(call: Call) -> Json:
    """No emoji of the team's own."""
    return {"emoji": {}, "cache_ts": str(int(call.backend.clock.now()))}


def _json(call: Call, person: Person) -> Json:
    return person_json(person, call.has("users:read.email"))


READ = ("users:read",)
METHODS = {
    "users.info": Method(info, Tier.T4, READ, ("user",)),
    "users.list": Method(listing, Tier.T2, READ),
    "users.lookupByEmail": Method(by_email, Tier.T3, ("users:read.email",), ("email",)),
    "users.profile.get": Method(profile, Tier.T4, ("users.profile:read",)),
    "users.getPresence": Method(presence, Tier.T3, READ),
    "dnd.info": Method(dnd, Tier.T3, ("dnd:read",)),
    "emoji.list": Method(emoji, Tier.T2, ("emoji:read",)),
}
