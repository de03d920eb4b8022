"""One call of Slack's Web API: paced, retried where that is safe, counted, with a deadline.

Limits: docs.slack.dev, rate limits (tiers per method; one message a second per channel).
"""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Unavailable
from bot.telemetry import RATE_LIMITED, SLACK_CALLS

PER_MINUTE = {
    "chat.postMessage": 60,
    "conversations.list": 20,
    "usergroups.list": 20,
    "usergroups.users.list": 20,
    "users.list": 20,
    "chat.update": 50,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.join": 50,
    "conversations.open": 50,
    "users.lookupByEmail": 50,
}
DEFAULT_PER_MINUTE = 100
PER_CHANNEL = {"chat.postMessage"}
REPEATABLE = {"chat.update", "views.publish", "conversations.join"}  # saying it twice changes nothing
READS = (".list", ".info", ".history", ".replies", ".test", ".lookupByEmail")


class SlackRefused(Exception):
    """Slack said no, and would again. `error` is Slack's own word ("channel_not_found")."""

    def __init__(self, method: str, error: str) -> None:
        super().__init__(f"{method}: {error}")
        self.method, self.error = method, error


class Ambiguous(Unavailable):
    """The connection broke after a call that must not be repeated blindly: it may have been carried out."""


class _Limited(Exception):
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class _Broken(Exception):
    def __init__(self, why: str, *, unsent: bool = False) -> None:
        super().__init__(why)
        self.unsent = unsent


class Bucket:
    """Lets `rate` calls a minute through, bursts of a quarter of that, and none before `closed_until`."""

    def __init__(self, rate: float) -> None:
        self.burst = max(rate / 4, 1.0)
        self.rate, self.tokens, self.at, self.closed_until = rate / 60, self.burst, time.monotonic(), 0.0

    def delay(self) -> float:
        """Take a token; return the seconds to wait before it counts."""
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate) - 1
        self.at = now
        return max(-self.tokens / self.rate, self.closed_until - now, 0.0)

    def close(self, seconds: float) -> None:
        """Slack said 429: nothing goes out before that."""
        self.closed_until = max(self.closed_until, time.monotonic() + seconds)


class Calls:
    """Calls methods. A call may take `deadline` seconds, one try of it `patience`."""

    def __init__(self, client: AsyncWebClient, deadline: float = 30.0, patience: float = 10.0) -> None:
        self.client, self.deadline, self.patience = client, deadline, patience
        self._buckets: dict[tuple[str, str], Bucket] = {}

    async def call(self, method: str, *, deadline: float | None = None, **arguments: Any) -> Mapping[str, Any]:
        """One Web API call. `deadline` in seconds covers waiting, tries and all.

        Raises SlackRefused where Slack says no, Unavailable where it does not answer in time, Ambiguous where it may
        have done what must not be done twice.
        """
        until = time.monotonic() + (deadline or self.deadline)
        bucket = self._bucket(method, str(arguments.get("channel", "")))
        pause = 0.25
        while True:
            wait = bucket.delay()
            if time.monotonic() + wait > until:
                raise Unavailable("Slack", f"{method} is rate limited", wait)
            await asyncio.sleep(wait)
            try:
                left = max(until - time.monotonic(), 0.1)
                return await self._once(method, arguments, min(left, self.patience))
            except _Limited as limited:
                bucket.close(limited.seconds)
            except _Broken as broken:
                if not (broken.unsent or method in REPEATABLE or method.endswith(READS)):
                    raise Ambiguous("Slack", f"{method}: {broken}") from broken
                if time.monotonic() + pause > until:
                    raise Unavailable("Slack", f"{method}: {broken}") from broken
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _once(self, method: str, arguments: dict[str, Any], seconds: float) -> Mapping[str, Any]:
        # Slack takes JSON only where a method writes; what only reads must come as a form
        form = method.endswith(READS)
        sent = {key: str(value).lower() if isinstance(value, bool) else value for key, value in arguments.items()}
        try:
            async with asyncio.timeout(seconds):
                answer = await self.client.api_call(method, **({"data": sent} if form else {"json": arguments}))
        except SlackApiError as error:
            raise _judged(method, error) from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            SLACK_CALLS.labels(method, "unreachable").inc()
            raise _Broken(type(error).__name__, unsent=isinstance(error, aiohttp.ClientConnectorError)) from error
        SLACK_CALLS.labels(method, "ok").inc()
        data: Mapping[str, Any] = answer.data  # type: ignore[assignment]  # bytes only where files are downloaded
        return data

    def _bucket(self, method: str, channel: str) -> Bucket:
        key = (method, channel if method in PER_CHANNEL else "")
        if key not in self._buckets:
            self._buckets[key] = Bucket(PER_MINUTE.get(method, DEFAULT_PER_MINUTE))
        return self._buckets[key]


def _judged(method: str, error: SlackApiError) -> Exception:
    """What an answer that is not ok means: to be tried later, to be tried again, or a no."""
    status = int(getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0))
    said = getattr(error.response, "data", None)
    word = str(said.get("error", "")) if isinstance(said, dict) else ""
    if status == 429 or word == "ratelimited":
        RATE_LIMITED.labels(method).inc()
        SLACK_CALLS.labels(method, "ratelimited").inc()
        return _Limited(float(error.response.headers.get("Retry-After", 1)))
    if status >= 500 or word in ("internal_error", "fatal_error", "service_unavailable") or not word:
        SLACK_CALLS.labels(method, "server_error").inc()
        return _Broken(word or f"HTTP {status}")
    SLACK_CALLS.labels(method, "refused").inc()
    return SlackRefused(method, word)
