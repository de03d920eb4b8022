"""The workspace's time. What Slack itself waits for (retries, rate limits, expiries) can be made to pass faster."""

import asyncio
import time
from contextlib import suppress


class Clock:
    """Two times: `now` is the wall clock, `elapsed` counts simulated seconds and runs `scale` times as fast."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._passed = 0.0
        self._since = time.monotonic()
        self._last_ts = 0
        self._changed = asyncio.Event()

    @property
    def scale(self) -> float:
        """Simulated seconds per second."""
        return self._scale

    def set_scale(self, scale: float) -> None:
        """From now on time runs `scale` times as fast; sleepers notice."""
        self._passed, self._since = self.elapsed(), time.monotonic()
        self._scale = scale
        self._changed.set()
        self._changed = asyncio.Event()

    def elapsed(self) -> float:
        """Simulated seconds since the workspace started."""
        return self._passed + (time.monotonic() - self._since) * self._scale

    async def sleep(self, seconds: float) -> None:
        """Wait for simulated seconds."""
        until = self.elapsed() + seconds
        while (left := until - self.elapsed()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), left / self._scale)

    def now(self) -> float:
        """Seconds since 1970, by the wall clock."""
        return time.time()

    def ts(self) -> str:
        """A message's time stamp: "seconds.microseconds", never the same twice, always rising."""
        self._last_ts = max(int(self.now() * 1_000_000), self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"
