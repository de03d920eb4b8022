"""Socket Mode: the connections of the app, envelopes out, acknowledgements in."""

import asyncio
import json
import secrets
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from playground.slack.clock import Clock
from playground.slack.delivery import DEADLINE, Answer, Envelope
from playground.slack.errors import Json
from playground.slack.faults import Faults
from playground.slack.journal import Journal
from playground.world import APP_ID

MOST = 10  # connections at once
GRACE = 1.0  # seconds that a client has to leave by itself
LIFE, SHORT_LIFE, WARNING = 18_060.0, 360.0, 10.0  # simulated seconds; the short life is for debug_reconnects


@dataclass(eq=False, slots=True)
class _Connection:
    socket: web.WebSocketResponse
    frozen_until: float = 0.0
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def frozen(self) -> bool:
        return time.monotonic() < self.frozen_until


class Sockets:
    """A transport. Each payload goes to one of the open connections, in turn."""

    def __init__(self, clock: Clock, faults: Faults, journal: Journal, told: Callable[[bool], None]) -> None:
        self._clock, self._faults, self._journal, self._told = clock, faults, journal, told
        self._tickets: set[str] = set()
        self._open: list[_Connection] = []
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._turn = 0

    @property
    def connected(self) -> bool:
        """Whether a connection is open."""
        return bool(self._open)

    def link(self, url: str) -> str:
        """An address for one connection, good once; `url` is the workspace's own."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return f"{url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={APP_ID}"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The websocket endpoint."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=401, text="this address was used already, or never given out")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        if len(self._open) >= MOST:
            await socket.send_json(_disconnect("too_many_websockets"))
            await socket.close()
            return socket
        connection = _Connection(socket)
        self._open.append(connection)
        self._told(True)
        life = SHORT_LIFE if request.query.get("debug_reconnects") == "true" else LIFE
        expiry = asyncio.create_task(self._expire(connection, life))
        try:
            await socket.send_json(self._hello(life))
            await self._receive(connection)
        finally:
            expiry.cancel()
            connection.gone.set()
            self._drop(connection)
        return socket

    async def send(self, envelope: Envelope) -> Answer:
        """One attempt through one connection."""
        if not self._open:
            return Answer(False, 0.0, error="not_connected", reason="connection_failed")
        self._turn += 1
        connection = self._open[self._turn % len(self._open)]
        key, started = str(uuid.uuid4()), time.monotonic()
        body: Json = {"envelope_id": key, "type": envelope.type, "payload": envelope.payload}
        body["accepts_response_payload"] = envelope.accepts_response
        if envelope.type == "events_api":
            body |= {"retry_attempt": envelope.retry_attempt, "retry_reason": envelope.retry_reason}
        self._journal.note("envelope", **body)
        self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            if not connection.frozen:
                await connection.socket.send_str(json.dumps(body))
            payload = await asyncio.wait_for(self._waiting[key], DEADLINE)
        except TimeoutError:
            return Answer(False, _ms(started), error="operation_timeout", reason="timeout")
        except ConnectionError:
            return Answer(False, _ms(started), error="dispatch_failed", reason="connection_failed")
        finally:
            self._waiting.pop(key, None)
        return Answer(True, _ms(started), payload)

    async def disconnect(self, reason: str) -> None:
        """Tell every connection to go away; all reasons but "warning" also close it."""
        await asyncio.gather(*(self._say_goodbye(connection, reason) for connection in list(self._open)))

    def freeze(self, seconds: float) -> None:
        """For some real seconds nothing goes in or out, and nobody notices: a half-open link."""
        for connection in self._open:
            connection.frozen_until = time.monotonic() + seconds

    async def start(self) -> None:
        """Nothing to prepare: the app comes to us."""

    async def close(self) -> None:
        """Close all connections; whoever waits for an acknowledgement waits no more."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ConnectionError())
        for connection in list(self._open):
            await connection.socket.close()

    async def _receive(self, connection: _Connection) -> None:
        async for message in connection.socket:
            if connection.frozen:
                continue
            if message.type is WSMsgType.PING:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledge(json.loads(message.data))

    def _acknowledge(self, body: Json) -> None:
        key = str(body.get("envelope_id", ""))
        if self._faults.for_envelope("drop_ack"):
            self._journal.note("ack_dropped", envelope_id=key)
            return
        waiting = self._waiting.get(key)
        self._journal.note("ack", envelope_id=key, payload=body.get("payload"), late=waiting is None)
        if waiting and not waiting.done():
            waiting.set_result(body.get("payload") or {})

    async def _expire(self, connection: _Connection, life: float) -> None:
        await self._clock.sleep(life - WARNING)
        await self._say_goodbye(connection, "warning")
        await self._clock.sleep(WARNING)
        await self._say_goodbye(connection, "refresh_requested")

    async def _say_goodbye(self, connection: _Connection, reason: str) -> None:
        if connection not in self._open:
            return
        self._journal.note("disconnect", reason=reason)
        if reason == "warning":
            await connection.socket.send_json(_disconnect(reason))
            return
        self._drop(connection)
        await connection.socket.send_json(_disconnect(reason))
        with suppress(TimeoutError):
            await asyncio.wait_for(connection.gone.wait(), GRACE)
        await connection.socket.close()

    def _drop(self, connection: _Connection) -> None:
        if connection in self._open:
            self._open.remove(connection)
            self._told(self.connected)

    def _hello(self, life: float) -> Json:
        debug = {"host": "playground", "build_number": 1, "approximate_connection_time": int(life)}
        count = len(self._open)
        return {"type": "hello", "num_connections": count, "debug_info": debug, "connection_info": {"app_id": APP_ID}}


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}}


def _ms(started: float) -> float:
    return (time.monotonic() - started) * 1000
