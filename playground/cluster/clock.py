"""The cluster's time: everything it simulates waits here, so that minutes can pass in seconds."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Timer:
    """Something that will happen; `cancel()` undoes it, also when it has happened already."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def cancel(self) -> None:
        self._call = None

    def fire(self) -> None:
        if self._call:
            call, self._call = self._call, None
            call()

    @property
    def cancelled(self) -> bool:
        return self._call is None


class Clock:
    """Simulated seconds, of which `scale` pass in a real one. Timestamps stay those of the wall: clients compare them
    with their own clocks. Nothing polls: one timer of the loop waits for whatever is due first."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self.offset = timedelta()
        self._base, self._since = 0.0, time.monotonic()
        self._due: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._handle: asyncio.TimerHandle | None = None

    def now(self) -> datetime:
        """The wall's time in UTC; `offset` lets the world be built in the past."""
        return datetime.now(UTC) + self.offset

    def stamp(self) -> str:
        """`now` as Kubernetes writes it: RFC 3339, whole seconds."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%SZ")

    def elapsed(self) -> float:
        """Simulated seconds since the clock was made."""
        return self._base + (time.monotonic() - self._since) * self.scale

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call something in so many simulated seconds."""
        timer = Timer(call)
        heapq.heappush(self._due, (self.elapsed() + seconds, next(self._order), timer))
        self._arm()
        return timer

    def rescale(self, scale: float) -> None:
        """From now on `scale` simulated seconds pass in a real one, also for what is waiting already."""
        self._base, self._since, self.scale = self.elapsed(), time.monotonic(), scale
        self._arm()

    def skip(self, seconds: float) -> None:
        """Let so many simulated seconds pass at once: whatever is due meanwhile happens now, in order."""
        end = self.elapsed() + seconds
        while self._due and self._due[0][0] <= end:
            due, _, timer = heapq.heappop(self._due)
            self._advance_to(due)
            timer.fire()
        self._advance_to(end)
        self._arm()

    def close(self) -> None:
        """Nothing happens any more."""
        self._due.clear()
        self._arm()

    def _advance_to(self, due: float) -> None:
        ahead = max(0.0, due - self.elapsed())
        self._base += ahead
        self.offset += timedelta(seconds=ahead)

    def _arm(self) -> None:
        if self._handle:
            self._handle.cancel()
            self._handle = None
        while self._due and self._due[0][2].cancelled:
            heapq.heappop(self._due)
        if self._due:
            wait = max(0.0, self._due[0][0] - self.elapsed()) / self.scale
            self._handle = asyncio.get_running_loop().call_later(wait, self._fire)

    def _fire(self) -> None:
        self._handle = None
        try:
            while self._due and self._due[0][0] <= self.elapsed():
                heapq.heappop(self._due)[2].fire()
        finally:  # one call that fails must not stop time for the others
            self._arm()
