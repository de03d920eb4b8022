"""Prometheus as a metrics backend, and everything else that answers its HTTP API."""

import asyncio
import base64
import math
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from bot.errors import Code, Refusal, Unavailable
from bot.ports import MetricsBackend
from bot.values import Series
from integrations.metrics._prometheus.threads import Threads

SYSTEM = "Prometheus"
AT_ONCE = 8  # queries; the rest wait, within their own deadline
EPOCH, MILLISECOND = datetime.fromtimestamp(0, UTC), timedelta(milliseconds=1)


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be http:// or https://, a host and perhaps a path")
    if "@" in parts.netloc:
        raise ValueError("must hold no password: use username and password, or bearer_token")
    return url.rstrip("/")


def _sendable(secret: SecretStr) -> SecretStr:
    # Checked here, because whoever sends a header that can't be sent says what was in it.
    text = secret.get_secret_value()
    if not text.isascii() or not text.isprintable() or text != text.strip():
        raise ValueError("has characters that no HTTP header can carry")
    return secret


Sendable = Annotated[SecretStr, AfterValidator(_sendable)]


class Options(BaseModel):
    """Where Prometheus is. `url` is what /api/v1 comes after; `timeout` is in seconds, for each query from its start to
    its answer's end. `ca_file` holds the authorities to trust instead of the usual ones."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    type: Literal["prometheus"] = "prometheus"
    url: Annotated[str, AfterValidator(_address)]
    bearer_token: Sendable | None = None
    username: str | None = None
    password: SecretStr | None = None
    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]+$")], Sendable] = {}
    ca_file: Path | None = None
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password need each other")
        if self.bearer_token and self.username:
            raise ValueError("needs a bearer_token or a username, not both")
        return self


def connect(options: Options) -> MetricsBackend:
    """The backend; nothing is asked before the first query."""
    return Prometheus(options)


class Prometheus:
    """`bot.ports.MetricsBackend` over prometheus-api-client, whose calls block and so run in threads."""

    def __init__(self, options: Options) -> None:
        self._options, self._threads = options, Threads(AT_ONCE)
        self._made: Any = None
        self._making = threading.Lock()

    async def range(self, query: str, start: datetime, end: datetime, step: float) -> list[Series]:
        """See the port. The points lie at multiples of `step` since 1970, so that two looks at the same time see the
        same samples; Prometheus itself would count from `start`."""
        every = round(step * 1000)
        if every < 1:
            raise ValueError(f"a step of {step} s is no millisecond")
        first, last = -((EPOCH - start) // MILLISECOND // every) * every, (end - EPOCH) // MILLISECOND // every * every
        if first > last:
            return []
        # The library would round both to seconds; what is given as parameters wins.
        given = {"start": _seconds(first), "end": _seconds(last), "timeout": f"{self._options.timeout:g}"}
        return await self._ask(
            lambda client: _matrix(client.custom_query_range(query, start, end, _seconds(every), given))
        )

    async def instant(self, query: str, at: datetime) -> list[Series]:
        """See the port."""
        given = {"time": _seconds((at - EPOCH) // MILLISECOND), "timeout": f"{self._options.timeout:g}"}
        return await self._ask(lambda client: _vector(client.custom_query(query, given)))

    async def close(self) -> None:
        """See the port."""
        if self._made:
            self._made.close()

    async def _ask(self, call: Callable[[Any], list[Series]]) -> list[Series]:
        timeout = self._options.timeout
        try:
            async with asyncio.timeout(timeout):
                return await self._threads.run(lambda: call(self._client()))
        except TimeoutError:
            raise Unavailable(SYSTEM, f"did not answer within {timeout:g} s") from None
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Unavailable(SYSTEM, "something that is no Prometheus answered") from None

    def _client(self) -> Any:
        # On first use: it takes a tenth of a second to import, and most who run the bot ask for nothing at first.
        from prometheus_api_client import PrometheusConnect
        from urllib3 import Retry

        from integrations.metrics._prometheus.session import Session

        with self._making:
            if self._made is None:
                session = Session()
                session.verify = str(self._options.ca_file) if self._options.ca_file else True
                self._made = PrometheusConnect(
                    self._options.url,
                    headers=_headers(self._options),
                    session=session,
                    retry=Retry(0),  # of its own it tries four times, each with the whole timeout
                    timeout=self._options.timeout,
                )
            return self._made


def _headers(options: Options) -> dict[str, str]:
    headers = {name: value.get_secret_value() for name, value in options.headers.items()}
    if options.bearer_token:
        headers["Authorization"] = f"Bearer {options.bearer_token.get_secret_value()}"
    elif options.username is not None and options.password:
        login = f"{options.username}:{options.password.get_secret_value()}"
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    return headers


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"


def _matrix(result: Any) -> list[Series]:
    return [_series(one["metric"], one["values"]) for one in result]


def _vector(result: Any) -> list[Series]:
    if any("values" in one for one in result if isinstance(one, dict)):
        raise Refusal(Code.INVALID, "The query gives a range of values, not one.", "Wrap it, as in `rate(…[5m])`.")
    if not result or isinstance(result[0], dict):
        return [_series(one["metric"], [one["value"]]) for one in result]
    at, value = result  # a scalar is its point alone
    try:
        return [_series({}, [(at, value)])]
    except ValueError:
        raise Refusal(Code.INVALID, "The query gives a text, not a number.") from None


def _series(labels: dict[str, str], points: Sequence[Sequence[Any]]) -> Series:
    return Series(labels=labels, points=tuple((float(at), _number(value)) for at, value in points))


def _number(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) else None
