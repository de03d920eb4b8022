"""The intervals agree with published ones, don't know units, and don't mind the order of samples."""

import math
from itertools import pairwise
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.metrics.intervals import (
    Proportion,
    difference,
    dispersion,
    look,
    next_look,
    ranks,
    shift,
    stickiness,
    surely_above,
    wilson,
)

Z95 = NormalDist().inv_cdf(0.975)
VALUES = st.integers(-4_000_000, 4_000_000).map(lambda quarters: quarters / 4)  # differences of these are exact
ARMS = st.lists(VALUES, min_size=1, max_size=30)
Z = st.floats(0.1, 5)


def test_the_vector_of_kayentas_suite() -> None:
    assert shift([10, 20, 30, 40], [1, 2, 3, 4], Z95) == (6, 22.5, 39)


# spinnaker/kayenta, MannWhitneySuite, "tie out with R version" and "… again": how often each value occurs, and what R's
# wilcox.test answers to them, whose root finder stops within 1e-4.
OLD = {1.5: 2, 2: 16, 2.5: 18, 3: 16, 3.5: 10, 4: 8, 4.5: 4, 5: 6, 5.5: 2, 6: 5, 8: 1, 15.5: 1, 54.5: 1}
NEW = {1.5: 9, 2: 16, 2.5: 22, 3: 17, 3.5: 9, 4: 5, 4.5: 1, 5: 3, 5.5: 1, 6: 2, 6.5: 2, 7: 1, 7.5: 1, 16.5: 1}
OLD_AGAIN = {0: 1, 0.5: 7, 1: 32, 1.5: 70, 2: 33, 2.5: 22, 3: 6, 3.5: 2, 4: 3, 4.5: 1, 5.5: 1, 7: 1, 7.5: 1}
NEW_AGAIN = {0.5: 20, 1: 41, 1.5: 67, 2: 37, 2.5: 3, 3: 2, 3.5: 3, 4: 1, 5: 1, 5.5: 3, 8.5: 1, 19: 1}


@pytest.mark.parametrize(
    ("new", "old", "confidence", "answer"),
    [
        (NEW, OLD, 0.95, (-0.500002521696696, -0.4999393907180323, -3.486287505871302e-5)),
        (NEW_AGAIN, OLD_AGAIN, 0.98, (-0.4999173250549087, -3.45044082729315e-5, -6.912685789769486e-6)),
    ],
)
def test_r_comes_to_the_same_within_its_tolerance(
    new: dict[float, int], old: dict[float, int], confidence: float, answer: tuple[float, float, float]
) -> None:
    arms = [[value for value, times in arm.items() for _ in range(times)] for arm in (new, old)]
    found = shift(arms[0], arms[1], NormalDist().inv_cdf((1 + confidence) / 2))
    assert found == pytest.approx(answer, abs=1e-4)


def mann_whitney(new: list[float], old: list[float], mu: float) -> float:
    """The statistic itself, by its definition, with ties and continuity correction."""
    m, n = len(new), len(old)
    both = [value - mu for value in new] + old
    order = ranks(both)
    apart = sum(order[:m]) - m * (m + 1) / 2 - m * n / 2
    ties = sum(both.count(value) ** 3 - both.count(value) for value in set(both))
    deviation = math.sqrt(m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1))))
    return (apart - 0.5 * ((apart > 0) - (apart < 0))) / deviation


SPARSE = st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 7.0]), min_size=3, max_size=15)


@given(ARMS | SPARSE, ARMS | SPARSE, Z)
def test_every_shift_inside_is_one_that_the_test_does_not_reject(new: list[float], old: list[float], z: float) -> None:
    low, _, high = shift(new, old, z)
    jumps = sorted({x - y for x in new for y in old})
    for left, right in pairwise(jumps):
        middle = (left + right) / 2
        statistic = mann_whitney(new, old, middle)
        if abs(abs(statistic) - z) > 1e-9:
            assert (low <= left and right <= high) == (abs(statistic) < z)


@given(ARMS, ARMS, Z, st.integers(-40, 40))
def test_the_unit_is_carried_through_exactly(new: list[float], old: list[float], z: float, exponent: int) -> None:
    unit = 2.0**exponent
    assert shift([x * unit for x in new], [y * unit for y in old], z) == pytest.approx(
        tuple(end * unit for end in shift(new, old, z)), rel=1e-12, abs=0
    )


@given(ARMS, ARMS, Z)
def test_the_order_of_the_samples_does_not_matter(new: list[float], old: list[float], z: float) -> None:
    assert shift(new[::-1], sorted(old), z) == shift(new, old, z)


@given(ARMS, ARMS, Z)
def test_old_against_new_is_new_against_old_turned(new: list[float], old: list[float], z: float) -> None:
    assert shift(old, new, z) == pytest.approx(shift(new, old, z).turned())


@given(ARMS, ARMS, Z, st.floats(0, 1e6))
def test_higher_values_never_lower_an_interval(new: list[float], old: list[float], z: float, more: float) -> None:
    for before, after in zip(shift(new, old, z), shift([x + more for x in new], old, z), strict=True):
        assert after >= before - 1e-6


# Newcombe 1998, table II, method 11: 95 % intervals of contrasts between two proportions
@pytest.mark.parametrize(
    ("new", "old", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0428, 0.3422),
        ((9, 10), (3, 10), 0.1013, 0.8387),
        ((6, 7), (2, 7), -0.0290, 0.8423),
        ((5, 56), (0, 29), -0.0667, 0.2037),
        ((0, 10), (0, 20), -0.2005, 0.3445),
        ((0, 10), (0, 10), -0.3445, 0.3445),
        ((10, 10), (0, 20), 0.6014, 1.0),
        ((10, 10), (0, 10), 0.5128, 1.0),
    ],
)
def test_newcombes_own_table(new: tuple[int, int], old: tuple[int, int], low: float, high: float) -> None:
    arms = [Proportion(events / number, number) for events, number in (new, old)]
    found = difference(arms[0], arms[1], Z95)
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)


@given(st.floats(0, 1), st.floats(0, 1e6), Z)
def test_a_proportion_lies_in_its_interval(share: float, number: float, z: float) -> None:
    low, high = wilson(Proportion(share, number), z)
    assert 0 <= low <= share <= high <= 1


@pytest.mark.parametrize(
    ("share", "number", "sure"), [(2 / 6, 6, False), (1, 2, True), (0.06, 100, False), (0.2, 50, True)]
)
def test_a_share_of_few_is_not_surely_above_a_limit(share: float, number: float, sure: bool) -> None:
    assert surely_above(Proportion(share, number), 0.05) == sure


@given(st.integers(1, 60), st.integers(0, 60), st.floats(0.01, 0.5))
def test_what_is_called_sure_is_as_rare_as_said(number: int, errors: int, limit: float) -> None:
    if errors <= number and surely_above(Proportion(errors / number, number), limit):
        rest = range(errors, number + 1)
        assert sum(math.comb(number, k) * limit**k * (1 - limit) ** (number - k) for k in rest) < 0.01


def test_bursts_make_a_hundred_errors_tell_less() -> None:
    single = [(1 / 100, 100.0)] * 50
    bursts = [(25 / 100 if not number % 25 else 0.0, 100.0) for number in range(50)]
    assert dispersion(single) == 1
    assert dispersion(bursts) > 20


def test_samples_that_are_like_their_neighbours_tell_less() -> None:
    slow = [float(number // 10 % 2) + number / 1000 for number in range(60)]
    turning = [float(number % 2) + number / 1000 for number in range(60)]
    assert stickiness(slow) > 4
    assert stickiness(turning) == 1
    assert stickiness([1.0] * 60) == 1


@given(st.lists(VALUES, max_size=40))
def test_ranks_add_up_and_follow_the_values(values: list[float]) -> None:
    found = ranks(values)
    assert sum(found) == len(values) * (len(values) + 1) / 2
    for (one, rank), (other, beside) in pairwise(zip(values, found, strict=True)):
        assert (one < other) == (rank < beside)


def test_what_all_looks_may_be_wrong_with_adds_up_to_what_the_confidence_leaves_over() -> None:
    counts = [10]
    while counts[-1] < 100_000:
        counts.append(next_look(counts[-1]))
    wrong = [2 * NormalDist().cdf(-look(count, 10, 0.98).z) for count in counts]
    assert 0.9 * 0.02 < sum(wrong) < 0.02


@given(st.integers(10, 5_000))
def test_between_two_looks_nothing_new_is_seen(samples: int) -> None:
    planned = look(samples, 10, 0.98)
    assert planned.samples <= samples < next_look(planned.samples)
    assert look(planned.samples, 10, 0.98) == planned
