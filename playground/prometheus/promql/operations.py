"""Operations of two sides: numbers, a number with each of many series, and series that belong together."""

import math
import operator
from collections.abc import Callable, Sequence

from playground.prometheus.promql.aggregation import Sample
from playground.prometheus.promql.cursor import COMPARISONS
from playground.prometheus.promql.errors import BadExecution
from playground.prometheus.promql.nodes import NAME, Binary, Labels, Matching


def _divided(left: float, right: float) -> float:
    if right:
        return left / right
    sign = math.copysign(1.0, left) * math.copysign(1.0, right)
    return math.nan if left == 0 or math.isnan(left) else sign * math.inf


def _rest(left: float, right: float) -> float:
    return math.nan if right == 0 or not math.isfinite(left) else math.fmod(left, right)


def _power(left: float, right: float) -> float:
    try:
        return math.pow(left, right)
    except OverflowError:
        return math.inf if left > 0 or right % 2 == 0 else -math.inf
    except ValueError:
        return math.inf if left == 0 else math.nan


_ARITHMETIC: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divided,
    "%": _rest,
    "^": _power,
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
}


def numbers(sign: str, left: float, right: float) -> float:
    """Two numbers; a comparison gives 1 or 0."""
    return float(_COMPARE[sign](left, right)) if sign in COMPARISONS else _ARITHMETIC[sign](left, right)


def each(node: Binary, samples: Sequence[Sample], number: float, number_is_left: bool) -> list[Sample]:
    """A number with every series. A comparison without bool keeps the series for which it holds."""
    found: list[Sample] = []
    for labels, value in samples:
        result = _result(node, *((number, value) if number_is_left else (value, number)), kept=value)
        if result is not None:
            found.append((_named(node, labels), result))
    return found


def together(node: Binary, left: Sequence[Sample], right: Sequence[Sample]) -> list[Sample]:
    """Two sides of many series each."""
    matching = node.matching
    if node.operator in ("and", "or", "unless"):
        return _sets(node.operator, matching, left, right)
    if not left or not right:
        return []
    swapped = matching.many == "right"
    many, one = (right, left) if swapped else (left, right)
    partners = _partners(matching, one, "left" if swapped else "right")
    found: dict[Labels, float] = {}
    taken: set[Labels] = set()
    for labels, value in many:
        key = _key(matching, labels)
        if key not in partners:
            continue
        partner, other = partners[key]
        first, second = (other, value) if swapped else (value, other)
        result = _result(node, first, second, kept=value if not swapped else first)
        if result is None:
            continue
        merged = _merged(node, labels, partner)
        if not matching.many and key in taken:
            raise BadExecution(
                "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
            )
        if merged in found:
            raise BadExecution("multiple matches for labels: grouping labels must ensure unique matches")
        taken.add(key)
        found[merged] = result
    return [*found.items()]


def unnamed(labels: Labels) -> Labels:
    """The labels without the metric's name, which a result that is no longer that metric loses."""
    return tuple(pair for pair in labels if pair[0] != NAME)


def _result(node: Binary, left: float, right: float, kept: float) -> float | None:
    if node.operator not in COMPARISONS:
        return _ARITHMETIC[node.operator](left, right)
    holds = _COMPARE[node.operator](left, right)
    if node.as_bool:
        return float(holds)
    return kept if holds else None


def _named(node: Binary, labels: Labels) -> Labels:
    return labels if node.operator in COMPARISONS and not node.as_bool else unnamed(labels)


def _key(matching: Matching, labels: Labels) -> Labels:
    if matching.on:
        return tuple(pair for pair in labels if pair[0] in matching.labels)
    return tuple(pair for pair in labels if pair[0] not in matching.labels and pair[0] != NAME)


def _partners(matching: Matching, samples: Sequence[Sample], side: str) -> dict[Labels, Sample]:
    found: dict[Labels, Sample] = {}
    for labels, value in samples:
        key = _key(matching, labels)
        if key in found:
            both = f"{_spelled(labels)}, {_spelled(found[key][0])}"
            raise BadExecution(
                f"found duplicate series for the match group {_spelled(key)} on the {side} hand-side of the operation: "
                f"[{both}];many-to-many matching not allowed: matching labels must be unique on one side"
            )
        found[key] = (labels, value)
    return found


def _merged(node: Binary, labels: Labels, partner: Labels) -> Labels:
    matching, kept = node.matching, dict(_named(node, labels))
    if not matching.many:
        kept = {name: value for name, value in kept.items() if (name in matching.labels) == matching.on}
    theirs = dict(partner)
    for name in matching.include:
        kept.pop(name, None)
        if theirs.get(name):
            kept[name] = theirs[name]
    return tuple(sorted(kept.items()))


def _sets(word: str, matching: Matching, left: Sequence[Sample], right: Sequence[Sample]) -> list[Sample]:
    if word == "or":
        ours = {_key(matching, labels) for labels, _ in left}
        return [*left, *(one for one in right if _key(matching, one[0]) not in ours)]
    theirs = {_key(matching, labels) for labels, _ in right}
    return [one for one in left if (_key(matching, one[0]) in theirs) == (word == "and")]


def _spelled(labels: Labels) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in labels) + "}"
