"""Evidence made by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.metrics.model import Evidence, Gate, Observed, Points, Signal, Unit, Verdict, Worse
from bot.metrics.rules import judge

SINCE = datetime(2026, 3, 2, 12, tzinfo=UTC)
RESOLUTION = 10.0
SIGNALS = {
    "latency": Signal(query="latency", unit=Unit.SECONDS),
    "errors": Signal(query="errors", unit=Unit.RATIO),
    "restarts": Signal(query="restarts"),
    "throughput": Signal(query="throughput", unit=Unit.PER_SECOND, worse=Worse.LOWER),
    "temperature": Signal(query="temperature", worse=Worse.EITHER),
    "requests": Signal(query="requests", unit=Unit.PER_SECOND),
}
Values = Sequence[float | None]


def points(values: Values, start: datetime = SINCE) -> Points:
    """A point every RESOLUTION, the first one RESOLUTION after `start`."""
    return tuple((start.timestamp() + RESOLUTION * (place + 1), value) for place, value in enumerate(values))


def before(values: Values) -> Points:
    """The points until the deploy began."""
    return points(values, SINCE - timedelta(seconds=RESOLUTION * len(values)))


def evidence(*, samples: int, had: float | None = 1e6, failed: int = 0, **signals: Observed) -> Evidence:
    """What a gate sees after so many samples, `had` requests and `failed` measurements in a row."""
    at = SINCE + timedelta(seconds=RESOLUTION * samples)
    return Evidence(at=at, since=SINCE, resolution=RESOLUTION, signals=signals, new_requests=had, errors=failed)


def seen(new: Values, old: Values = (), earlier: Values = (), error: str = "") -> Observed:
    """One signal."""
    return Observed(new=points(new), old=points(old), before=before(earlier), error=error)


def gate(settings: Mapping[str, Any]) -> Gate:
    """A gate as config writes it."""
    return Gate.model_validate(settings)


def asked(settings: Mapping[str, Any], **seen_so_far: Any) -> Verdict:
    """What a gate says of some evidence."""
    return judge(gate(settings), SIGNALS, evidence(**seen_so_far))
