"""The judge: whether a rollout may go on. Pure; `Evidence.at` is now."""

import math
from collections.abc import Mapping, Sequence

from bot.metrics.compare import compare
from bot.metrics.limits import check
from bot.metrics.model import Evidence, Finding, Gate, Limit, Outcome, Signal, Verdict, Versus
from bot.metrics.samples import requests

WORST = (Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE, Outcome.PASS)
NAMELESS = "the settings have no signal of that name"


def judge(gate: Gate, signals: Mapping[str, Signal], evidence: Evidence) -> Verdict:
    """What a gate says about what was measured: the worst of what its limits and comparisons find.

    Never PASS without data: what could not be measured, or was too little, is INCONCLUSIVE, and ERROR when it has
    failed more often in a row than `most_errors`. Warnings decide nothing. May be asked as often as one likes; a gate
    is over when it says anything but INCONCLUSIVE, or after its `timeout`.
    """
    findings = [_limit(limit, signals, gate, evidence) for limit in gate.limits]
    findings += [_versus(versus, signals, gate, evidence) for versus in gate.compare]
    findings += _enough(gate, evidence)
    deciding = [finding for finding in findings if not finding.warning]
    outcomes = {finding.outcome for finding in deciding}
    if evidence.errors:
        outcomes.add(Outcome.ERROR if evidence.errors > gate.most_errors else Outcome.INCONCLUSIVE)
    outcome = next(one for one in WORST if one in outcomes)
    seconds = _seconds(deciding, gate, evidence) if outcome == Outcome.INCONCLUSIVE else None
    return Verdict(outcome=outcome, findings=tuple(findings), at=evidence.at, seconds=seconds)


def _limit(limit: Limit, signals: Mapping[str, Signal], gate: Gate, evidence: Evidence) -> Finding:
    if limit.signal not in signals:
        error, inconclusive = NAMELESS, Outcome.INCONCLUSIVE
        return Finding(signal=limit.signal, kind="limit", outcome=inconclusive, warning=limit.warning, error=error)
    return check(limit, signals[limit.signal], gate, evidence)


def _versus(versus: Versus, signals: Mapping[str, Signal], gate: Gate, evidence: Evidence) -> Finding:
    if versus.signal not in signals:
        return Finding(signal=versus.signal, kind="compare", outcome=Outcome.INCONCLUSIVE, error=NAMELESS)
    return compare(versus, signals[versus.signal], gate, evidence)


def _enough(gate: Gate, evidence: Evidence) -> list[Finding]:
    """Whether the new version had the requests that the gate wants."""
    if not gate.min_requests:
        return []
    had = _had(gate, evidence)
    finding = Finding(signal=gate.requests, kind="requests", outcome=Outcome.PASS, new=had, limit=gate.min_requests)
    if had is None:
        changes = {"outcome": Outcome.INCONCLUSIVE, "error": "the requests were not counted"}
        return [finding.model_copy(update=changes)]
    missing = math.ceil(gate.min_requests - had)
    if missing > 0:
        return [finding.model_copy(update={"outcome": Outcome.INCONCLUSIVE, "missing_requests": missing})]
    return [finding]


def _had(gate: Gate, evidence: Evidence) -> float | None:
    """How many requests the new version had, as it was told or else from the samples."""
    told = evidence.new_requests
    if told is not None and math.isfinite(told):
        return told
    counted = requests(gate, evidence).new
    return sum(counted.values()) if counted else None


def _seconds(findings: Sequence[Finding], gate: Gate, evidence: Evidence) -> float | None:
    """How long it takes at the present traffic until the slowest finding may tell."""
    passed, had = (evidence.at - evidence.since).total_seconds(), _had(gate, evidence)
    rate = had / passed if had and passed > 0 else 0.0
    longest = 0.0
    for finding in findings:
        if finding.outcome != Outcome.INCONCLUSIVE:
            continue
        if finding.missing_samples:
            longest = max(longest, finding.missing_samples * evidence.resolution)
        elif finding.missing_requests and rate > 0:
            longest = max(longest, finding.missing_requests / rate)
        else:
            return None
    return longest or None
