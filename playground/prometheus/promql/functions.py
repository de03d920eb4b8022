"""The functions, by name. Those of ranges get a series' samples, those of vectors change each value by itself."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

from playground.prometheus.promql.nodes import Kind

Point = tuple[int, float]  # milliseconds since 1970, value


class Window(NamedTuple):
    """One series' samples from `start` to `end`, both included, in milliseconds."""

    points: Sequence[Point]
    start: int
    end: int

    @property
    def values(self) -> list[float]:
        return [value for _, value in self.points]


class Function(NamedTuple):
    """What a function takes, of which `optional` at the end may be left out, and what it gives."""

    takes: tuple[Kind, ...]
    gives: Kind = Kind.VECTOR
    optional: int = 0

    @property
    def least(self) -> int:
        return len(self.takes) - self.optional


def rise(window: Window) -> float | None:
    """`increase`: what a counter grew by, resets counted in, stretched to the window's edges where its samples come
    near enough to them (prometheus.io, "rate, increase: extrapolation")."""
    return _stretched(window, counter=True)


def rate(window: Window) -> float | None:
    """`rate`: the rise in each second."""
    found = rise(window)
    return None if found is None else found * 1000 / (window.end - window.start)


def change(window: Window) -> float | None:
    """`delta`: as `increase`, of what also falls."""
    return _stretched(window, counter=False)


def newest_rate(window: Window) -> float | None:
    """`irate`: the rise between the last two samples, in each second."""
    if len(window.points) < 2:
        return None
    (before, old), (after, new) = window.points[-2:]
    return (new if new < old else new - old) * 1000 / (after - before)


def _stretched(window: Window, counter: bool) -> float | None:
    points = window.points
    if len(points) < 2:
        return None
    (first, begin), (last, finish) = points[0], points[-1]
    grown = finish - begin
    if counter:
        grown += sum(old for (_, old), (_, new) in pairwise(points) if new < old)
    sampled = (last - first) / 1000
    gap = sampled / (len(points) - 1)
    before, after = (first - window.start) / 1000, (window.end - last) / 1000
    if counter and grown > 0 and begin >= 0:
        before = min(before, sampled * begin / grown)  # further back it would have been below zero
    covered = sampled + sum(edge if edge < gap * 1.1 else gap / 2 for edge in (before, after))
    return grown * covered / sampled


def quantile(share: float, values: Sequence[float]) -> float:
    """The quantile of plain values, between two of them in proportion."""
    if not values or math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    ordered = sorted(values, key=lambda value: (not math.isnan(value), value))
    rank = share * (len(ordered) - 1)
    low = math.floor(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] * (1 - (rank - low)) + ordered[high] * (rank - low)


def bucket_quantile(share: float, buckets: Sequence[tuple[float, float]]) -> float:
    """`histogram_quantile` of one histogram's (upper bound, count so far), in any order."""
    merged: dict[float, float] = {}
    for bound, count in buckets:
        merged[bound] = merged.get(bound, 0.0) + count
    bounds = sorted(merged)
    if math.isnan(share):
        return math.nan
    if not 0 <= share <= 1:
        return math.copysign(math.inf, share)
    if len(bounds) < 2 or bounds[-1] != math.inf:
        return math.nan
    counts: list[float] = []
    for bound in bounds:  # scrapes of several pods never fit quite: a count that falls is taken for the one before
        counts.append(max(merged[bound], counts[-1]) if counts else merged[bound])
    if not counts[-1] > 0:
        return math.nan
    rank = share * counts[-1]
    place = next((number for number, count in enumerate(counts[:-1]) if count >= rank), len(counts) - 1)
    if place == len(counts) - 1:
        return bounds[-2]
    if place == 0 and bounds[0] <= 0:
        return bounds[0]
    low, below = (bounds[place - 1], counts[place - 1]) if place else (0.0, 0.0)
    return low + (bounds[place] - low) * (rank - below) / (counts[place] - below)


def _rounded(value: float, to: float = 1.0) -> float:
    inverse = 1 / to
    return math.floor(value * inverse + 0.5) / inverse


def _whole(turn: Callable[[float], int]) -> Callable[[float], float]:
    return lambda value: float(turn(value)) if math.isfinite(value) else value


def _logarithm(value: float) -> float:
    if value > 0:
        return math.log(value)
    return -math.inf if value == 0 else math.nan


def _least(one: float, other: float) -> float:
    return math.nan if math.isnan(one) or math.isnan(other) else min(one, other)


def _most(one: float, other: float) -> float:
    return math.nan if math.isnan(one) or math.isnan(other) else max(one, other)


def total(values: Sequence[float]) -> float:
    """The sum, of infinities too."""
    return math.fsum(values) if all(map(math.isfinite, values)) else sum(values)


def highest(values: Sequence[float]) -> float:
    """The largest that is a number, if there is one."""
    return max((value for value in values if not math.isnan(value)), default=math.nan)


def lowest(values: Sequence[float]) -> float:
    """The smallest that is a number, if there is one."""
    return min((value for value in values if not math.isnan(value)), default=math.nan)


OVER_RANGES: dict[str, Callable[[Window], float | None]] = {
    "rate": rate,
    "irate": newest_rate,
    "increase": rise,
    "delta": change,
    "avg_over_time": lambda window: total(window.values) / len(window.points),
    "sum_over_time": lambda window: total(window.values),
    "min_over_time": lambda window: lowest(window.values),
    "max_over_time": lambda window: highest(window.values),
    "count_over_time": lambda window: float(len(window.points)),
    "last_over_time": lambda window: window.points[-1][1],
}
KEEP_NAME = ("last_over_time",)
OVER_VALUES: dict[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": _whole(math.ceil),
    "floor": _whole(math.floor),
    "round": _rounded,
    "ln": _logarithm,
    "sqrt": lambda value: math.sqrt(value) if value >= 0 else math.nan,
    "clamp_min": _most,
    "clamp_max": _least,
    "clamp": lambda value, low, high: _most(low, _least(high, value)),
}
_OTHERS = {
    "absent": Function((Kind.VECTOR,)),
    "histogram_quantile": Function((Kind.SCALAR, Kind.VECTOR)),
    "scalar": Function((Kind.VECTOR,), Kind.SCALAR),
    "vector": Function((Kind.SCALAR,)),
    "time": Function((), Kind.SCALAR),
    "sort": Function((Kind.VECTOR,)),
    "sort_desc": Function((Kind.VECTOR,)),
    "round": Function((Kind.VECTOR, Kind.SCALAR), optional=1),
    "clamp_min": Function((Kind.VECTOR, Kind.SCALAR)),
    "clamp_max": Function((Kind.VECTOR, Kind.SCALAR)),
    "clamp": Function((Kind.VECTOR, Kind.SCALAR, Kind.SCALAR)),
}
FUNCTIONS: dict[str, Function] = {
    **{name: Function((Kind.MATRIX,)) for name in OVER_RANGES},
    **{name: Function((Kind.VECTOR,)) for name in OVER_VALUES},
    **_OTHERS,
}
