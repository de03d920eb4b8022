"""What can be made to go wrong between a client and the API."""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from playground.cluster.api.access import Access, User
from playground.cluster.api.errors import ApiError, conflict
from playground.cluster.api.requests import Ask
from playground.cluster.clock import Clock, Timer


class Fault(BaseModel):
    """A fault as POST /play/faults takes it. `seconds` are simulated; `path` is a part of the request's path."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["outage", "latency", "hang", "http_500", "http_429", "conflict", "forbid"]
    seconds: float = Field(default=0.0, ge=0)
    count: int = Field(default=1, ge=1)
    path: str = ""
    verb: str = ""
    resource: str = ""


def reset(transport: asyncio.BaseTransport | None) -> None:
    """Drop a connection as a machine that vanishes does: with a reset, not a goodbye."""
    if not isinstance(transport, asyncio.Transport):
        return
    connection = transport.get_extra_info("socket")
    if connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


@dataclass
class _Once:
    fault: Fault
    left: int


class Faults:
    """The faults in force. Counted ones wear off by use, those with seconds by time, the others by `clear`."""

    def __init__(self, clock: Clock, access: Access) -> None:
        self._clock, self._access = clock, access
        self._counted: list[_Once] = []
        self._latency = 0.0
        self._outage = False
        self._hanging: asyncio.Event | None = None
        self._timers: list[Timer] = []

    def add(self, fault: Fault) -> None:
        match fault.kind:
            case "outage":
                self._outage = True
                self._until(fault.seconds, self._end_outage)
            case "hang":
                self._hanging = self._hanging or asyncio.Event()
                self._until(fault.seconds, self._end_hang)
            case "latency":
                self._latency = fault.seconds
            case "forbid":
                self._access.revoked.add((fault.verb, fault.resource))
            case _:
                self._counted.append(_Once(fault, fault.count))

    def clear(self) -> None:
        """Everything works again, also what hangs."""
        for timer in self._timers:
            timer.cancel()
        self._end_outage()
        self._end_hang()
        self._latency = 0.0
        self._counted.clear()
        self._access.revoked.clear()

    async def gate(self, request: web.Request, user: User, ask: Ask) -> None:
        """Hold a request up, drop it or refuse it, as the faults in force want."""
        if self._outage:
            self._drop(request)
        if self._hanging:
            await self._hanging.wait()
        if self._latency:
            await asyncio.sleep(self._latency / self._clock.scale)
        if request.transport is None or request.transport.is_closing():
            self._drop(request)  # who waited too long must not find it done later
        for one in self._counted:
            if one.fault.path in request.path_qs and (one.fault.kind != "conflict" or _writes(ask, request)):
                self._use(one)
                raise _refusal(one.fault.kind, ask)

    def _use(self, one: _Once) -> None:
        one.left -= 1
        if not one.left:
            self._counted.remove(one)

    def _drop(self, request: web.Request) -> None:
        reset(request.transport)
        raise web.HTTPServiceUnavailable

    def _until(self, seconds: float, end: Callable[[], None]) -> None:
        if seconds:
            self._timers.append(self._clock.later(seconds, end))

    def _end_outage(self) -> None:
        self._outage = False

    def _end_hang(self) -> None:
        if self._hanging:
            self._hanging.set()
            self._hanging = None


def _writes(ask: Ask, request: web.Request) -> bool:
    return ask.verb in ("patch", "update") and bool(ask.name) and "dryRun" not in request.query


def _refusal(kind: str, ask: Ask) -> ApiError:
    if kind == "conflict":
        return conflict(ask.kind, ask.name)
    if kind == "http_429":
        text = "Too many requests, please try again later."
        return ApiError(429, "TooManyRequests", text, {"retryAfterSeconds": 1}, {"Retry-After": "1"})
    return ApiError(500, "InternalError", "Internal error occurred: etcdserver: request timed out", {})
