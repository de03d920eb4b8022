"""The DBOS of this process: how it is configured, kept quiet and made cheap while nothing happens."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, cast

import sqlalchemy as sa
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from dbos._sys_db import SystemDatabase
from dbos._utils import INTERNAL_QUEUE_NAME, LoopAwareEvent

from bot.durable import sqlite
from bot.durable.bell import Bell
from bot.durable.outcome import JSON

Flow: TypeAlias = Callable[..., Coroutine[Any, Any, JSON]]

# DBOS has each waiting flow say that it was cancelled when the process ends; failed flows are logged by us, by id.
NOISE = ("Asyncio task cancelled for workflow or step", "Exception encountered in asynchronous workflow")


class Host:
    """One DBOS, from launch to destroy. `url` is that of a SQLite file or of a PostgreSQL database."""

    def __init__(self, url: sa.URL, executor: str, poll: float) -> None:
        self._url, self._executor, self._poll = url, executor, poll
        self._file = url.database if url.get_backend_name() == "sqlite" else None
        self._engine: sa.Engine | None = None
        self._dbos: DBOS | None = None

    @property
    def statuses(self) -> Any:
        """The columns of DBOS' table of flows."""
        return self._db.tables.workflow_status.c

    @property
    def _db(self) -> SystemDatabase:
        if not self._dbos:
            raise RuntimeError("the engine is not launched")
        return self._dbos._sys_db

    def launch(self, flows: dict[str, Flow], queues: list[str]) -> dict[str, Flow]:
        """Register and launch, on the thread of the event loop: flows run on the loop that DBOS is launched from."""
        _adopt_logger()
        self._bell = Bell(rest=5)
        self._engine = sqlite.engine(self._file) if self._file else None
        self._dbos = DBOS(config=self._config())
        # A crash loop ends at the limit; a flow that waits for weeks must not reach it by ordinary restarts.
        made = {name: DBOS.workflow(name=name, max_recovery_attempts=1000)(run) for name, run in flows.items()}
        # Queues in memory need no row to be found first (a second) nor read again at each look. The internal queue is
        # the one through which flows that were started without a queue are resumed.
        register = self._dbos._registry._register_internal_queue
        register(INTERNAL_QUEUE_NAME, polling_interval_sec=self._poll)
        for name in queues:
            register(name, partition_concurrency=1, polling_interval_sec=self._poll)
        DBOS.launch()
        self._calm(self._db)
        return made

    def _config(self) -> DBOSConfig:
        return {
            "name": "quarterdeck",
            # A constant: by default it is a hash of the sources, so that any edit would strand what is under way.
            "application_version": "1",
            "executor_id": self._executor,
            "system_database_url": self._url.set(drivername=self._url.get_backend_name()).render_as_string(False),
            "system_database_engine": self._engine,
            "serializer": DBOSPortableJSONSerializer(),
            # How long a replica that froze within a transaction can keep others from adopting its flows.
            "sys_db_idle_transaction_timeout_sec": 10,
            "max_executor_threads": 32,
            "log_level": "WARNING",
            "notification_listener_polling_interval_sec": self._poll,
            "notification_coalesce_sec": self._poll,
        }

    def _calm(self, db: SystemDatabase) -> None:
        # Each look at a queue costs about 5 ms of CPU, so the threads that look every `poll` seconds ask first.
        db.dequeue_scopes = self._bell.scopes  # type: ignore[method-assign]
        if self._file:
            # Nobody else writes to the file, so there is nothing to poll for: `wake` does it. Each waiting flow still
            # looks for messages by itself, but not each minute, as 200 of them would cost as much as all the rest.
            db.notifications_map.snapshot = list  # type: ignore[method-assign]
            db._notification_fallback_polling_interval = 600.0

    def ring(self) -> None:
        """A flow was queued, began or ended: queues are worth a look now. On the event loop only."""
        self._bell.ring()

    async def wake(self, id: str, topic: str) -> None:
        """Let the flow look at its messages now, if it waits in this process."""
        if not self._file:
            return  # LISTEN/NOTIFY does it
        waiter = self._db.notifications_map.get(self._db._waiter(id, topic)[0])
        if waiter is not None:
            # It checks before it wakes: a flow that woke to no message would take it for a timeout.
            await asyncio.to_thread(self._db.recv_check, id, topic, cast(LoopAwareEvent, waiter))

    async def select(self, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
        """The rows of a query on DBOS' tables."""
        engine = self._db.engine

        def rows() -> list[tuple[Any, ...]]:
            with engine.begin() as connection:
                return [tuple(row) for row in connection.execute(query)]

        return await asyncio.to_thread(rows)

    async def destroy(self) -> None:
        """End DBOS' threads. It had put its own pool into the loop, which is replaced by a new one."""
        loop, pool = asyncio.get_running_loop(), ThreadPoolExecutor(thread_name_prefix="to-thread")
        # Not on the loop: DBOS' threads may be waiting for it.
        await loop.run_in_executor(pool, lambda: DBOS.destroy(destroy_registry=True))
        self._dbos = None
        if self._engine:
            self._engine.dispose()
        loop.set_default_executor(pool)


def _adopt_logger() -> None:
    """DBOS gives its logger a handler of its own, and keeps it from the root's, only when it finds none there."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.addFilter(_worth_saying)


def _worth_saying(record: logging.LogRecord) -> bool:
    return not record.getMessage().startswith(NOISE)
