"""Time series in memory, each for as long as the store keeps them."""

import math
import struct
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from playground.prometheus.promql.functions import Point
from playground.prometheus.promql.nodes import NAME, Labels, Matcher

LOOKBACK = 5 * 60_000  # milliseconds: a series whose last sample is older has no value now
_STALE = 0x7FF8_0000_0000_0002  # a NaN that no calculation gives, as Prometheus also uses one
(STALE,) = struct.unpack("<d", struct.pack("<Q", _STALE))


class Series:
    """One series' samples, oldest first. Times are milliseconds since 1970; STALE says that it ended there."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._names = dict(labels)
        self._times, self._values = array("q"), array("d")

    @property
    def last(self) -> int:
        """When the newest sample was taken."""
        return self._times[-1] if self._times else 0

    def matches(self, matchers: Iterable[Matcher]) -> bool:
        return all(one.matches(self._names.get(one.name, "")) for one in matchers)

    def append(self, at: int, value: float) -> None:
        """A sample; one that is not newer than the last is dropped, as Prometheus does."""
        if not self._times or at > self._times[-1]:
            self._times.append(at)
            self._values.append(value)

    def forget(self, before: int) -> None:
        old = bisect_left(self._times, before)
        del self._times[:old], self._values[:old]

    def newest(self, at: int) -> float | None:
        """The value at this time: that of the last sample, unless it is too old or the series had ended."""
        place = bisect_right(self._times, at) - 1
        if place < 0 or self._times[place] < at - LOOKBACK or _is_stale(self._values[place]):
            return None
        return self._values[place]

    def window(self, start: int, end: int) -> list[Point]:
        """The samples from `start` to `end`, both included."""
        places = slice(bisect_left(self._times, start), bisect_right(self._times, end))
        pairs = zip(self._times[places], self._values[places], strict=True)
        return [(at, value) for at, value in pairs if not _is_stale(value)]


class Store:
    """All series. `keep` is in seconds; older samples go. `newest` is the time of the newest sample, `late` counts the
    samples that were older than it when they came: until then, what lies before it is over."""

    def __init__(self, keep: float = 2 * 3600.0) -> None:
        self.newest, self.late = 0, 0
        self._keep = round(keep * 1000)
        self._metrics: dict[str, dict[Labels, Series]] = {}
        self._pruned = 0

    def append(self, labels: Labels, at: int, value: float) -> None:
        """A sample of the series with these labels, its name among them."""
        self.late += at < self.newest
        self.newest = max(self.newest, at)
        metric = self._metrics.setdefault(dict(labels).get(NAME, ""), {})
        if labels not in metric:
            metric[labels] = Series(labels)
        metric[labels].append(at, value)

    def select(self, matchers: Iterable[Matcher]) -> list[Series]:
        """The series that fit, also those that have ended."""
        matchers = tuple(matchers)
        named = next((one.value for one in matchers if one.name == NAME and one.operator == "="), None)
        found = self._metrics.values() if named is None else [self._metrics.get(named, {})]
        fitting = [series for metric in found for series in metric.values() if series.matches(matchers)]
        return sorted(fitting, key=lambda series: series.labels)

    def all(self) -> Iterator[Series]:
        for metric in self._metrics.values():
            yield from metric.values()

    def prune(self, now: int) -> None:
        """Let go of what is older than is kept; not at each call, for it looks at everything."""
        if now - self._pruned < self._keep // 20:
            return
        self._pruned = now
        for metric in self._metrics.values():
            for labels, series in [*metric.items()]:
                series.forget(now - self._keep)
                if series.last < now - self._keep:
                    del metric[labels]


def _is_stale(value: float) -> bool:
    return math.isnan(value) and struct.unpack("<Q", struct.pack("<d", value))[0] == _STALE
