"""Prometheus on loopback: its scraper, its store and its HTTP API, in the caller's event loop."""

import asyncio
import errno
import json
from collections import deque
from contextlib import suppress
from typing import Self

from aiohttp import web
from pydantic import ValidationError

from playground.cluster.faults import reset
from playground.prometheus.api import Api
from playground.prometheus.faults import Fault, Faults
from playground.prometheus.scraper import Scraper
from playground.prometheus.store import Store

KEPT_QUERIES = 500


class Prometheus:
    """`async with Prometheus(f"{cluster.url}/play/metrics") as prometheus`: answers at `prometheus.url`.

    Scrapes `target` every `interval` seconds of the wall as the one instance of `job`; without a target, until `scrape`
    names one, it answers from what `store` is given. Samples are kept for `keep` seconds. `port` 0 takes any free one,
    and so does a busy one.
    What else can be done to it, beside its API:

    POST   /play/faults   {"kind": "outage" | "hang" | "html" | "http_500" | "nodata", "seconds": 30}; see `Fault`
    DELETE /play/faults   everything works again
    GET    /play/queries  the last 500 queries: {"queries": [{kind, query}]}
    """

    def __init__(
        self, target: str = "", *, job: str = "cluster", port: int = 0, interval: float = 1.0, keep: float = 7200.0
    ) -> None:
        self._target, self._job, self._port, self._interval = target, job, port, interval
        self.url = ""
        self.store = Store(keep)
        self.faults = Faults()
        self.queries: deque[dict[str, str]] = deque(maxlen=KEPT_QUERIES)

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await self._listen()
        self._scraping: asyncio.Task[None] | None = None
        if self._target:
            self.scrape(self._target)
        return self

    def scrape(self, target: str) -> None:
        """From now on scrape this address. Once, while it runs."""
        scraper = Scraper(self.store, target, self._job, self._interval)
        self._scraping = asyncio.create_task(scraper.run())

    async def __aexit__(self, *_: object) -> None:
        if self._scraping:
            self._scraping.cancel()
            with suppress(asyncio.CancelledError):
                await self._scraping
        self.faults.clear()
        await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application()
        app.add_routes(Api(self.store, self.faults, self._note).routes())
        app.add_routes(
            [
                web.get("/-/{how:healthy|ready}", self._how),
                web.post("/play/faults", self._add_fault),
                web.delete("/play/faults", self._clear_faults),
                web.get("/play/queries", self._read_queries),
            ]
        )
        return app

    def _note(self, kind: str, query: str) -> None:
        self.queries.append({"kind": kind, "query": query})

    async def _how(self, request: web.Request) -> web.Response:
        text = f"Prometheus Server is {request.match_info['how'].title()}.\n"
        return await self.faults.gate(request) or web.Response(text=text)

    async def _add_fault(self, request: web.Request) -> web.Response:
        try:
            fault = Fault.model_validate_json(await request.read())
        except ValidationError as error:
            body = json.dumps({"error": str(error)})
            raise web.HTTPBadRequest(text=body, content_type="application/json") from None
        self.faults.add(fault)
        if fault.kind == "outage":
            self._cut(request)
        return web.json_response({"ok": True})

    async def _clear_faults(self, _: web.Request) -> web.Response:
        self.faults.clear()
        return web.json_response({"ok": True})

    async def _read_queries(self, _: web.Request) -> web.Response:
        return web.json_response({"queries": list(self.queries)})

    def _cut(self, but: web.Request) -> None:
        """Reset all open connections."""
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            if connection.transport is not but.transport:
                reset(connection.transport)

    async def _listen(self) -> None:
        try:
            site = web.TCPSite(self._runner, "127.0.0.1", self._port)
            await site.start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            site = web.TCPSite(self._runner, "127.0.0.1", 0)
            await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[-1][1]}"
