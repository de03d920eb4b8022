"""People come and go: joining, leaving, creating channels, opening direct conversations."""

from playground.slack.acts.talk import place
from playground.slack.backend import Backend
from playground.slack.errors import Json, SlackError
from playground.world import Person


async def join(backend: Backend, person: Person, body: Json) -> Json:
    """Join a public channel."""
    channel = place(backend, person, body)
    if channel.archived:
        raise SlackError("is_archived")
    backend.rooms.join(channel, person.id)
    return {"channel": channel.id}


async def leave(backend: Backend, person: Person, body: Json) -> Json:
    """Leave a channel."""
    channel = place(backend, person, body)
    if person.id not in channel.members:
        raise SlackError("not_in_channel")
    backend.rooms.leave(channel, person.id)
    return {}


async def create(backend: Backend, person: Person, body: Json) -> Json:
    """Create a channel; answers with its id."""
    kind = "group" if body.get("is_private") else "channel"
    channel = backend.rooms.create(str(body.get("name", "")), "group" if kind == "group" else "channel", person.id)
    return {"channel": channel.id}


async def open_im(backend: Backend, person: Person, body: Json) -> Json:
    """Open a direct conversation with somebody, or with the app; answers with its id."""
    other = backend.team.person(str(body.get("user", "")))
    channel = backend.team.direct(person.id, other.id)
    backend.feed.tell(person.id, {"type": "channels"})
    return {"channel": channel.id}
