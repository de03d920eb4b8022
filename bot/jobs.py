"""The timetable. APScheduler only fires; what must happen once is kept once by the database."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

Job = Callable[[], Awaitable[object]]
log = structlog.get_logger()


class Jobs:
    """Recurring chores of this process; nothing in it outlives the process."""

    def __init__(self) -> None:
        self._scheduler = AsyncIOScheduler(timezone=UTC)

    def every(self, period: timedelta, name: str, job: Job) -> None:
        """Do it now and then; a run that is late is done once, one that is still at work is not doubled."""
        self._scheduler.add_job(
            _logged(name, job),
            "interval",
            seconds=period.total_seconds(),
            id=name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC) + min(period, timedelta(seconds=10)),
        )

    def start(self) -> None:
        """Begin."""
        self._scheduler.start()

    def close(self) -> None:
        """Stop firing."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


def _logged(name: str, job: Job) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            await job()
        except Exception:  # a chore that fails is tried again at its next turn
            log.exception("job.failed", job=name)

    return run
