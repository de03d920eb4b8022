"""Everything behind the endpoints, put together."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playground.slack.clock import Clock
from playground.slack.delivery import Delivery, Spawn
from playground.slack.events import Events
from playground.slack.faults import Faults
from playground.slack.feed import Feed
from playground.slack.journal import Journal
from playground.slack.limits import Limits
from playground.slack.manifest import Manifest
from playground.slack.modals import Modals
from playground.slack.rooms import Rooms
from playground.slack.sockets import Sockets
from playground.slack.team import Team
from playground.slack.tickets import Tickets
from playground.slack.timeline import Timeline
from playground.slack.webhooks import Webhooks


class Tasks:
    """Background work that ends, at the latest, with the workspace."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Start it; a failure is logged, never lost."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    async def pause(self, seconds: float) -> None:
        """Wait for real seconds, at most until the workspace closes."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), seconds)

    async def close(self) -> None:
        """Cancel what still runs, and see it end."""
        self._closing.set()
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (failure := task.exception()):
            logging.getLogger(__name__).error("background work failed", exc_info=failure)


@dataclass(slots=True)
class Backend:
    """The parts of the workspace. `url` is known once the server listens."""

    manifest: Manifest
    clock: Clock
    journal: Journal
    faults: Faults
    feed: Feed
    team: Team
    limits: Limits
    tickets: Tickets
    transport: Sockets | Webhooks
    delivery: Delivery
    events: Events
    timeline: Timeline
    rooms: Rooms
    modals: Modals
    tasks: Tasks
    url: str = field(default="")

    @property
    def sockets(self) -> Sockets | None:
        """The Socket Mode side; None when payloads go over HTTP."""
        return self.transport if isinstance(self.transport, Sockets) else None


def build(manifest: Manifest, journal: Path | None, request_url: str | None) -> Backend:
    """A fresh workspace. Payloads go to `request_url`, signed, or through Socket Mode where there is none."""
    clock, log, faults, feed, tasks = Clock(), Journal(journal), Faults(), Feed(), Tasks()
    team = Team(manifest, clock)

    def told(connected: bool) -> None:
        feed.tell_all({"type": "app", "connected": connected})

    transport = _transport(request_url, clock, faults, log, tasks.spawn, told)
    delivery = Delivery(transport, clock, faults, log, tasks.spawn)
    events = Events(manifest, clock, delivery)
    timeline = Timeline(clock, feed, events)
    return Backend(
        manifest=manifest,
        clock=clock,
        journal=log,
        faults=faults,
        feed=feed,
        team=team,
        limits=Limits(clock),
        tickets=Tickets(clock),
        transport=transport,
        delivery=delivery,
        events=events,
        timeline=timeline,
        rooms=Rooms(team, feed, events, timeline),
        modals=Modals(team, feed),
        tasks=tasks,
    )


def _transport(
    url: str | None, clock: Clock, faults: Faults, journal: Journal, spawn: Spawn, told: Callable[[bool], None]
) -> Sockets | Webhooks:
    if url:
        return Webhooks(url, faults, journal, spawn, told)
    return Sockets(clock, faults, journal, told)
