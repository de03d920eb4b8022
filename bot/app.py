"""The one composition root: settings -> store, flows, Slack, commands, web, jobs."""

import asyncio
import secrets
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot import discovery
from bot.assembly import Ground, assemble
from bot.backends import NotStarted, connect_metrics, connect_registry, connect_sources, connect_targets, flows_url
from bot.deploy.terms import Outside
from bot.durable import Durable
from bot.errors import Refusal, Unavailable
from bot.gate import Gate
from bot.inbox import Inbox
from bot.jobs import Jobs
from bot.metrics.measure import Measure
from bot.migrations import migrate
from bot.outbox import Outbox
from bot.people.directory import People
from bot.ports import DeployTarget, MetricsBackend, Registry, SourceHistory
from bot.settings import Settings
from bot.slack import Slack, SlackRefused
from bot.store import Store
from bot.telemetry import FLOWS
from bot.values import Place
from bot.web import LAGGING, LoopClock, Web

DRAIN = 10.0  # seconds that handlers and steps get to end when we are told to stop
SILENT = 60.0  # seconds without a socket after which we are not ready
HTTP_TIMEOUT = aiohttp.ClientTimeout(total=30)  # for calls that have no deadline of their own: opening the socket
log = structlog.get_logger()


class Quarterdeck:
    """The running bot. `start` and `stop` it in one event loop; `lost` is set when it must exit."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.lost = asyncio.Event()
        self.store = Store(settings.database_url.get_secret_value())
        self.executor = "local" if self.store.sqlite else f"{socket.gethostname()}-{secrets.token_hex(4)}"
        self.durable = Durable(flows_url(settings.database_url.get_secret_value()), executor=self.executor)
        self.durable.on_lost = self.lost.set
        self.jobs, self.clock = Jobs(), LoopClock()
        self._background: list[asyncio.Task[None]] = []
        self._socket: AsyncSocketModeHandler | None = None
        self._socket_seen = datetime.now(UTC)
        self.targets: Mapping[Place, DeployTarget] = {}
        self.sources: Mapping[str, SourceHistory] = {}
        self.backend: MetricsBackend | None = None
        self.registry: Registry | None = None

    async def start(self) -> None:
        """Come up. Raises NotStarted, Refusal or Unavailable; then `stop` cleans up what was begun."""
        settings = self.settings
        await self._open_store()
        self.targets, self.backend = connect_targets(settings), connect_metrics(settings)
        self.registry, self.sources = connect_registry(settings), connect_sources(settings)
        self.session = aiohttp.ClientSession(timeout=HTTP_TIMEOUT)
        token = settings.slack.bot_token
        if token is None:
            raise NotStarted("There is no bot token: set SLACK_BOT_TOKEN.")
        client = AsyncWebClient(token.get_secret_value(), base_url=settings.slack.api_url, session=self.session)
        client.retry_handlers = []  # they would repeat a post whose connection broke: bot.slack knows better
        self.slack = Slack(client)
        await self._connect_slack()
        self._compose(await self._channel(settings.channels.deploys), client)
        for unknown in await self.people.load():
            log.warning("people.unknown", who=unknown)
        await self.durable.launch()
        await self.rollout.resume()
        self.outbox.start()
        self._background = [
            asyncio.create_task(self.clock.run(), name="loop clock"),
            asyncio.create_task(self._greet_targets(), name="greet targets"),
        ]
        self._timetable()
        with_http = self.bolt if settings.slack.signing_secret else None
        self.web = Web(settings.host, settings.port, self._problems, with_http)
        await self.web.start()
        await self._open_socket()
        log.info("quarterdeck.ready", port=self.web.port, services=len(settings.services))

    async def _open_store(self) -> None:
        if self.store.sqlite:
            await migrate(self.store)
        elif not await self.store.current():
            raise NotStarted("The database's schema is not the one of this version: run `quarterdeck migrate` first.")

    async def _connect_slack(self) -> None:
        try:
            await self.slack.connect()
        except SlackRefused as no:
            raise NotStarted(f"Slack refuses the bot token ({no.error}): check SLACK_BOT_TOKEN.") from no

    async def _channel(self, name: str) -> str:
        """The id of a channel, joined: our own messages must be found again after a crash."""
        known = await self.slack.channels()
        channel = known.get(name, name if name in known.values() else "")
        if not channel:
            raise NotStarted(f"There is no channel #{name}: create it, or set channels.deploys in config/default.yml.")
        await self.slack.join(channel)
        return channel

    def _compose(self, channel: str, client: AsyncWebClient) -> None:
        settings = self.settings
        seconds = settings.slack.update_interval.total_seconds()
        self.outbox = Outbox(self.store, self.slack, self.executor, seconds)
        self.people = People(settings.people, self.slack)
        self.inbox = Inbox(self.store)
        self.outside = Outside(
            targets=self.targets,
            measure=Measure(self.backend, settings.metrics),
            registry=self.registry,
            sources=self.sources,
        )
        ground = Ground(settings, self.store, self.durable, self.outbox, self.people, self.outside, channel)
        self.engine = assemble(ground)
        self.rollout = self.engine.rollout
        self.bolt = self._bolt(client)
        self.gate = Gate(self.bolt, self.slack, self.inbox, self.engine.provided)
        for module in discovery.commands():
            module.register(self.gate)

    def _bolt(self, client: AsyncWebClient) -> AsyncApp:
        slack, settings = self.slack, self.settings.slack
        assert client.token, "checked at start"
        us = AuthorizeResult(
            enterprise_id=None,
            team_id=slack.team_id,
            bot_user_id=slack.bot_user_id,
            bot_id=slack.bot_id,
            bot_token=client.token,
        )

        async def authorize(**_: Any) -> AuthorizeResult:
            return us  # Bolt's own way asks auth.test within the first request's 3 s

        secret = settings.signing_secret.get_secret_value() if settings.signing_secret else None
        return AsyncApp(
            name="quarterdeck", client=client, authorize=authorize, signing_secret=secret, ssl_check_enabled=False
        )

    async def _open_socket(self) -> None:
        if self.settings.slack.app_token is None:
            return
        self._socket = AsyncSocketModeHandler(self.bolt, self.settings.slack.app_token.get_secret_value())
        await self._socket.connect_async()  # type: ignore[no-untyped-call]  # Bolt does not type it

    def _timetable(self) -> None:
        retention = self.settings.retention
        self.jobs.every(timedelta(seconds=10), "resume flows", self.rollout.resume)
        self.jobs.every(timedelta(hours=1), "forget requests", self._forget_requests)
        self.jobs.every(timedelta(days=1), "forget flows", lambda: self.durable.retain(retention.flows))
        self.jobs.every(timedelta(seconds=15), "count flows", self._count_flows)
        self.jobs.every(timedelta(minutes=1), "remind reviews", self.engine.reviews.remind)
        self.jobs.every(timedelta(seconds=15), "end locks", self.engine.locks.expire)
        self.jobs.every(timedelta(seconds=5), "refresh homes", self.engine.homes.refresh)
        if not self.store.sqlite:
            self.jobs.every(timedelta(seconds=2), "adopt orphans", self.durable.adopt_orphans)
        self.jobs.start()

    async def _greet_targets(self) -> None:
        """Look at every target once: libraries load on first use, and the first deploy should not wait for that."""
        for place, target in self.targets.items():
            try:
                await target.inspect()
            except (Refusal, Unavailable) as no:
                log.warning("target.unreachable", place=str(place), error=str(no))

    async def _forget_requests(self) -> None:
        await self.inbox.forget(datetime.now(UTC), self.settings.retention.requests)

    async def _count_flows(self) -> None:
        for state, count in (await self.durable.states()).items():
            FLOWS.labels(state).set(count)

    async def _problems(self) -> dict[str, str]:
        """What keeps us from working, by name; empty when all is well."""
        found: dict[str, str] = {}
        try:
            async with asyncio.timeout(2):
                await self.store.alive()
        except Exception as error:  # whatever it is, the database does not answer
            found["database"] = type(error).__name__
        if self._socket:
            now = datetime.now(UTC)
            if await self._socket.client.is_connected():
                self._socket_seen = now
            elif (now - self._socket_seen).total_seconds() > SILENT or self._socket.client.current_session is None:
                found["slack"] = f"no socket since {self._socket_seen:%H:%M:%S} UTC"
        if self.clock.lag > LAGGING:
            found["loop"] = f"{self.clock.lag:.1f} s late"
        return found

    async def _disconnect(self) -> None:
        sources = set(self.sources.values())
        for one in (*self.targets.values(), self.backend, self.registry, *sources):
            if one is not None:
                await one.close()

    async def stop(self) -> None:
        """Go down: no new requests, then let handlers and steps end; flows stay and go on at the next start."""
        self.jobs.close()
        if self._socket:
            await self._socket.close_async()  # type: ignore[no-untyped-call]  # Bolt does not type it
        if hasattr(self, "web"):
            await self.web.close()
        if hasattr(self, "gate"):
            await self.gate.drain(DRAIN)
        await self.durable.close(DRAIN)
        for task in self._background:
            task.cancel()
        if hasattr(self, "outbox"):
            await self.outbox.close()
        await self._disconnect()
        if hasattr(self, "session"):
            await self.session.close()
        await self.store.close()
