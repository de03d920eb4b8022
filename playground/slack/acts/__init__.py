"""What a person can do, by the verb of the control API."""

from collections.abc import Awaitable, Callable

from playground.slack.acts import apps, rooms, talk
from playground.slack.backend import Backend
from playground.slack.errors import Json
from playground.world import Person

Act = Callable[[Backend, Person, Json], Awaitable[Json]]

ACTS: dict[str, Act] = {
    "type": talk.say,
    "react": talk.react,
    "unreact": talk.unreact,
    "pin": talk.pin,
    "unpin": talk.unpin,
    "upload": talk.upload,
    "click": apps.click,
    "submit": apps.submit,
    "close": apps.close,
    "shortcut": apps.shortcut,
    "message_shortcut": apps.message_shortcut,
    "home": apps.home,
    "suggest": apps.suggest,
    "join": rooms.join,
    "leave": rooms.leave,
    "create_channel": rooms.create,
    "open_im": rooms.open_im,
}
