"""Rate limits: one token bucket per method, by tier, and one per channel for posting.

Tiers: docs.slack.dev, rate limits. How large a burst Slack lets through is not published; a minute's worth is assumed.
"""

import math
from dataclasses import dataclass
from enum import Enum

from playground.slack.clock import Clock
from playground.slack.errors import SlackError

CHANNEL_BURST = 10  # messages at once into one channel, before one per second is all


class Tier(Enum):
    """Calls per minute."""

    T1 = 1
    T2 = 20
    T3 = 50
    T4 = 100
    POSTING = 300  # "several hundred per minute" into one workspace
    SPECIAL = 600


@dataclass(slots=True)
class _Bucket:
    size: float
    per_second: float
    level: float
    at: float


class RateLimited(SlackError):
    """Too many calls; `retry_after` is in whole real seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class Limits:
    """All buckets. They refill in the clock's simulated time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def call(self, method: str, tier: Tier) -> None:
        """Count a call. Raises RateLimited."""
        self._take(f"method {method}", tier.value, tier.value / 60)

    def post(self, channel_id: str) -> None:
        """Count a message into a channel. Raises RateLimited."""
        self._take(f"channel {channel_id}", CHANNEL_BURST, 1.0)

    def _take(self, name: str, size: float, per_second: float) -> None:
        now = self._clock.elapsed()
        bucket = self._buckets.setdefault(name, _Bucket(size, per_second, size, now))
        bucket.level = min(bucket.size, bucket.level + (now - bucket.at) * bucket.per_second)
        bucket.at = now
        if bucket.level < 1:
            raise RateLimited(math.ceil((1 - bucket.level) / bucket.per_second / self._clock.scale))
        bucket.level -= 1
