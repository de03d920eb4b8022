"""A small web server on loopback that can be made to fail: what the registry and the forge stand on.

POST   /play/faults    {"kind": "outage", "seconds": 60}          connections are reset
                       {"kind": "hang", "seconds": 30}            requests are taken and not answered
                       (either without seconds lasts until it is cleared)
                       {"kind": "http_429" | "http_500", "count": 3, "retry_after": 1}
DELETE /play/faults    everything works again
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from types import TracebackType
from typing import Literal, NamedTuple, Self

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from playground.cluster.faults import reset

KEPT_REQUESTS = 500


class Fault(BaseModel):
    """A fault as POST /play/faults takes it; `seconds` and `retry_after` are of the wall."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["outage", "hang", "http_429", "http_500"]
    seconds: float = Field(0.0, ge=0)
    count: int = Field(1, ge=1)
    retry_after: int = Field(1, ge=0)


class Request(NamedTuple):
    """One that came in; `status` 0 is one that got no answer."""

    method: str
    path: str
    status: int


class Loopback:
    """`async with Loopback(routes) as server`: it answers at `server.url`, and `server.requests` are the last ones."""

    def __init__(self, routes: Iterable[web.RouteDef], host: str = "127.0.0.1") -> None:
        self._routes, self._host = tuple(routes), host
        self._outage, self._counted = False, deque[Fault]()
        self._working = asyncio.Event()
        self._working.set()
        self._timers: list[asyncio.TimerHandle] = []
        self.requests: deque[Request] = deque(maxlen=KEPT_REQUESTS)
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application(middlewares=[self._gate])
        app.add_routes(self._routes)
        app.add_routes([web.post("/play/faults", self._add), web.delete("/play/faults", self._clear)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, 0).start()
        self.url = f"http://{self._host}:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()
        await self._runner.cleanup()

    def fail(self, fault: Fault) -> None:
        """Let something go wrong from now on."""
        match fault.kind:
            case "outage":
                self._outage = True
            case "hang":
                self._working.clear()
            case _:
                self._counted.extend([fault] * fault.count)
        if fault.seconds:
            self._timers.append(asyncio.get_running_loop().call_later(fault.seconds, self.clear))

    def clear(self) -> None:
        """Everything works again, also what hangs."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._counted.clear()
        self._outage = False
        self._working.set()

    def refusal(self, fault: Fault) -> web.Response:
        """How a counted fault is answered."""
        status = int(fault.kind.removeprefix("http_"))
        return web.Response(status=status, headers={"Retry-After": str(fault.retry_after)} if status == 429 else {})

    @web.middleware
    async def _gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith("/play/"):
            return await handler(request)
        status = 0
        try:
            response = await self._answer(request, handler)
            status = response.status
        except web.HTTPException as response:
            status = response.status
            raise
        finally:
            self.requests.append(Request(request.method, request.path_qs, status))
        return response

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        await self._working.wait()
        if self._outage:
            reset(request.transport)
            raise web.HTTPServiceUnavailable  # which nobody gets to see
        if self._counted:
            return self.refusal(self._counted.popleft())
        return await handler(request)

    async def _add(self, request: web.Request) -> web.Response:
        try:
            self.fail(Fault.model_validate_json(await request.read()))
        except ValidationError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"ok": True})

    async def _clear(self, _: web.Request) -> web.Response:
        self.clear()
        return web.json_response({"ok": True})
