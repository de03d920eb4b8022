"""Leave that runs out: trigger ids, which open modals, and response URLs, which answer an interaction."""

import secrets
import time
from dataclasses import dataclass

from playground.slack.clock import Clock
from playground.slack.errors import SlackError

TRIGGER_LIFE = 3.0  # real seconds
RESPONSE_LIFE, RESPONSE_USES = 30 * 60.0, 5  # simulated seconds


@dataclass(slots=True)
class Trigger:
    """Leave to open a modal for a person; `view_id` where it came out of one."""

    user: str
    view_id: str
    at: float
    used: bool = False


@dataclass(slots=True)
class Response:
    """Leave to answer an interaction. `ts` is the message that it came from, empty for a command."""

    user: str
    channel: str
    ts: str
    at: float
    uses: int = 0


class Tickets:
    """Gives tickets out and takes them back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}
        self._responses: dict[str, Response] = {}

    def trigger(self, user: str, view_id: str = "") -> str:
        """A new trigger id."""
        key = f"{len(self._triggers) + 1}.{int(self._clock.now() * 1000)}.{secrets.token_hex(16)}"
        self._triggers[key] = Trigger(user, view_id, time.monotonic())
        return key

    def exchange(self, key: str) -> Trigger:
        """Use a trigger id. Raises SlackError invalid_trigger_id, exchanged_trigger_id, expired_trigger_id."""
        trigger = self._triggers.get(key)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - trigger.at > TRIGGER_LIFE:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def response(self, user: str, channel: str, ts: str = "") -> str:
        """A new token for a response URL."""
        token = secrets.token_urlsafe(18)
        self._responses[token] = Response(user, channel, ts, self._clock.elapsed())
        return token

    def answer(self, token: str) -> Response:
        """Use a response URL. Raises SlackError invalid_url, used_url, expired_url."""
        response = self._responses.get(token)
        if response is None:
            raise SlackError("invalid_url")
        if self._clock.elapsed() - response.at > RESPONSE_LIFE:
            raise SlackError("expired_url")
        if response.uses >= RESPONSE_USES:
            raise SlackError("used_url")
        response.uses += 1
        return response
