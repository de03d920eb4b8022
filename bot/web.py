"""The bot's own web server: /livez, /readyz, /metrics, and Slack over HTTP where there is a signing secret."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp

from bot.telemetry import LOOP_LAG

Ready = Callable[[], Awaitable[dict[str, str]]]
LAGGING = 0.5  # seconds: a loop that is this late delays acknowledgements and pings


class LoopClock:
    """Measures how late the event loop is."""

    def __init__(self, every: float = 0.5) -> None:
        self.every, self.lag = every, 0.0

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            due = time.monotonic() + self.every
            await asyncio.sleep(self.every)
            self.lag = max(0.0, time.monotonic() - due)
            LOOP_LAG.set(self.lag)


class Web:
    """Serves on `host`:`port` (0: a free one; then `port` tells which). `problems` says what keeps us from working."""

    def __init__(self, host: str, port: int, problems: Ready, slack_app: AsyncApp | None) -> None:
        self.host, self.port, self.problems, self.slack_app = host, port, problems, slack_app
        app = web.Application(client_max_size=4 * 2**20)
        app.router.add_get("/livez", self._live)
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/metrics", self._metrics)
        if slack_app:
            app.router.add_post("/slack/events", self._slack)
        self._runner = web.AppRunner(app, access_log=None)

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening, after the requests that are being answered."""
        await self._runner.cleanup()

    async def _live(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def _ready(self, _request: web.Request) -> web.Response:
        problems = await self.problems()
        status = 503 if problems else 200
        return web.json_response({"status": "not ready" if problems else "ready", "problems": problems}, status=status)

    async def _metrics(self, _request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _slack(self, request: web.Request) -> web.Response:
        assert self.slack_app, "the route exists only with it"
        return await to_aiohttp_response(await self.slack_app.async_dispatch(await to_bolt_request(request)))
