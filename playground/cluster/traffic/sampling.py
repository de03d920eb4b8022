"""Chance: how many requests come, and how long they take."""

import math
import random
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist
from typing import NamedTuple

# seconds; upper bounds of the latency histogram, above the last one there is +Inf
BUCKETS = (
    *(0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.15, 0.2),
    *(0.3, 0.4, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0),
)
_CHUNK = 500.0  # e to the minus of more than 700 is no float any more
_NORMAL = NormalDist()


def poisson(rng: random.Random, mean: float) -> int:
    """How many come where `mean` are expected: arrivals are counted until their exponential gaps fill the time."""
    count = 0
    while mean > 0:
        part = min(mean, _CHUNK)
        mean -= part
        limit, product = math.exp(-part), rng.random()
        while product > limit:
            count += 1
            product *= rng.random()
    return count


class Bucket(NamedTuple):
    """One bucket of the histogram: the share of requests that fall into it, and what they take there on average."""

    share: float
    mean: float


@lru_cache(maxsize=1024)
def latency_buckets(median: float, spread: float) -> tuple[Bucket, ...]:
    """The buckets of a log-normal distribution, the last one without an upper bound."""
    if median <= 0 or spread <= 0:
        inside = next((number for number, bound in enumerate(BUCKETS) if median <= bound), len(BUCKETS))
        return tuple(Bucket(float(number == inside), max(0.0, median)) for number in range(len(BUCKETS) + 1))

    def below(bound: float, shift: float) -> float:
        return _NORMAL.cdf((math.log(bound / median) / spread) - shift) if math.isfinite(bound) else 1.0

    whole = median * math.exp(spread**2 / 2)
    bounds = (0.0, *BUCKETS, math.inf)
    found = []
    for low, high in pairwise(bounds):
        share = below(high, 0) - (below(low, 0) if low else 0.0)
        weighted = below(high, spread) - (below(low, spread) if low else 0.0)
        found.append(Bucket(share, whole * weighted / share if share > 0 else 0.0))
    return tuple(found)
