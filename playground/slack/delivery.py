"""Payloads to the app: one attempt with its three seconds, the retries of events, and the faults of delivery."""

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from playground.slack.clock import Clock
from playground.slack.errors import Json
from playground.slack.faults import Faults
from playground.slack.journal import Journal

DEADLINE = 3.0  # seconds until Slack gives up on an acknowledgement; real ones, whatever the clock's scale
RETRIES = ((1, 0.0), (2, 60.0), (3, 300.0))  # attempt, simulated seconds before it

Spawn = Callable[[Coroutine[Any, Any, None]], None]
Type = Literal["events_api", "interactive", "slash_commands"]


@dataclass(frozen=True, slots=True)
class Envelope:
    """One payload on its way."""

    type: Type
    payload: Json
    accepts_response: bool = False
    retry_attempt: int = 0
    retry_reason: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an attempt. `error` is one of Slack's words: operation_timeout, dispatch_failed, not_connected."""

    acked: bool
    ms: float
    payload: Json = field(default_factory=dict)
    error: str = ""
    reason: str = ""  # for the retry's header: timeout, connection_failed, http_error
    retry: bool = True

    def json(self) -> Json:
        """For the control API."""
        base: Json = {"acked": self.acked, "ack_ms": round(self.ms, 1)}
        return base | {"error": self.error} if self.error else base


class Transport(Protocol):
    """Socket Mode or signed HTTP."""

    @property
    def connected(self) -> bool:
        """Whether an app is there to be talked to."""

    async def send(self, envelope: Envelope) -> Answer:
        """One attempt, ending within DEADLINE."""


class Delivery:
    """Sends payloads through a transport, as Slack does."""

    def __init__(self, transport: Transport, clock: Clock, faults: Faults, journal: Journal, spawn: Spawn) -> None:
        self._transport, self._clock, self._faults = transport, clock, faults
        self._journal, self._spawn = journal, spawn

    async def ask(self, kind: Type, payload: Json, accepts_response: bool = False) -> Answer:
        """Deliver a command or an interaction: once, no retries."""
        return await self._attempt(Envelope(kind, payload, accepts_response))

    def event(self, payload: Json) -> None:
        """Deliver an event in the background, with up to three retries."""
        self._spawn(self._persist(Envelope("events_api", payload)))

    async def _persist(self, envelope: Envelope) -> None:
        answer = await self._attempt(envelope)
        for attempt, pause in RETRIES:
            if answer.acked or not answer.retry:
                return
            await self._clock.sleep(pause)
            answer = await self._attempt(replace(envelope, retry_attempt=attempt, retry_reason=answer.reason))

    async def _attempt(self, envelope: Envelope) -> Answer:
        if self._faults.for_envelope("duplicate_delivery"):
            self._spawn(self._again(envelope, 0))
        started = time.monotonic()
        answer = await self._transport.send(envelope)
        self._journal.note("answer", type=envelope.type, took=round(time.monotonic() - started, 4), **answer.json())
        if late := answer.acked and self._faults.for_envelope("late_delivery"):
            self._spawn(self._again(replace(envelope, retry_attempt=1, retry_reason="timeout"), late.seconds))
        return answer

    async def _again(self, envelope: Envelope, seconds: float) -> None:
        await self._clock.sleep(seconds)
        await self._transport.send(envelope)
