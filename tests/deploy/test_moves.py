"""What a step of a rollout does next: worse is worse, want of data is no pass, and nothing waits for ever."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deploy.model import Deploy, State
from bot.deploy.moves import Go, next_move, window_over
from bot.deploy.strategy import Step
from bot.metrics.model import Gate, Limit, Outcome, Verdict
from docs.sample_rows import planned

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PATIENCE = 600 * MINUTE
PAUSE, TIMEOUT = 5 * MINUTE, 30 * MINUTE
GATE = Gate(limits=(Limit(signal="errors", above=0.05),), timeout=TIMEOUT)


def verdict(outcome: Outcome | None) -> Verdict | None:
    return Verdict(outcome=outcome, at=NOON) if outcome else None


def standing(step: int = 1, promoted: int = -1, paused_by: str = "", since: datetime | None = NOON) -> Deploy:
    """A deploy that has stood at a step since noon."""
    return planned(State.RUNNING, step=step, promoted=promoted, paused_by=paused_by, step_at=since)


P, F, U, E = Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.ERROR


@pytest.mark.parametrize(
    ("minutes", "gated", "said", "manual", "go"),
    [
        (4, False, None, False, Go.WAIT),
        (5, False, None, False, Go.ON),
        (4, True, P, False, Go.WAIT),
        (5, True, P, False, Go.ON),
        (0, True, F, False, Go.BACK),
        (5, True, F, True, Go.BACK),
        (5, True, None, False, Go.WAIT),
        (34, True, U, False, Go.WAIT),
        (35, True, U, False, Go.ASK),
        (35, True, None, False, Go.ASK),
        (4, True, E, False, Go.WAIT),
        (5, True, E, False, Go.ASK),
        (4, False, None, True, Go.WAIT),
        (5, False, None, True, Go.ASK),
        (5, True, P, True, Go.ASK),
        (599, True, U, False, Go.ASK),
        (600, True, U, False, Go.BACK),
        (600, False, None, True, Go.BACK),
    ],
)
def test_what_a_step_does(minutes: int, gated: bool, said: Outcome | None, manual: bool, go: Go) -> None:
    step = Step(weight=25, pause=PAUSE, manual=manual)
    gate = GATE if gated else None
    assert next_move(standing(), step, gate, verdict(said), NOON + minutes * MINUTE, PATIENCE).go == go


@pytest.mark.parametrize(
    ("deploy", "go"),
    [
        (standing(promoted=1), Go.ON),
        (standing(promoted=0), Go.WAIT),
        (standing(paused_by="Dana Ortiz"), Go.WAIT),
        (standing(promoted=1, paused_by="Dana Ortiz"), Go.ON),
        (standing(since=None), Go.WAIT),
    ],
)
def test_a_person_can_hold_a_step_or_end_it_and_only_the_one_they_saw(deploy: Deploy, go: Go) -> None:
    at = NOON + 10 * MINUTE
    assert next_move(deploy, Step(weight=25, pause=PAUSE), GATE, verdict(U), at, PATIENCE).go == go


OUTCOMES = st.sampled_from([None, *Outcome])
DEPLOYS = st.builds(
    standing,
    step=st.integers(0, 3),
    promoted=st.integers(-1, 3),
    paused_by=st.sampled_from(["", "Dana Ortiz"]),
    since=st.sampled_from([None, NOON]),
)
STEPS = st.builds(Step, weight=st.just(25), pause=st.sampled_from([timedelta(), PAUSE]), manual=st.booleans())
GATES = st.sampled_from([None, GATE])
TIMES = st.integers(0, 700).map(lambda minutes: NOON + minutes * MINUTE)


@given(DEPLOYS, STEPS, GATES, OUTCOMES, TIMES)
def test_the_rules_hold_wherever_a_step_stands(
    deploy: Deploy, step: Step, gate: Gate | None, outcome: Outcome | None, at: datetime
) -> None:
    go, why = next_move(deploy, step, gate, verdict(outcome), at, PATIENCE)
    stood = at - (deploy.step_at or at)
    promoted = deploy.promoted >= deploy.step
    if outcome == F:
        assert go == Go.BACK, "worse is worse, paused or promoted"
        return
    if promoted:
        assert go == Go.ON
        return
    assert (go == Go.BACK) == (stood >= PATIENCE), "only patience ends it otherwise"
    if gate and outcome != P:
        assert go != Go.ON, "want of data is no pass"
    if deploy.paused_by or step.manual or stood < step.pause:
        assert go != Go.ON
    if deploy.paused_by:
        assert go != Go.ASK, "whoever paused it knows that it waits"
    assert bool(why) == (go != Go.WAIT)


@given(DEPLOYS, STEPS, GATES, OUTCOMES, TIMES, st.integers(0, 300))
def test_waiting_longer_never_unmakes_the_way_back(
    deploy: Deploy, step: Step, gate: Gate | None, outcome: Outcome | None, at: datetime, more: int
) -> None:
    earlier = next_move(deploy, step, gate, verdict(outcome), at, PATIENCE).go
    later = next_move(deploy, step, gate, verdict(outcome), at + more * MINUTE, PATIENCE).go
    assert earlier != Go.BACK or later == Go.BACK


@pytest.mark.parametrize(
    ("outcome", "gate", "go"),
    [
        (None, None, Go.ON),
        (P, GATE, Go.ON),
        (U, GATE, Go.ASK),
        (E, GATE, Go.ASK),
        (None, GATE, Go.ASK),
    ],
)
def test_a_window_makes_known_good_only_what_its_gate_has_passed(
    outcome: Outcome | None, gate: Gate | None, go: Go
) -> None:
    assert window_over(verdict(outcome), gate).go == go
