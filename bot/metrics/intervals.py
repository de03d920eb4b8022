"""Confidence intervals for the difference between two arms, and how wide they must be. Pure numbers, no units."""

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist, median
from typing import NamedTuple

NORMAL = NormalDist()
STICKIEST = 0.9  # a higher autocorrelation can't be told from a trend with the few samples of a gate
GROWTH = math.sqrt(2)  # of the number of samples from one look to the next


class Interval(NamedTuple):
    """The difference new - old, and the ends between which it lies."""

    low: float
    estimate: float
    high: float

    def turned(self) -> "Interval":
        """The same for old - new."""
        return Interval(-self.high, -self.estimate, -self.low)


def shift(new: Sequence[float], old: Sequence[float], z: float, inflation: float = 1.0) -> Interval:
    """By how much the values of `new` lie above those of `old`: the Hodges-Lehmann estimate, and the shifts that a
    Mann-Whitney test with continuity correction does not reject at `z` standard deviations.

    Between two neighbouring differences x - y the test statistic is constant, so the ends are differences themselves,
    and are picked by their rank. Root finders with an absolute tolerance (R's `wilcox.test`, Kayenta) come to within
    that tolerance of the same numbers, and are blind to what is smaller. `inflation` widens the statistic's standard
    deviation. Neither arm may be empty.

    Hodges, Lehmann: Estimates of location based on rank tests, 1963. The variance with ties: Lehmann, Nonparametrics.
    """
    m, n = len(new), len(old)
    falling = sorted(old, reverse=True)
    differences = sorted(x - y for x in sorted(new) for y in falling)
    ties = sum(count**3 - count for arm in (new, old) for count in Counter(arm).values())
    deviation = math.sqrt(m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1))))
    rank = max(0, math.floor(m * n / 2 - 1.5 - z * deviation * inflation) + 1)
    return Interval(differences[rank], median(differences), differences[m * n - 1 - rank])


class Proportion(NamedTuple):
    """A share of so many. The number need not be whole: it is less than was counted where events come in bursts."""

    share: float
    number: float


def difference(new: Proportion, old: Proportion, z: float) -> Interval:
    """The difference of two proportions, from the Wilson score intervals of each at `z`.

    Right also where nothing was counted: 0 of 100 against 0 of 100 is within 5 points either way, not exactly 0.
    Newcombe: Interval estimation for the difference between independent proportions, 1998, method 11;
    method 10, without the correction for continuity, is surer of a handful of errors than it may be.
    """
    (low_new, high_new), (low_old, high_old) = wilson(new, z), wilson(old, z)
    apart = new.share - old.share
    return Interval(
        apart - math.hypot(new.share - low_new, high_old - old.share),
        apart,
        apart + math.hypot(high_new - new.share, old.share - low_old),
    )


def wilson(seen: Proportion, z: float) -> tuple[float, float]:
    """The ends of Wilson's score interval for one proportion, corrected for continuity; from 0 to 1 where nothing was
    counted."""
    share, number = seen
    if number <= 0:
        return 0.0, 1.0
    low = _score(max(0.0, share - 0.5 / number), number, -z)
    high = _score(min(1.0, share + 0.5 / number), number, z)
    return min(share, low), max(share, high)


def _score(share: float, number: float, z: float) -> float:
    """The proportion that lies `z` of its own standard deviations beyond `share`."""
    far = z * math.sqrt(share * (1 - share) * number + z * z / 4)
    return min(1.0, max(0.0, (share * number + z * z / 2 + far) / (number + z * z)))


def surely_above(seen: Proportion, limit: float, wrong: float = 0.01) -> bool:
    """Whether so large a share of so few would be seen with a probability below `wrong` if the true one were `limit`.

    Chernoff's bound, which holds for any number: 2 of 6 are not surely above 5 %, 2 of 2 are.
    """
    share, number = seen
    if share <= limit or not 0 < share <= 1:
        return False
    if limit <= 0:
        return True
    rest = (1 - share) * math.log((1 - share) / (1 - limit)) if share < 1 else 0.0
    return number * (share * math.log(share / limit) + rest) > -math.log(wrong)


def dispersion(counts: Sequence[tuple[float, float]]) -> float:
    """By how much the variance of (share, number) samples exceeds that of independent events; at least 1.

    Errors come in bursts, and then a hundred of them tell as little as ten. Pearson's statistic over its degrees of
    freedom: McCullagh, Nelder: Generalized Linear Models, 4.5.
    """
    number = sum(each for _, each in counts)
    share = sum(part * each for part, each in counts) / number if number > 0 else 0.0
    if not 0 < share < 1 or len(counts) < 2:
        return 1.0
    squares = sum(each * (part - share) ** 2 for part, each in counts) / (share * (1 - share))
    return max(1.0, squares / (len(counts) - 1))


def stickiness(differences: Sequence[float]) -> float:
    """By how much the variance of a mean grows because neighbouring samples are alike; at least 1.

    Taken from the lag-1 autocorrelation of the ranks, corrected for its bias in short series (Kendall 1954). Samples
    that were taken at the same time are given as their difference: what moves both arms cancels out and costs nothing.
    """
    n = len(differences)
    if n < 5:
        return 1.0
    order = ranks(differences)
    centred = [rank - (n + 1) / 2 for rank in order]
    power = sum(value * value for value in centred)
    if power == 0:
        return 1.0
    along = sum(one * other for one, other in pairwise(centred)) / power
    lag = min(max(0.0, (n * along + 1) / (n - 4)), STICKIEST)
    return (1 + lag) / (1 - lag)


def ranks(values: Sequence[float]) -> list[float]:
    """The rank of each value, 1 for the smallest; equal ones share the mean of theirs."""
    counts = Counter(values)
    rank, before = dict[float, float](), 0
    for value in sorted(counts):
        rank[value] = before + (counts[value] + 1) / 2
        before += counts[value]
    return [rank[value] for value in values]


class Look(NamedTuple):
    """One of the planned looks of a gate: how many samples it takes, and its quantile of the normal distribution."""

    samples: int
    z: float


def look(samples: int, first: int, confidence: float) -> Look:
    """The last planned look that so many samples allow; there must be at least `first`, which the first one takes.

    A gate is asked every few seconds until it decides, and whoever looks often enough sees everything once. So it
    looks only when the samples have grown by GROWTH, and the k-th look may be wrong with 1/(k (k + 1)) of what
    `confidence` leaves over; these add up to 1, so that the confidence holds for all looks together (Bonferroni).
    """
    taken, number = first, 1
    while (following := next_look(taken)) <= samples:
        taken, number = following, number + 1
    wrong = (1 - confidence) / 2 / (number * (number + 1))
    return Look(taken, -NORMAL.inv_cdf(wrong))


def next_look(samples: int) -> int:
    """How many samples the look after one with `samples` takes."""
    return max(samples + 1, round(samples * GROWTH))
