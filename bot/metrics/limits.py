"""Thresholds that must not be crossed for long. Pure."""

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from statistics import median
from typing import NamedTuple

from bot.metrics.compare import decided, weigh
from bot.metrics.intervals import Proportion, look, surely_above
from bot.metrics.model import Evidence, Finding, Gate, Limit, Observed, Outcome, Signal, Unit, Versus
from bot.metrics.samples import Pair, Samples, cleaned, during, expected, paired, requests


class Run(NamedTuple):
    """A time without a good sample: Unix times of the first and the last bad one."""

    first: float
    last: float


def check(limit: Limit, signal: Signal, gate: Gate, evidence: Evidence) -> Finding:
    """What a limit finds.

    FAIL: there was a run of bad samples that lasted for `for`. A missing sample neither extends a run nor breaks it; a
    gap longer than `for` does. INCONCLUSIVE: bad now, but not for so long yet; or too few samples, or the newest one is
    older than `for`. What was bad already when the deploy began is no fault of it, unless the new version is surely
    worse still (`already`; the idea is PaaSTA's).
    """
    observed = evidence.signals.get(limit.signal, Observed(error="it was not measured"))
    finding = Finding(
        signal=limit.signal,
        kind="limit",
        outcome=Outcome.INCONCLUSIVE,
        unit=signal.unit,
        limit=limit.above if limit.above is not None else limit.below,
        times=limit.times_baseline,
        warning=limit.warning,
        error=observed.error,
    )
    if observed.error:
        return finding
    new = during(observed.new, evidence)
    thresholds = _thresholds(limit, observed, new, evidence)
    judged = {at: value for at, value in new.items() if at in thresholds}
    finding = finding.model_copy(update={"new_samples": len(judged), "new": _last(judged), "limit": _last(thresholds)})
    patience = limit.lasting.total_seconds()
    runs = _runs(((at, _bad(limit, value, thresholds[at])) for at, value in judged.items()), patience)
    long = [run for run in runs if run.last - run.first + evidence.resolution >= patience]
    if long:
        return _crossed(long[0], finding, limit, signal, gate, evidence)
    return _within(runs, judged, finding, patience, gate, evidence)


def _thresholds(limit: Limit, observed: Observed, new: Samples, evidence: Evidence) -> Samples:
    """What each sample is held against; those that there is no baseline for are left out."""
    if limit.times_baseline is None:
        fixed = limit.above if limit.above is not None else limit.below
        return dict.fromkeys(new, fixed if fixed is not None else math.nan)
    baseline = during(observed.old, evidence)
    if not baseline and (before := cleaned(observed.before)):
        baseline = dict.fromkeys(new, median(before.values()))
    return {at: limit.times_baseline * baseline[at] for at in new if baseline.get(at, 0) > 0}


def _bad(limit: Limit, value: float, threshold: float) -> bool:
    return value < threshold if limit.below is not None else value > threshold


def _runs(samples: Iterable[tuple[float, bool]], patience: float) -> list[Run]:
    """The runs of bad samples, oldest first. The last one is still open when it ends with the last sample."""
    runs, open_ = list[Run](), False
    for at, bad in samples:
        if bad and open_ and at - runs[-1].last <= patience:
            runs[-1] = Run(runs[-1].first, at)
        elif bad:
            runs.append(Run(at, at))
        open_ = bad
    return runs


def _crossed(run: Run, finding: Finding, limit: Limit, signal: Signal, gate: Gate, evidence: Evidence) -> Finding:
    """What to make of a run that lasted."""
    observed = evidence.signals[limit.signal]
    bad = {at: value for at, value in during(observed.new, evidence).items() if run.first <= at <= run.last}
    finding = finding.model_copy(
        update={
            "outcome": Outcome.FAIL,
            "new": median(bad.values()),
            "since": datetime.fromtimestamp(run.first, UTC),
            "lasting": run.last - run.first + evidence.resolution,
        }
    )
    if limit.times_baseline is None and _bad_before(limit, observed, evidence):
        worse = _surely_worse(limit, signal, gate, evidence)
        return finding.model_copy(update={"already": True, "outcome": Outcome.FAIL if worse else Outcome.PASS})
    if signal.unit == Unit.RATIO and limit.above is not None:
        counts = requests(gate, evidence).new
        number = sum(counts.get(at, 0) for at in bad)
        share = sum(value * counts.get(at, 0) for at, value in bad.items()) / number if number > 0 else 0.0
        if counts and share <= 1 and not surely_above(Proportion(share, number), limit.above):
            missing = max(1, math.ceil(gate.min_requests - number))
            return finding.model_copy(update={"outcome": Outcome.INCONCLUSIVE, "missing_requests": missing})
    return finding


def _bad_before(limit: Limit, observed: Observed, evidence: Evidence) -> bool:
    """Whether it had been bad for long when the deploy began."""
    patience = limit.lasting.total_seconds()
    before = cleaned(observed.before)
    threshold = limit.above if limit.above is not None else limit.below
    if not before or threshold is None:
        return False
    runs = _runs(((at, _bad(limit, value, threshold)) for at, value in before.items()), patience)
    last = next(reversed(before))
    return bool(runs) and runs[-1].last == last and last - runs[-1].first + evidence.resolution >= patience


def _surely_worse(limit: Limit, signal: Signal, gate: Gate, evidence: Evidence) -> bool:
    """Whether the new version is surely worse than the old one beside it, or than what was before it."""
    observed, versus = evidence.signals[limit.signal], Versus(signal=limit.signal)
    pairs = paired(observed, evidence)
    if not observed.old:
        both = zip(during(observed.new, evidence).items(), reversed(cleaned(observed.before).values()), strict=False)
        pairs = [Pair(at, new, old) for (at, new), old in both]
    if len(pairs) < gate.min_samples:
        return False
    planned = look(len(pairs), gate.min_samples, versus.confidence)
    counts = requests(gate, evidence)
    return decided(weigh(pairs[: planned.samples], counts, versus, signal, planned), signal.worse) == Outcome.FAIL


def _within(
    runs: list[Run], judged: Samples, finding: Finding, patience: float, gate: Gate, evidence: Evidence
) -> Finding:
    """What to make of it when nothing was bad for long."""
    if not judged:
        return finding.model_copy(update={"missing_samples": gate.min_samples})
    last = next(reversed(judged))
    if runs and runs[-1].last == last:
        lasting = last - runs[-1].first + evidence.resolution
        missing = math.ceil((patience - lasting) / evidence.resolution)
        since = datetime.fromtimestamp(runs[-1].first, UTC)
        return finding.model_copy(update={"since": since, "lasting": lasting, "missing_samples": missing})
    if len(judged) < gate.min_samples:
        return finding.model_copy(update={"missing_samples": gate.min_samples - len(judged)})
    if len(judged) < expected(evidence) / 2:
        return finding.model_copy(update={"error": f"only {len(judged)} of {expected(evidence)} samples are there"})
    if evidence.at.timestamp() - last > max(patience, 2 * evidence.resolution):
        return finding.model_copy(update={"error": f"nothing was measured for the last {patience:g} s"})
    return finding.model_copy(update={"outcome": Outcome.PASS})


def _last(samples: Samples) -> float | None:
    return samples[next(reversed(samples))] if samples else None
