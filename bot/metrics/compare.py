"""The new version against the old one, at the same time: worse, as good, or not known yet. Pure."""

import math
from collections.abc import Sequence
from statistics import fmean, median
from typing import NamedTuple

from bot.metrics.intervals import (
    NORMAL,
    Interval,
    Look,
    Proportion,
    difference,
    dispersion,
    look,
    next_look,
    shift,
    stickiness,
)
from bot.metrics.model import Evidence, Finding, Gate, Method, Observed, Outcome, Signal, Unit, Versus, Worse
from bot.metrics.samples import Pair, Requests, expected, paired, requests

EXCLUDED = 2.0  # times what is tolerated: a pass says that nothing so bad is there
FEW_OFTEN = 0.1  # of the samples: a difference in how often a signal is above its floor that is none
MOST_SAMPLES = 10_000  # more are never waited for
LARGEST_LOGARITHM = 300.0  # of a ratio; more is no number any more
UNCOUNTED = Requests({}, {})
DIGITS = 9  # of a share that are compared; what is beyond is how a computer rounds


class Weighed(NamedTuple):
    """Two arms beside each other. `interval` is new - old in the unit of both centres; `allowed` is how much
    worse is as good, in the same unit; `quantile` is that of the interval; `requests` is what the new one had."""

    method: Method
    new: float
    old: float
    interval: Interval
    allowed: float
    quantile: float
    requests: float = 0.0


def compare(versus: Versus, signal: Signal, gate: Gate, evidence: Evidence) -> Finding:
    """What a comparison finds.

    FAIL: the whole interval is worse by more than `tolerance` (or `floor`, if that is more). PASS: the estimate is
    not, and the interval excludes twice as much. Else INCONCLUSIVE, with what is missing for the next look that may
    tell. Both arms are looked at as far as the last planned look (`look`), and only where both have a sample.
    """
    observed = evidence.signals.get(versus.signal, Observed(error="it was not measured"))
    unknown = Finding(signal=versus.signal, kind="compare", outcome=Outcome.INCONCLUSIVE, unit=signal.unit)
    if observed.error:
        return unknown.model_copy(update={"error": observed.error})
    pairs = paired(observed, evidence)
    counted = {"new_samples": len(pairs), "old_samples": len(pairs)}
    if len(pairs) < gate.min_samples:
        return unknown.model_copy(update=counted | {"missing_samples": gate.min_samples - len(pairs)})
    if len(pairs) < expected(evidence) / 2:
        error = f"only {len(pairs)} of {expected(evidence)} samples are there"
        return unknown.model_copy(update=counted | {"error": error})
    planned = look(len(pairs), gate.min_samples, versus.confidence)
    counts = requests(gate, evidence) if signal.unit == Unit.RATIO else UNCOUNTED
    weighed = weigh(pairs[: planned.samples], counts, versus, signal, planned)
    finding = found(weighed, versus, signal)
    if finding.outcome == Outcome.INCONCLUSIVE:
        counted |= _missing(weighed, signal.worse, planned, len(pairs))
    return finding.model_copy(update=counted)


def weigh(pairs: Sequence[Pair], counts: Requests, versus: Versus, signal: Signal, planned: Look) -> Weighed:
    """Lay two arms beside each other, in the way that fits the signal.

    A ratio of counted requests is compared as two proportions of them (Newcombe), because at low traffic nearly all
    samples are 0 and their median says nothing. Where the old one's median is 0 and there are no counts, what is
    compared is how often the signal is above its floor. All else by its values (Mann-Whitney).
    """
    sticky = stickiness([pair.new - pair.old for pair in pairs])
    new, old = [pair.new for pair in pairs], [pair.old for pair in pairs]
    if signal.unit == Unit.RATIO and all(0 <= value <= 1 for value in (*new, *old)):
        arms = [
            [
                (value, by[at])
                for at, value in zip((pair.at for pair in pairs), values, strict=True)
                if by.get(at, 0) > 0
            ]
            for values, by in ((new, counts.new), (old, counts.old))
        ]
        if all(len(arm) >= len(pairs) / 2 for arm in arms):
            return _counts(arms, sticky, versus, planned)
    if median(old) == 0 and len({*new, *old}) > 1:
        return _often(new, old, sticky, versus, planned)
    centre, interval = median(old), _shift(new, old, planned.z, math.sqrt(sticky))
    allowed = max(versus.tolerance * abs(centre), versus.floor)
    return Weighed(Method.SHIFT, centre + interval.estimate, centre, interval, allowed, planned.z)


def _shift(new: Sequence[float], old: Sequence[float], z: float, inflation: float) -> Interval:
    """The interval of the values. What is always above 0, as nearly everything is that is measured, is compared by its
    ratio, in logarithms: "worse by a quarter" is then one hypothesis, whatever the old one's true centre is."""
    if min(*new, *old) <= 0:
        return shift(new, old, z, inflation)
    logarithms = [[math.log(value) for value in arm] for arm in (new, old)]
    ends = shift(logarithms[0], logarithms[1], z, inflation)
    return Interval(*(median(old) * math.expm1(min(end, LARGEST_LOGARITHM)) for end in ends))


def _counts(arms: Sequence[Sequence[tuple[float, float]]], sticky: float, versus: Versus, planned: Look) -> Weighed:
    numbers = [sum(number for _, number in arm) for arm in arms]
    new, old = (
        Proportion(sum(share * number for share, number in arm) / whole, whole / (dispersion(arm) * sticky))
        for arm, whole in zip(arms, numbers, strict=True)
    )
    allowed = max(versus.tolerance * old.share, versus.floor)
    interval = difference(new, old, planned.z)
    return Weighed(Method.COUNTS, new.share, old.share, interval, allowed, planned.z, numbers[0])


def _often(new: Sequence[float], old: Sequence[float], sticky: float, versus: Versus, planned: Look) -> Weighed:
    above, before = (
        Proportion(fmean(abs(value) > versus.floor for value in values), len(values) / sticky) for values in (new, old)
    )
    allowed = max(versus.tolerance * before.share, FEW_OFTEN)
    interval = difference(above, before, planned.z)
    return Weighed(Method.OFTEN, above.share, before.share, interval, allowed, planned.z)


def found(weighed: Weighed, versus: Versus, signal: Signal) -> Finding:
    """The finding of two arms that were laid beside each other."""
    low, estimate, high = weighed.interval
    share = abs(weighed.old)
    relative = [_share(end, share) for end in (low, estimate, high)]
    sought = EXCLUDED * weighed.allowed
    return Finding(
        signal=versus.signal,
        kind="compare",
        outcome=decided(weighed, signal.worse),
        unit=signal.unit,
        method=weighed.method,
        new=weighed.new,
        old=weighed.old,
        low=relative[0],
        change=relative[1],
        high=relative[2],
        least=low,
        most=high,
        confidence=versus.confidence,
        power=_power(weighed),
        sought=sought,
    )


def decided(weighed: Weighed, worse: Worse) -> Outcome:
    """FAIL when one side is surely worse than is allowed, PASS when no side can be as bad as EXCLUDED times that."""
    scale = abs(weighed.old) or weighed.allowed or 1.0
    allowed = round(weighed.allowed / scale, DIGITS)
    sides = [[round(end / scale, DIGITS) for end in side] for side in _sides(weighed.interval, worse)]
    if any(low > allowed for low, _, _ in sides):
        return Outcome.FAIL
    passed = all(estimate <= allowed and high <= EXCLUDED * allowed for _, estimate, high in sides)
    return Outcome.PASS if passed else Outcome.INCONCLUSIVE


def _sides(interval: Interval, worse: Worse) -> list[Interval]:
    """The interval, turned so that up is worse; both ways where either is."""
    sides = {Worse.HIGHER: [interval], Worse.LOWER: [interval.turned()]}
    return sides.get(worse, [interval, interval.turned()])


def _missing(weighed: Weighed, worse: Worse, planned: Look, there: int) -> dict[str, int]:
    """How many more samples it takes to the look that may tell, if the estimate stays: an interval shrinks with the
    root of their number."""
    factor = max(_factor(side, weighed.allowed) for side in _sides(weighed.interval, worse))
    wanted, following = planned.samples * factor, next_look(planned.samples)
    while following < min(wanted, MOST_SAMPLES):
        following = next_look(following)
    missing = max(1, following - there)
    each = weighed.requests / planned.samples
    return {"missing_samples": missing, "missing_requests": math.ceil(missing * each)}


def _factor(side: Interval, allowed: float) -> float:
    low, estimate, high = side
    if estimate <= allowed:
        room = EXCLUDED * allowed - estimate
        return ((high - estimate) / room) ** 2 if room > 0 else 1.0
    return ((estimate - low) / (estimate - allowed)) ** 2


def _power(weighed: Weighed) -> float | None:
    """The probability that something EXCLUDED times as bad as is allowed had been found, with as many samples and as
    much noise."""
    low, _, high = weighed.interval
    error = (high - low) / (2 * weighed.quantile)
    apart = (EXCLUDED - 1) * weighed.allowed
    if error <= 0:
        return 1.0 if apart > 0 else None
    return NORMAL.cdf(min(apart / error, 1e6) - weighed.quantile)


def _share(value: float, whole: float) -> float | None:
    share = value / whole if whole > 0 else math.inf
    return share if math.isfinite(share) else None
