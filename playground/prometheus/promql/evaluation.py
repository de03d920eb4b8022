"""What a query gives, at one moment or at many."""

import math
from collections.abc import Sequence

from playground.prometheus.promql.aggregation import Sample, aggregated
from playground.prometheus.promql.errors import BadExecution
from playground.prometheus.promql.functions import (
    KEEP_NAME,
    OVER_RANGES,
    OVER_VALUES,
    Point,
    Window,
    bucket_quantile,
)
from playground.prometheus.promql.nodes import (
    Aggregation,
    Binary,
    Call,
    Labels,
    Negation,
    Node,
    Number,
    Selector,
    Text,
)
from playground.prometheus.promql.operations import each, numbers, together, unnamed
from playground.prometheus.store import Series, Store

Value = float | str | list[Sample]


class Evaluation:
    """One query over one store. Times are milliseconds since 1970. Raises BadExecution."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._selected: dict[Selector, list[Series]] = {}

    def at(self, node: Node, at: int) -> Value:
        """The expression's value at one moment: a number, a text, or a sample of each series."""
        match node:
            case Number():
                return node.value
            case Text():
                return node.value
            case Selector():
                found = [(series.labels, series.newest(at - node.offset)) for series in self._select(node)]
                return [(labels, value) for labels, value in found if value is not None]
            case Call():
                return self._call(node, at)
            case Aggregation():
                parameter = self._number(node.parameter, at) if node.parameter else math.nan
                return aggregated(node, self._samples(node.inner, at), parameter)
            case Negation():
                inner = self.at(node.inner, at)
                if isinstance(inner, float):
                    return -inner
                return _unique([(unnamed(labels), -value) for labels, value in _as_samples(inner)])
            case Binary():
                return self._binary(node, at)

    def over(
        self, node: Node, start: int, end: int, step: int, known: dict[int, Value] | None = None
    ) -> dict[Labels, list[Point]]:
        """The expression's series from `start` to `end`; a number is a series without labels. What stands in `known`,
        by its time, is not calculated again; what is found and is over is noted there."""
        known = {} if known is None else known
        found: dict[Labels, list[Point]] = {}
        for at in range(start, end + 1, step):
            value = known[at] if at in known else self.at(node, at)
            if at < self._store.newest:
                known[at] = value
            samples: Sequence[Sample] = [((), value)] if isinstance(value, float) else _as_samples(value)
            for labels, one in samples:
                found.setdefault(labels, []).append((at, one))
        return dict(sorted(found.items()))

    def raw(self, node: Selector, at: int) -> dict[Labels, list[Point]]:
        """What a range selector holds."""
        windows = self._windows(node, at)
        return {labels: [*window.points] for labels, window in windows if window.points}

    def _binary(self, node: Binary, at: int) -> Value:
        left, right = self.at(node.left, at), self.at(node.right, at)
        if isinstance(left, float) and isinstance(right, float):
            return numbers(node.operator, left, right)
        if isinstance(left, float):
            return _unique(each(node, _as_samples(right), left, number_is_left=True))
        if isinstance(right, float):
            return _unique(each(node, _as_samples(left), right, number_is_left=False))
        return _unique(together(node, _as_samples(left), _as_samples(right)))

    def _call(self, node: Call, at: int) -> Value:
        if node.function in OVER_RANGES:
            return self._over_range(node, at)
        if node.function == "time":
            return at / 1000
        if node.function == "vector":
            return [((), self._number(node.arguments[0], at))]
        if node.function == "histogram_quantile":
            share, buckets = node.arguments
            return _quantiles(self._number(share, at), self._samples(buckets, at))
        samples = self._samples(node.arguments[0], at)
        if node.function == "scalar":
            return samples[0][1] if len(samples) == 1 else math.nan
        if node.function == "absent":
            return [] if samples else [(_looked_for(node.arguments[0]), 1.0)]
        if node.function in ("sort", "sort_desc"):
            sign = -1 if node.function == "sort_desc" else 1
            return sorted(samples, key=lambda sample: (math.isnan(sample[1]), sign * sample[1]))
        others = [self._number(argument, at) for argument in node.arguments[1:]]
        calculate = OVER_VALUES[node.function]
        return _unique([(unnamed(labels), float(calculate(value, *others))) for labels, value in samples])

    def _over_range(self, node: Call, at: int) -> list[Sample]:
        [selector] = node.arguments
        assert isinstance(selector, Selector), "the parser has looked"
        found: list[Sample] = []
        for labels, window in self._windows(selector, at):
            value = OVER_RANGES[node.function](window) if window.points else None
            if value is not None:
                found.append((labels if node.function in KEEP_NAME else unnamed(labels), value))
        return _unique(found)

    def _windows(self, node: Selector, at: int) -> list[tuple[Labels, Window]]:
        end = at - node.offset
        start = end - node.window
        return [(series.labels, Window(series.window(start, end), start, end)) for series in self._select(node)]

    def _select(self, node: Selector) -> list[Series]:
        if node not in self._selected:
            self._selected[node] = self._store.select(node.matchers)
        return self._selected[node]

    def _samples(self, node: Node, at: int) -> list[Sample]:
        return _as_samples(self.at(node, at))

    def _number(self, node: Node, at: int) -> float:
        value = self.at(node, at)
        assert isinstance(value, float), "the parser has looked"
        return value


def _as_samples(value: Value) -> list[Sample]:
    assert isinstance(value, list), "the parser has looked"
    return value


def _unique(samples: list[Sample]) -> list[Sample]:
    if len({labels for labels, _ in samples}) < len(samples):
        raise BadExecution("vector cannot contain metrics with the same labelset")
    return samples


def _quantiles(share: float, samples: Sequence[Sample]) -> list[Sample]:
    histograms: dict[Labels, list[tuple[float, float]]] = {}
    for labels, count in samples:
        try:
            bound = float(dict(labels)["le"])
        except (KeyError, ValueError):
            continue  # no bucket
        key = tuple(pair for pair in unnamed(labels) if pair[0] != "le")
        histograms.setdefault(key, []).append((bound, count))
    return [(labels, bucket_quantile(share, buckets)) for labels, buckets in histograms.items()]


def _looked_for(node: Node) -> Labels:
    """The labels that an absent series would have had, as far as the selector says."""
    if not isinstance(node, Selector):
        return ()
    names = [one.name for one in node.matchers]
    found = {
        one.name: one.value for one in node.matchers if one.operator == "=" and one.value and names.count(one.name) == 1
    }
    return unnamed(tuple(sorted(found.items())))
