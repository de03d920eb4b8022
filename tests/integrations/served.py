"""Web servers that answer as a test wants, on loopback; each remembers what it was asked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@dataclass
class Served:
    """A server at `url`; `asked` holds its requests, oldest first."""

    url: str = ""
    asked: list[web.BaseRequest] = field(default_factory=list)

    @property
    def logins(self) -> list[str]:
        """The Authorization header of each request; empty where there was none."""
        return [request.headers.get("Authorization", "") for request in self.asked]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[Served]:
    """A server that answers everything one way. It has an origin of its own: its port is part of that."""
    served = Served()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        served.asked.append(request)
        return await answer(request)

    runner = web.ServerRunner(web.Server(handle, handler_cancellation=True), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield served
    finally:
        await runner.cleanup()
