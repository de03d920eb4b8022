"""What there is to look at: the samples of a gate, cleaned. Pure."""

import math
from typing import NamedTuple

from bot.metrics.model import Evidence, Gate, Observed, Points

LARGEST = 1e150  # nothing that is measured is larger, and the square of it is still a number

Samples = dict[float, float]  # Unix time in seconds -> value, oldest first


class Pair(NamedTuple):
    """What both arms measured at the same time."""

    at: float
    new: float
    old: float


def cleaned(points: Points) -> Samples:
    """Without what is no number: absence is not zero."""
    return _between(points, -math.inf, math.inf)


def during(points: Points, evidence: Evidence) -> Samples:
    """The samples that lie between `since` and `at`."""
    since, until = evidence.since.timestamp(), evidence.at.timestamp()
    return _between(points, since, until)


def _between(points: Points, since: float, until: float) -> Samples:
    found = {at: value for at, value in points if value is not None and abs(value) < LARGEST and since < at <= until}
    return dict(sorted((at, value) for at, value in found.items() if math.isfinite(at)))


def paired(observed: Observed, evidence: Evidence) -> list[Pair]:
    """The moments at which both arms were measured, oldest first."""
    new, old = during(observed.new, evidence), during(observed.old, evidence)
    return [Pair(at, value, old[at]) for at, value in new.items() if at in old]


def expected(evidence: Evidence) -> int:
    """How many samples there would be if none were missing."""
    return max(0, math.floor((evidence.at - evidence.since).total_seconds() / evidence.resolution))


class Requests(NamedTuple):
    """How many requests each arm had, sample by sample; empty where they are not counted."""

    new: Samples
    old: Samples


def requests(gate: Gate, evidence: Evidence) -> Requests:
    """The requests of each sample, from the signal that counts them per second."""
    counted = evidence.signals.get(gate.requests, Observed())
    new, old = (
        {at: rate * evidence.resolution for at, rate in during(points, evidence).items() if rate >= 0}
        for points in (counted.new, counted.old)
    )
    return Requests(new, old)
