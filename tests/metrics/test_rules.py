"""The verdict: worse is found, too little is said to be too little, and nothing passes unseen."""

import math
from collections.abc import Mapping
from datetime import timedelta
from itertools import cycle, islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.metrics.model import Evidence, Method, Observed, Outcome
from bot.metrics.rules import judge
from tests.metrics.worlds import SIGNALS, SINCE, Values, asked, evidence, gate, points, seen

LATENCY = {"compare": [{"signal": "latency"}]}
ERRORS = {"compare": [{"signal": "errors", "floor": 0.005}]}
NOISE = (0.9, 1.0, 1.1, 0.95, 1.05, 1.02, 0.97, 1.0, 1.08, 0.93, 0.99, 1.01)


def noisy(level: float, samples: int, start: int = 0) -> list[float]:
    return [level * noise for noise in islice(cycle(NOISE), start, start + samples)]


def outcome(settings: Mapping[str, Any], new: Values, old: Values, signal: str = "latency") -> Outcome:
    return asked(settings, samples=max(len(new), len(old)), **{signal: seen(new, old)}).outcome


def test_a_regression_is_found_and_the_same_passes() -> None:
    assert outcome(LATENCY, noisy(2, 20), noisy(1, 20, 5)) == Outcome.FAIL
    assert outcome(LATENCY, noisy(1, 20), noisy(1, 20, 5)) == Outcome.PASS


def test_what_is_worse_depends_on_the_signal() -> None:
    lower = {"compare": [{"signal": "throughput"}]}
    assert outcome(lower, noisy(0.5, 20), noisy(1, 20, 5), "throughput") == Outcome.FAIL
    assert outcome(lower, noisy(2, 20), noisy(1, 20, 5), "throughput") == Outcome.PASS
    either = {"compare": [{"signal": "temperature"}]}
    assert outcome(either, noisy(0.5, 20), noisy(1, 20, 5), "temperature") == Outcome.FAIL
    assert outcome(either, noisy(2, 20), noisy(1, 20, 5), "temperature") == Outcome.FAIL
    assert outcome(either, noisy(1, 20), noisy(1, 20, 5), "temperature") == Outcome.PASS


def test_better_passes_however_much() -> None:
    assert outcome(LATENCY, noisy(0.1, 20), noisy(1, 20, 5)) == Outcome.PASS


def test_ten_samples_of_each_side_or_nothing() -> None:
    verdict = asked(LATENCY, samples=9, latency=seen(noisy(50, 9), noisy(1, 9)))
    assert (verdict.outcome, verdict.findings[0].missing_samples, verdict.seconds) == (Outcome.INCONCLUSIVE, 1, 10)
    assert outcome(LATENCY, noisy(50, 10), noisy(1, 10)) == Outcome.FAIL


def test_missing_samples_are_no_zeros() -> None:
    holes: list[float | None] = [None, *noisy(1, 18), math.nan]
    assert outcome(LATENCY, holes, noisy(1, 20)) == Outcome.PASS
    [finding, _] = asked(LATENCY, samples=20, latency=seen(holes, noisy(1, 20))).findings
    assert finding.new_samples == finding.old_samples == 18


def test_with_most_of_the_samples_missing_nothing_is_decided() -> None:
    holes: list[float | None] = [value if place < 12 else None for place, value in enumerate(noisy(1, 40))]
    [finding, _] = asked(LATENCY, samples=40, latency=seen(holes, noisy(1, 40))).findings
    assert (finding.outcome, finding.error) == (Outcome.INCONCLUSIVE, "only 12 of 40 samples are there")


def test_constant_and_equal_passes_constant_and_worse_does_not() -> None:
    for level in (0.0, 3.0):
        assert outcome(LATENCY, [level] * 20, [level] * 20) == Outcome.PASS
    assert outcome(LATENCY, [2.0] * 20, [1.0] * 20) == Outcome.FAIL


def test_a_difference_below_the_floor_is_none() -> None:
    floor = {"compare": [{"signal": "latency", "floor": 3}]}
    assert outcome(floor, noisy(2, 20), noisy(1, 20, 5)) == Outcome.PASS
    assert outcome(floor, noisy(8, 20), noisy(1, 20, 5)) == Outcome.FAIL


def test_an_inconclusive_one_says_what_it_needs_and_then_decides() -> None:
    wild = [value * factor for value, factor in zip(noisy(1, 200), islice(cycle((0.4, 1.7, 1.0)), 200), strict=True)]
    samples, answers = 10, list[Outcome]()
    while Outcome.PASS not in answers:
        verdict = asked(LATENCY, samples=samples, latency=seen(wild[:samples], wild[100 : 100 + samples]))
        answers.append(verdict.outcome)
        samples += verdict.findings[0].missing_samples
    assert 1 < len(answers) <= 5
    assert samples < 200


def counted(errors: int, old_errors: int, per_sample: float, samples: int = 20) -> dict[str, Observed]:
    """Errors of the new copy spread over its samples; the old one has ten times the traffic."""
    spread = [errors // samples + (place < errors % samples) for place in range(samples)]
    old = [old_errors // samples + (place < old_errors % samples) for place in range(samples)]
    return {
        "errors": seen([one / per_sample for one in spread], [one / (10 * per_sample) for one in old]),
        "requests": seen([per_sample / 10] * samples, [per_sample] * samples),
    }


def test_errors_are_compared_by_the_requests_that_they_are_a_share_of() -> None:
    few = asked(ERRORS, samples=20, **counted(0, 0, 5))
    assert (few.outcome, few.findings[0].method) == (Outcome.INCONCLUSIVE, Method.COUNTS)
    assert few.findings[0].missing_requests > 100
    assert few.seconds is not None
    assert asked(ERRORS, samples=20, **counted(0, 0, 200)).outcome == Outcome.PASS
    assert asked(ERRORS, samples=20, **counted(200, 40, 200)).outcome == Outcome.FAIL


def test_one_error_at_low_traffic_is_no_regression() -> None:
    assert asked(ERRORS, samples=20, **counted(1, 0, 5)).outcome == Outcome.INCONCLUSIVE


def test_a_signal_that_is_mostly_zero_is_compared_by_how_often_it_is_not() -> None:
    restarts = {"compare": [{"signal": "restarts"}]}
    quiet = [0.0] * 19 + [1.0]
    verdict = asked(restarts, samples=20, restarts=seen([1.0, 2.0] * 10, quiet))
    assert (verdict.outcome, verdict.findings[0].method) == (Outcome.FAIL, Method.OFTEN)
    assert outcome(restarts, quiet, quiet[::-1], "restarts") == Outcome.INCONCLUSIVE
    assert outcome(restarts, quiet * 8, quiet[::-1] * 8, "restarts") == Outcome.PASS


def test_what_was_measured_at_an_earlier_weight_does_not_count() -> None:
    earlier = points([50.0] * 30, SINCE - timedelta(minutes=5))
    observed = Observed(new=earlier + points(noisy(1, 20)), old=points(noisy(1, 20, 5)))
    assert asked(LATENCY, samples=20, latency=observed).outcome == Outcome.PASS


def test_without_an_old_copy_a_comparison_never_decides() -> None:
    assert outcome(LATENCY, noisy(1, 50), []) == Outcome.INCONCLUSIVE


def test_too_few_requests_hold_a_pass_back() -> None:
    good = {"latency": seen(noisy(1, 20), noisy(1, 20, 5))}
    verdict = asked(LATENCY, samples=20, had=60, **good)
    assert (verdict.outcome, verdict.findings[-1].missing_requests) == (Outcome.INCONCLUSIVE, 40)
    assert verdict.seconds == pytest.approx(40 / (60 / 200))
    assert asked(LATENCY, samples=20, had=0, **good).seconds is None
    assert asked(LATENCY, samples=20, had=None, **good).findings[-1].error
    assert asked(LATENCY | {"min_requests": 0}, samples=20, had=None, **good).outcome == Outcome.PASS


def test_requests_are_counted_from_their_rate_when_nobody_counted_them() -> None:
    signals = {"latency": seen(noisy(1, 20), noisy(1, 20, 5)), "requests": seen([0.4] * 20)}
    assert asked(LATENCY, samples=20, had=None, **signals).findings[-1].missing_requests == 20


def test_what_could_not_be_measured_is_no_pass_and_too_often_in_a_row_an_error() -> None:
    good, gone = seen(noisy(1, 20), noisy(1, 20, 5)), seen([], error="Prometheus did not answer")
    both = {"compare": [{"signal": "latency"}, {"signal": "throughput"}]}
    for errors, wanted in ((1, Outcome.INCONCLUSIVE), (4, Outcome.INCONCLUSIVE), (5, Outcome.ERROR)):
        assert asked(both, samples=20, failed=errors, latency=good, throughput=gone).outcome == wanted
    bad = seen(noisy(9, 20), noisy(1, 20))
    assert asked(both, samples=20, failed=5, latency=bad, throughput=gone).outcome == Outcome.FAIL


def test_a_signal_without_a_name_or_without_samples_is_no_pass() -> None:
    assert asked({"compare": [{"signal": "nameless"}]}, samples=20).outcome == Outcome.INCONCLUSIVE
    assert asked({"limits": [{"signal": "nameless", "above": 1}]}, samples=20).outcome == Outcome.INCONCLUSIVE
    assert asked(LATENCY, samples=20).outcome == Outcome.INCONCLUSIVE


@pytest.mark.parametrize("nothing", [{}, {"limits": [{"signal": "latency", "above": 1, "warning": True}]}])
def test_a_gate_that_can_never_fail_is_a_mistake(nothing: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="can never fail"):
        gate(nothing)


EVERYTHING = gate(
    {
        "limits": [
            {"signal": "latency", "times_baseline": 5, "for": "1m"},
            {"signal": "errors", "above": 0.05, "for": "1m"},
            {"signal": "throughput", "below": 1, "for": "1m"},
        ],
        "compare": [{"signal": name} for name in SIGNALS],
    }
)
NUMBERS = st.none() | st.floats() | st.sampled_from([0.0, 1.0, 0.5])
TIMES = st.floats(SINCE.timestamp() - 500, SINCE.timestamp() + 500) | st.floats()
POINTS = st.lists(st.tuples(TIMES, NUMBERS), max_size=25).map(tuple) | st.lists(NUMBERS, max_size=40).map(points)
OBSERVED = st.builds(Observed, new=POINTS, old=POINTS, before=POINTS)
COUNTS = st.none() | st.floats()
ANY = st.builds(
    Evidence,
    at=st.integers(0, 400).map(lambda seconds: SINCE + timedelta(seconds=seconds)),
    since=st.just(SINCE),
    resolution=st.sampled_from([1.0, 10.0, 60.0]),
    signals=st.dictionaries(st.sampled_from(list(SIGNALS)), OBSERVED),
    new_requests=COUNTS,
    old_requests=COUNTS,
)


@given(ANY)
def test_there_is_always_a_verdict_and_it_survives_the_database(seen_so_far: Evidence) -> None:
    verdict = judge(EVERYTHING, SIGNALS, seen_so_far)
    assert type(verdict).model_validate(verdict.model_dump(mode="json")) == verdict


@given(ANY)
def test_without_samples_nothing_passes(seen_so_far: Evidence) -> None:
    signals = {
        name: observed.model_copy(update={"new": tuple((at, None) for at, _ in observed.new)})
        for name, observed in seen_so_far.signals.items()
    }
    blind = seen_so_far.model_copy(update={"signals": signals})
    assert judge(EVERYTHING, SIGNALS, blind).outcome == Outcome.INCONCLUSIVE


LEVELS = st.lists(st.floats(0.01, 100) | st.sampled_from([1.0, 2.0]), min_size=10, max_size=24)


@given(LEVELS, LEVELS, st.floats(1e-9, 1e9), st.sampled_from(["latency", "throughput", "temperature"]))
def test_the_unit_does_not_matter(new: list[float], old: list[float], unit: float, name: str) -> None:
    settings = {"compare": [{"signal": name}]}
    scaled = outcome(settings, [value * unit for value in new], [value * unit for value in old], name)
    assert scaled == outcome(settings, new, old, name)


@given(LEVELS, LEVELS, st.lists(st.floats(0, 100), min_size=24, max_size=24))
def test_making_the_new_version_worse_never_turns_a_fail_into_a_pass(
    new: list[float], old: list[float], more: list[float]
) -> None:
    worse = [value + extra for value, extra in zip(new, more, strict=False)]
    if outcome(LATENCY, new, old) == Outcome.FAIL:
        assert outcome(LATENCY, worse, old) != Outcome.PASS


@given(st.integers(0, 400), st.integers(0, 400), st.integers(0, 400))
def test_more_errors_never_turn_a_fail_into_a_pass(errors: int, more: int, old: int) -> None:
    if asked(ERRORS, samples=20, **counted(errors, old, 100)).outcome == Outcome.FAIL:
        assert asked(ERRORS, samples=20, **counted(errors + more, old, 100)).outcome != Outcome.PASS


def test_evidence_is_not_changed_by_looking_at_it() -> None:
    before = evidence(samples=20, latency=seen(noisy(1, 20), noisy(1, 20)))
    judge(gate(LATENCY), SIGNALS, before)
    assert before == evidence(samples=20, latency=seen(noisy(1, 20), noisy(1, 20)))
