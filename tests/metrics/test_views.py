"""What a verdict says: the numbers that decided, in the signal's unit, and nothing that breaks out of a message."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.metrics.model import Finding, Method, Outcome, Unit, Verdict
from bot.metrics.views import about, amount, explain, sentence, short

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
FAILED = Finding(
    signal="error_rate",
    kind="compare",
    outcome=Outcome.FAIL,
    unit=Unit.RATIO,
    method=Method.COUNTS,
    new=0.048,
    old=0.002,
    change=23.0,
    low=10.0,
    high=31.0,
    least=0.02,
    most=0.062,
    confidence=0.98,
)
PASSED = Finding(
    signal="p99_latency",
    kind="compare",
    outcome=Outcome.PASS,
    unit=Unit.SECONDS,
    method=Method.SHIFT,
    new=0.51,
    old=0.5,
    change=0.02,
    low=-0.04,
    high=0.09,
    least=-0.02,
    most=0.045,
)
REQUESTS = Finding(signal="requests", kind="requests", outcome=Outcome.INCONCLUSIVE, missing_requests=40)
CROSSED = Finding(
    signal="errors",
    kind="limit",
    outcome=Outcome.FAIL,
    unit=Unit.RATIO,
    new=0.081,
    limit=0.05,
    since=NOW,
    lasting=120,
)


def verdict(outcome: Outcome, *findings: Finding, seconds: float | None = None) -> Verdict:
    return Verdict(outcome=outcome, findings=findings, at=NOW, seconds=seconds)


def but(finding: Finding, **changes: object) -> Finding:
    return finding.model_copy(update=changes)


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        (FAILED, "error rate: 4.8 % against 0.2 % (24 ×), 98 % sure that it is at least 11 × as high"),
        (
            but(FAILED, old=0.0, change=None, low=None, high=None),
            "error rate: 4.8 % against 0 %, 98 % sure that it is at least 2 points higher",
        ),
        (
            but(PASSED, outcome=Outcome.FAIL, new=0.7, change=0.4, low=0.31, least=0.15, confidence=0.98),
            "p99 latency: 700 ms against 500 ms (+40 %), 98 % sure that it is at least 31 % higher",
        ),
        (
            but(
                FAILED, unit=Unit.PER_SECOND, method=Method.SHIFT, new=50, old=100, change=-0.5, low=-0.6, high=-0.4
            ).model_copy(update={"least": -60, "most": -40}),
            "error rate: 50 /s against 100 /s (−50 %), 98 % sure that it is at least 40 % lower",
        ),
        (PASSED, "p99 latency: no worse (between −4 % and +9 %)"),
        (but(PASSED, least=0, most=0, low=0, high=0), "p99 latency: no worse (exactly the same)"),
        (
            but(PASSED, outcome=Outcome.INCONCLUSIVE, high=0.7, missing_samples=18, power=0.36, sought=0.25),
            "p99 latency: not clear yet (between −4 % and +70 %), 18 more samples; "
            "+50 % would have been found with 36 % probability",
        ),
        (REQUESTS, "40 more requests"),
        (
            CROSSED,
            "errors: 8.1 %, beyond its limit of 5 % for 2 min, "
            "since <!date^1772452800^{time_secs}|2026-03-02 12:00 UTC>",
        ),
        (
            but(CROSSED, outcome=Outcome.PASS, new=0.001, since=None, lasting=None),
            "errors: 0.1 %, within its limit of 5 %",
        ),
        (
            but(CROSSED, outcome=Outcome.PASS, already=True),
            "errors: 8.1 %, beyond its limit of 5 % for 2 min, but so it was before; it is no worse now",
        ),
        (
            but(CROSSED, unit=Unit.SECONDS, new=4.2, limit=2.5, times=5, since=None),
            "errors: 4.2 s, beyond its limit of 5 × the old version's (2.5 s) for 2 min",
        ),
    ],
)
def test_a_finding_in_a_sentence(finding: Finding, said: str) -> None:
    assert sentence(finding) == said


def test_a_verdict_in_a_line() -> None:
    good = but(CROSSED, outcome=Outcome.PASS)
    assert short(verdict(Outcome.PASS, good, PASSED)) == "passed: p99 latency no worse"
    assert short(verdict(Outcome.PASS, good)) == "passed: all within their limits"
    assert short(verdict(Outcome.FAIL, PASSED, FAILED)).startswith("failed: error rate: 4.8 % against 0.2 %")
    waiting = verdict(Outcome.INCONCLUSIVE, PASSED, REQUESTS, seconds=190)
    assert short(waiting) == "inconclusive: 40 more requests, about 3 min"
    gone = but(PASSED, outcome=Outcome.INCONCLUSIVE, error="Prometheus did not answer")
    assert short(verdict(Outcome.ERROR, gone)) == "could not be measured: p99 latency: Prometheus did not answer"
    assert short(verdict(Outcome.INCONCLUSIVE, gone)) == "inconclusive: p99 latency: Prometheus did not answer"
    assert short(verdict(Outcome.INCONCLUSIVE)) == "inconclusive: the last measurement failed"


def test_what_decided_comes_first_and_warnings_last() -> None:
    warning = but(CROSSED, warning=True)
    said = explain(verdict(Outcome.FAIL, warning, PASSED, REQUESTS, FAILED))
    assert [line.split(":")[0] for line in said] == ["error rate", "40 more requests", "p99 latency", "warning, errors"]


def test_foreign_text_stays_text() -> None:
    assert "<!channel>" not in sentence(but(PASSED, error="<!channel> & `x`"))


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.048, Unit.RATIO, "4.8 %"),
        (0.00012, Unit.RATIO, "0.012 %"),
        (0.34, Unit.SECONDS, "340 ms"),
        (1.24, Unit.SECONDS, "1.2 s"),
        (1234.5, Unit.PER_SECOND, "1,234 /s"),
        (-3, Unit.COUNT, "−3"),
        (0, Unit.COUNT, "0"),
        (None, Unit.COUNT, "nothing"),
    ],
)
def test_numbers_carry_their_unit(value: float | None, unit: Unit, said: str) -> None:
    assert amount(value, unit) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "about 1 s"), (80, "about 80 s"), (190, "about 3 min"), (9_000, "about 2 h")]
)
def test_lengths_of_time_are_rounded(seconds: float, said: str) -> None:
    assert about(seconds) == said


NUMBERS = st.none() | st.floats(-1e150, 1e150)
FINDINGS = st.builds(
    Finding,
    new=NUMBERS,
    old=NUMBERS,
    limit=NUMBERS,
    times=NUMBERS,
    change=NUMBERS,
    low=NUMBERS,
    high=NUMBERS,
    least=NUMBERS,
    most=NUMBERS,
    power=st.none() | st.floats(0, 1),
    sought=NUMBERS,
    lasting=st.none() | st.floats(0, 1e9),
    since=st.none() | st.just(NOW),
)


@given(FINDINGS, st.sampled_from(Outcome), st.none() | st.floats(0, 1e12))
def test_there_is_always_something_to_say(finding: Finding, outcome: Outcome, seconds: float | None) -> None:
    one = verdict(outcome, finding, seconds=seconds)
    assert all([short(one), *explain(one)])
