"""Today's rules over the past: known deploys, known answers; what can't be known is said to be unknown."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approval.model import Answer as Yes
from bot.approval.model import Tick, Vote
from bot.approval.rules import Voter
from bot.blocks import Message
from bot.deploy.model import Deploy, Kind, State
from bot.deploy.replay import Answer, Case, Said, Truth, lacking, played, together, truth, waiting
from bot.deploy.replayed import replayed, working
from bot.deploy.stats import run_of
from bot.deploy.strategy import Strategy
from bot.deploy.stretches import STEPS, Stretch, noted, questions
from bot.lock.calendar import Calendar
from bot.metrics.model import Gate, Outcome, Verdict
from bot.metrics.rules import judge
from bot.policy import Policy, Quorum
from docs.sample_rows import LINKS, NOON, STRATEGIES, planned, sample
from playground.slack.blockkit import problems
from tests.metrics.worlds import RESOLUTION, SIGNALS, SINCE, evidence, seen

MINUTE = timedelta(minutes=1)
NEW, OLD = {"pod": "api-canary-.*"}, {"pod": "api-[0-9]-.*"}
STRICT = Gate.model_validate({"min_requests": 0, "limits": [{"signal": "errors", "above": 0.05, "for": "1m"}]})
BESIDE = Gate.model_validate(
    {"min_requests": 0, "limits": [{"signal": "errors", "above": 0.05}], "compare": [{"signal": "latency"}]}
)
COMPARING = Gate.model_validate({"compare": [{"signal": "latency"}]})
GATES = {"standard": BESIDE, "after": STRICT, "comparing": COMPARING}
CANARY = STRATEGIES["canary"]
TEN = timedelta(minutes=10)


def test_what_became_of_a_deploy() -> None:
    good = planned(State.SUCCEEDED)
    assert truth(good, [run_of(good)]) == Truth.GOOD
    assert truth(planned(State.SUCCEEDED, good_at=None), []) == Truth.UNKNOWN
    assert truth(planned(State.ROLLED_BACK), []) == Truth.BAD
    assert truth(sample(State.FAILED), []) == Truth.BAD
    assert good.whole_at
    before = {"id": "5", "version": "v1.2", "image": "registry/api:v1.2"}
    whole = good.whole_at + timedelta(days=2)
    back = sample(State.SUCCEEDED, id=42, kind=Kind.ROLLBACK, version="v1.1", before=before, whole_at=whole)
    assert truth(good, [run_of(good), run_of(back)]) == Truth.BAD, "known good, and then somebody went back"


# Stretches


def test_a_step_is_noted_as_long_as_it_lasts_and_kept_when_the_next_one_begins() -> None:
    deploy = planned(State.RUNNING, step=0)
    deploy.measured = {"new": {}, STEPS: noted(deploy, NEW, OLD, NOON + 4 * MINUTE)}
    deploy.measured = {"new": {}, STEPS: noted(deploy, NEW, OLD, NOON + 5 * MINUTE)}
    deploy.step, deploy.step_at = 1, NOON + 6 * MINUTE
    deploy.measured = {STEPS: noted(deploy, NEW, OLD, NOON + 7 * MINUTE)}
    deploy.whole_at = NOON + 8 * MINUTE
    first, second = map(Stretch.model_validate, noted(deploy, {}, {}, NOON + 9 * MINUTE))
    assert first == Stretch(step=0, since=NOON + 3 * MINUTE, until=NOON + 5 * MINUTE, new=NEW, old=OLD)
    assert second == Stretch(step=1, since=NOON + 6 * MINUTE, until=NOON + 7 * MINUTE, new=NEW, old=OLD)


def stepped(state: State = State.SUCCEEDED, **more: Any) -> Deploy:
    """A canary of which two steps were measured."""
    steps = [
        Stretch(step=step, since=NOON + begin * MINUTE, until=NOON + end * MINUTE, new=NEW, old=OLD)
        for step, begin, end in ((0, 3, 5), (1, 6, 9))
    ]
    return planned(state, measured={STEPS: [one.model_dump(mode="json") for one in steps]}, **more)


def asked(deploy: Deploy, strategy: Strategy | None = CANARY, named: str = "") -> list[tuple[Gate, int | None]]:
    return [(gate, stretch.step) for gate, stretch in questions(deploy, strategy, GATES, TEN, named)]


def test_each_strategy_asks_its_own_gates_of_its_own_steps() -> None:
    assert asked(stepped()) == [(BESIDE, 0), (BESIDE, 1), (STRICT, None)]
    assert asked(stepped(State.ROLLED_BACK)) == [(BESIDE, 0), (BESIDE, 1)], "it was never the whole"
    assert asked(planned(State.SUCCEEDED, "rolling"), STRATEGIES["rolling"]) == [(STRICT, None)]
    assert asked(planned(State.SUCCEEDED, "recreate"), STRATEGIES["recreate"]) == []
    shorter = CANARY.model_copy(update={"steps": CANARY.steps[:1], "watch": None})
    assert asked(stepped(), shorter) == [(BESIDE, 0)], "that is what is asked today"
    assert asked(stepped(), None) == []


def test_a_named_gate_is_asked_everywhere_by_its_limits_where_nothing_stands_beside() -> None:
    limits = BESIDE.model_copy(update={"compare": ()})
    assert asked(stepped(), named="standard") == [(BESIDE, 0), (BESIDE, 1), (limits, None)]
    assert asked(stepped(), named="comparing") == [(COMPARING, 0), (COMPARING, 1)]
    assert asked(planned(State.ROLLED_BACK, "rolling"), named="after") == [(STRICT, None)]
    assert asked(planned(State.SUCCEEDED), named="none") == []


@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({}, 580 / 60),  # good at 12:25, whole at 12:15:20
        ({"ended_at": NOON + timedelta(days=3)}, 10.0),
        ({"back_at": NOON + timedelta(minutes=17, seconds=20)}, 2.0),
        ({"whole_at": None}, 24.0),  # from its start
    ],
)
def test_the_whole_is_looked_at_until_it_went_back_or_was_watched(changes: dict[str, Any], minutes: float) -> None:
    deploy = planned(State.SUCCEEDED, "rolling", **changes)
    [(_, stretch)] = questions(deploy, STRATEGIES["rolling"], GATES, TEN, "after")
    assert stretch.until - stretch.since == timedelta(minutes=minutes)


def test_what_has_no_length_is_not_asked_about() -> None:
    assert questions(planned(State.SUCCEEDED, "rolling", ended_at=NOON), None, GATES, TEN, "after") == []


# Gates


def errors(*shares: float | None) -> Mapping[str, Any]:
    return {"errors": seen(shares), "requests": seen([None if one is None else 50.0 for one in shares])}


def test_a_gate_stops_at_its_first_look_after_it_was_bad_for_long() -> None:
    bad = [0.0] * 15 + [0.5] * 20 + [0.0] * 65
    answer = played(STRICT, SIGNALS, evidence(samples=100, **errors(*bad)))
    assert answer.said == Said.STOPPED
    assert answer.at
    assert timedelta(seconds=21 * RESOLUTION) <= answer.at - SINCE <= timedelta(seconds=29 * RESOLUTION)


def test_a_gate_passes_what_was_good_and_can_not_decide_about_too_little() -> None:
    assert played(STRICT, SIGNALS, evidence(samples=40, **errors(*[0.01] * 40))).said == Said.PASSED
    assert played(STRICT, SIGNALS, evidence(samples=4, **errors(*[0.01] * 4))).said == Said.UNDECIDED
    few = STRICT.model_copy(update={"min_requests": 100_000})
    assert played(few, SIGNALS, evidence(samples=40, **errors(*[0.01] * 40))).said == Said.UNDECIDED


def test_metrics_that_are_gone_are_no_verdict() -> None:
    gone = played(STRICT, SIGNALS, evidence(samples=40, **errors()))
    assert (gone.said, gone.why) == (Said.NO_DATA, "the metrics of that time are not there")
    away, there = seen([], error="Prometheus: HTTP 503"), seen([1.0] * 40)
    answer = played(STRICT, SIGNALS, evidence(samples=40, failed=1, errors=away, requests=there))
    assert answer == Answer(Said.NO_DATA, why="Prometheus: HTTP 503")


@given(st.lists(st.none() | st.floats(0, 1), max_size=60))
def test_a_replay_stops_exactly_what_a_look_at_all_of_it_fails(shares: list[float | None]) -> None:
    """By limits alone a later look sees all that an earlier one saw."""
    found = evidence(samples=60, **errors(*shares))
    answer, last = played(STRICT, SIGNALS, found), judge(STRICT, SIGNALS, found)
    if any(share is not None for share in shares):
        if last.outcome == Outcome.FAIL:
            assert answer.said == Said.STOPPED
        elif answer.said == Said.STOPPED:
            assert answer.at
            assert answer.at < found.at
        else:
            assert answer.said == (Said.PASSED if last.outcome == Outcome.PASS else Said.UNDECIDED)
    else:
        assert answer.said == Said.NO_DATA


def test_a_deploy_is_stopped_where_it_is_first_and_passes_only_as_a_whole() -> None:
    first, later = Answer(Said.STOPPED, NOON), Answer(Said.STOPPED, NOON + MINUTE)
    good, silent, unclear = Answer(Said.PASSED), Answer(Said.NO_DATA), Answer(Said.UNDECIDED)
    assert together([good, first, later]) is first
    assert together([good, silent, unclear]) is silent
    assert together([good, unclear]) is unclear
    assert together([good, good]) is good
    assert together([]).said == Said.NOT_ASKED


# Policy

FRIDAYS = Calendar.model_validate(  # NOON is a Friday
    {
        "freezes": [{"name": "weekend", "from": "fri 12:00", "until": "mon 08:00", "environments": ["production"]}],
        "windows": [{"name": "night", "from": "thu 22:00", "for": "4h"}],
    }
)
PROVEN = Policy.model_validate({"proven_in": {"environment": "staging", "for": "1h"}})


@pytest.mark.parametrize(
    ("good_since", "stops"),
    [
        ([], True),
        ([NOON - timedelta(hours=2)], False),
        ([NOON - 30 * MINUTE], True),  # not for an hour yet
        ([NOON + timedelta(hours=1)], True),  # later: nobody knew it then
        ([NOON + timedelta(hours=1), NOON - timedelta(days=3)], False),
    ],
)
def test_proof_is_what_was_known_when_it_began(good_since: Sequence[datetime], stops: bool) -> None:
    assert bool(lacking(planned(State.SUCCEEDED), PROVEN, good_since, Calendar())) is stops


def test_freezes_windows_and_digests_of_today_are_held_against_that_moment() -> None:
    deploy = planned(State.SUCCEEDED)
    everything = Policy(only_in_windows=True, digest=True)
    assert lacking(deploy, Policy(), [], Calendar()) == ()
    assert lacking(deploy, everything, [], FRIDAYS) == ("outside of the maintenance windows", "frozen: weekend")
    before = planned(State.SUCCEEDED, started_at=NOON - timedelta(hours=13), plan={"digest": ""})
    assert lacking(before, everything, [], FRIDAYS) == ("no digest was known",)
    emergency = planned(State.SUCCEEDED, emergency="checkout is down")
    assert lacking(emergency, everything, [], FRIDAYS) == ()


# Approvals


def vote(person: str, deploy: Deploy, answer: Yes = Yes.APPROVE) -> Vote:
    return Vote(subject="deploy:41", plan=deploy.plan, person=person, name=person, answer=answer, at=NOON)


def test_the_votes_of_then_are_counted_by_the_quorum_of_today() -> None:
    deploy = planned(State.SUCCEEDED)
    one, two = [vote("U1", deploy)], [vote("U1", deploy), vote("U2", deploy)]
    facts = {"U1": Voter(id="U1", roles=frozenset({"approver"})), "U2": Voter(id="U2")}

    def lacks(votes: Sequence[Vote], quorum: Quorum, *authors: str, policy: Policy = Policy()) -> tuple[str, ...]:  # noqa: B008
        return waiting(deploy, quorum, policy, votes, facts, lambda person: person in authors)

    assert lacks(one, Quorum(count=1)) == ()
    assert lacks(one, Quorum(count=2)) == ("1 more",)
    assert lacks(two, Quorum(count=2, roles=("security",))) == ("somebody with the role security",)
    assert lacks(two, Quorum(count=2), "U2") == (), "co-authors count where nobody minds"
    assert lacks(two, Quorum(count=2, no_coauthors=True), "U2") == ("1 more",)
    assert lacks(one, Quorum(count=1), policy=Policy(checklist=("dashboard", "migration"))) == ("2 of the checklist",)
    deploy.ticked = [Tick(item="dashboard", person="U1", name="x", at=NOON).model_dump(mode="json")]
    assert lacks(one, Quorum(count=1), policy=Policy(checklist=("dashboard", "migration"))) == ("1 of the checklist",)
    deploy.emergency = "checkout is down"
    assert lacks([], Quorum(count=2)) == ()


# What people read


def failing(at: datetime) -> Answer:
    return Answer(Said.STOPPED, at, Verdict(outcome=Outcome.FAIL, at=at))


def month() -> list[Case]:
    """41 deploys: a bad one stopped in time, a good one stopped for nothing, one that the gate missed, five that lack
    approvals, and those that nobody can judge."""
    good = planned(State.SUCCEEDED)
    bad = planned(State.ROLLED_BACK, id=42)
    fine = [Case(planned(State.SUCCEEDED, id=100 + number), Truth.GOOD, Answer(Said.PASSED)) for number in range(30)]
    silent = Answer(Said.NO_DATA, why="the metrics of that time are not there")
    return [
        Case(bad, Truth.BAD, failing(NOON + 2 * MINUTE), (), ("1 more",)),
        Case(good, Truth.GOOD, failing(NOON + 20 * MINUTE)),
        Case(planned(State.ROLLED_BACK, id=43), Truth.BAD, Answer(Said.PASSED)),
        Case(planned(State.SUCCEEDED, id=44), Truth.UNKNOWN, Answer(Said.UNDECIDED), ("frozen: week <end>",)),
        *(Case(planned(State.SUCCEEDED, id=50 + number), Truth.GOOD, silent, (), None) for number in range(5)),
        *(Case(sample(State.FAILED, id=60 + number), Truth.BAD, Answer(Said.NOT_ASKED)) for number in range(2)),
        *fine,
    ]


def test_people_read_how_many_rightly_and_how_many_falsely() -> None:
    said = replayed(month(), 30, LINKS, "standard").text
    for line in (
        "*Today's rules would have stopped 3 of 41 deploys* of the last 30 days, 1 rightly, 1 falsely, 1 unclear",
        "*The gate `standard`* would have stopped 2 of the 34 that can be judged, 1 rightly, 1 falsely.",
        "#42 api `v1.2` in production (rolled back): failed — rightly",
        "|#41> api `v1.2` in production: failed — *falsely:* it became known good",
        "*Missed:* 1 that went wrong later or for another reason: #43",
        "1 of those stopped rightly would have been turned back sooner, by 4 min.",
        "1 would have waited for a person",
        "5 can't be judged: the metrics of that time are not there.",
        "Of 2 no gate would have been asked.",
        "*The policy* would have stopped 1",
        "#44 api `v1.2` in production: frozen: week &lt;end&gt;",
        "*The quorum* would have asked more people about 1.",
        "#42 api `v1.2` in production (rolled back): 1 more",
        "so 5 are not counted",
    ):
        assert line in said


def test_where_there_is_nothing_to_replay_that_is_said() -> None:
    assert "nothing to replay" in replayed([], 7, {}).text
    assert working(1, 7).text.startswith("Working through 1 deploy of")


CASES = st.builds(
    Case,
    st.sampled_from(month()).map(lambda case: case.deploy),
    st.sampled_from(Truth),
    st.sampled_from(Said).map(lambda said: failing(NOON) if said == Said.STOPPED else Answer(said, why="<!channel>")),
    st.lists(st.text(max_size=300), max_size=3).map(tuple),
    st.none() | st.lists(st.text(max_size=30), max_size=3).map(tuple),
)


@given(st.lists(CASES, max_size=200))
def test_the_message_can_be_sent_whatever_it_is_about(cases: list[Case]) -> None:
    said: Message = replayed(cases, 30, LINKS, left_out=True)
    assert problems({"blocks": said.blocks}, "message") == []
    assert "<!channel>" not in said.text
