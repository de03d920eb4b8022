"""Aggregations: many series become one for each group, or, for topk and bottomk, the most telling of each group."""

import math
from collections.abc import Callable, Sequence

from playground.prometheus.promql.functions import highest, lowest, quantile, total
from playground.prometheus.promql.nodes import NAME, Aggregation, Labels

Sample = tuple[Labels, float]

AGGREGATIONS: dict[str, Callable[[Sequence[float], float], float]] = {
    "sum": lambda values, _: total(values),
    "avg": lambda values, _: total(values) / len(values),
    "min": lambda values, _: lowest(values),
    "max": lambda values, _: highest(values),
    "count": lambda values, _: float(len(values)),
    "group": lambda _values, _: 1.0,
    "quantile": lambda values, share: quantile(share, values),
    "topk": lambda _values, _: math.nan,  # these two choose series, see `_chosen`
    "bottomk": lambda _values, _: math.nan,
}
CHOOSING = ("topk", "bottomk")
WITH_PARAMETER = ("quantile", *CHOOSING)


def aggregated(node: Aggregation, samples: Sequence[Sample], parameter: float) -> list[Sample]:
    """What is left of the samples; `parameter` is the first argument of those that have one."""
    groups: dict[Labels, list[Sample]] = {}
    for labels, value in samples:
        groups.setdefault(_group(node, labels), []).append((labels, value))
    if node.operator in CHOOSING:
        return [one for group in groups.values() for one in _chosen(group, parameter, node.operator == "topk")]
    combine = AGGREGATIONS[node.operator]
    return [(labels, combine([value for _, value in group], parameter)) for labels, group in groups.items()]


def _group(node: Aggregation, labels: Labels) -> Labels:
    if node.without:
        return tuple(pair for pair in labels if pair[0] not in node.labels and pair[0] != NAME)
    return tuple(pair for pair in labels if pair[0] in node.labels)


def _chosen(group: Sequence[Sample], count: float, top: bool) -> list[Sample]:
    if not count >= 1:
        return []
    sign = -1 if top else 1
    ordered = sorted(group, key=lambda sample: (math.isnan(sample[1]), sign * sample[1]))  # what is no number goes last
    return ordered[: int(min(count, len(group)))]
