"""Limits: bad for long enough, without a break, and not bad before."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.metrics.model import Finding, Outcome
from tests.metrics.worlds import SINCE, Values, asked, seen

FAST: dict[str, Any] = {"signal": "latency", "above": 1, "for": "1m"}


def finding(limit: dict[str, Any], new: Values, old: Values = (), earlier: Values = (), **more: Any) -> Finding:
    """What one limit finds; a minute is six samples."""
    signal = str(limit["signal"])
    signals = {signal: seen(new, old, earlier)} | more
    return asked({"limits": [limit]}, samples=len(new), **signals).findings[0]


def test_bad_for_as_long_as_the_limit_says_fails_a_sample_less_does_not() -> None:
    good = [0.5] * 20
    bad = finding(FAST, [*good, *[2.0] * 6, *good])
    assert (bad.outcome, bad.lasting, bad.new) == (Outcome.FAIL, 60, 2.0)
    assert bad.since == SINCE + timedelta(seconds=210)
    assert finding(FAST, [*good, *[2.0] * 5, *good]).outcome == Outcome.PASS


def test_one_good_sample_breaks_a_run() -> None:
    assert finding(FAST, [*[2.0] * 5, 0.5, *[2.0] * 5, *[0.5] * 10]).outcome == Outcome.PASS


def test_a_missing_sample_neither_extends_a_run_nor_breaks_it() -> None:
    holes: list[float | None] = [*[2.0] * 3, None, None, *[2.0] * 2]
    assert finding(FAST, [*holes, *[0.5] * 15]).outcome == Outcome.FAIL
    assert finding(FAST, [*[2.0] * 3, None, None, None, *[0.5] * 15]).outcome == Outcome.PASS


def test_a_gap_longer_than_the_limit_breaks_a_run() -> None:
    gap: list[float | None] = [None] * 7
    assert finding(FAST, [*[2.0] * 3, *gap, *[2.0] * 3, *[0.5] * 15]).outcome == Outcome.PASS


def test_bad_just_now_holds_a_pass_back_and_says_for_how_long() -> None:
    verdict = asked({"limits": [FAST]}, samples=24, latency=seen([0.5] * 20 + [2.0] * 4))
    assert (verdict.outcome, verdict.seconds) == (Outcome.INCONCLUSIVE, 20)
    assert verdict.findings[0].lasting == 40


def test_too_few_samples_or_none_of_late_are_no_pass() -> None:
    assert finding(FAST, [0.5] * 9).outcome == Outcome.INCONCLUSIVE
    assert finding(FAST, [0.5] * 10).outcome == Outcome.PASS
    silent: list[float | None] = [None] * 8
    assert finding(FAST, [*[0.5] * 20, *silent]).error == "nothing was measured for the last 60 s"
    assert finding(FAST, []).outcome == Outcome.INCONCLUSIVE


def test_a_floor_is_a_limit_too() -> None:
    throughput = {"signal": "throughput", "below": 5, "for": "1m"}
    assert finding(throughput, [10.0] * 10 + [1.0] * 6).outcome == Outcome.FAIL
    assert finding(throughput, [10.0] * 20).outcome == Outcome.PASS


def test_a_warning_is_said_and_decides_nothing() -> None:
    quiet = {"limits": [{**FAST, "above": 9}, {**FAST, "warning": True}]}
    verdict = asked(quiet, samples=20, latency=seen([2.0] * 20))
    assert verdict.outcome == Outcome.PASS
    assert [(one.outcome, one.warning) for one in verdict.findings[:2]] == [(Outcome.PASS, False), (Outcome.FAIL, True)]


TIMES = {"signal": "latency", "times_baseline": 5, "for": "1m"}


def test_times_the_baseline_is_times_the_old_copy_at_the_same_time() -> None:
    old = [1.0] * 10 + [4.0] * 10
    assert finding(TIMES, [6.0] * 20, old).outcome == Outcome.FAIL
    assert finding(TIMES, [4.0] * 10 + [16.0] * 10, old).outcome == Outcome.PASS


def test_without_an_old_copy_the_baseline_is_what_was_before() -> None:
    assert finding(TIMES, [6.0] * 20, (), [1.0] * 30).outcome == Outcome.FAIL
    assert finding(TIMES, [6.0] * 20, (), [2.0] * 30).outcome == Outcome.PASS
    assert finding(TIMES, [6.0] * 20).outcome == Outcome.INCONCLUSIVE


def test_what_was_bad_before_the_deploy_is_not_its_fault() -> None:
    already = finding(FAST, [2.0] * 20, [2.0] * 20, [2.0] * 30)
    assert (already.outcome, already.already) == (Outcome.PASS, True)
    assert finding(FAST, [2.0] * 20, [2.0] * 20, [0.5] * 30).outcome == Outcome.FAIL
    recovered = [*[2.0] * 20, *[0.5] * 10]
    assert finding(FAST, [2.0] * 20, [2.0] * 20, recovered).outcome == Outcome.FAIL, "it had recovered by itself"
    brief = [*[0.5] * 20, *[2.0] * 3]
    assert finding(FAST, [2.0] * 20, [2.0] * 20, brief).outcome == Outcome.FAIL, "a spike is not badness"


def test_unless_the_new_version_is_surely_worse_still() -> None:
    worse = finding(FAST, [9.0] * 20, [2.0] * 20, [2.0] * 30)
    assert (worse.outcome, worse.already) == (Outcome.FAIL, True)
    assert finding(FAST, [9.0] * 20, (), [2.0] * 30).outcome == Outcome.FAIL
    assert finding(FAST, [2.0] * 20, (), [2.0] * 30).outcome == Outcome.PASS


ERRORS = {"signal": "errors", "above": 0.05, "for": "1m"}


def test_two_failed_requests_of_three_are_no_failed_minute() -> None:
    sparse: list[float | None] = [1.0, None, None, None, None, 0.2, *[0.0] * 14]
    few: dict[str, Any] = {"requests": seen([0.1, 0.0, 0.0, 0.0, 0.0, 0.5, *[0.5] * 14])}
    held = finding(ERRORS, sparse, **few)
    assert (held.outcome, held.missing_requests) == (Outcome.INCONCLUSIVE, 94)
    many: dict[str, Any] = {"requests": seen([10.0] * 20)}
    assert finding(ERRORS, sparse, **many).outcome == Outcome.FAIL
    assert finding(ERRORS, sparse).outcome == Outcome.FAIL, "not counted: the samples are all there is"


def test_a_ratio_that_is_no_share_is_held_against_its_limit_all_the_same() -> None:
    few: dict[str, Any] = {"requests": seen([0.1] * 20)}
    assert finding({**ERRORS, "above": 1.5}, [2.0] * 20, **few).outcome == Outcome.FAIL


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_exactly_at_the_limit_is_within_it(level: float) -> None:
    assert finding(FAST, [level] * 20).outcome == Outcome.PASS


@given(st.lists(st.sampled_from([0.5, 2.0, None]), max_size=40), st.integers(0, 39))
def test_one_more_bad_sample_never_turns_a_fail_into_a_pass(new: list[float | None], place: int) -> None:
    worse = [2.0 if number == place else value for number, value in enumerate(new)]
    if finding(FAST, new).outcome == Outcome.FAIL:
        assert finding(FAST, worse).outcome == Outcome.FAIL


@given(st.lists(st.sampled_from([0.5, 2.0]), min_size=10, max_size=40))
def test_a_run_is_what_a_naive_reading_says(new: list[float]) -> None:
    text = "".join("x" if value > 1 else "." for value in new)
    wanted = Outcome.FAIL if "x" * 6 in text else Outcome.INCONCLUSIVE if text.endswith("x") else Outcome.PASS
    assert finding(FAST, new).outcome == wanted
