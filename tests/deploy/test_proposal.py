"""What people approve: one hash for one thing that would be done, and words for what has changed since."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deploy.model import State
from bot.deploy.proposal import Proposal
from bot.deploy.strategy import Strategy
from bot.metrics.model import Gate, Limit
from bot.policy import Migration, Policy, Proven, Quorum
from bot.values import Change, Check, Commit, Comparison, StrategyKind
from docs.sample_rows import COMPARISON, MIGRATION, STRATEGIES, planned

PLAN = planned(State.WAITING).how
OTHER = {
    "digest": "sha256:" + "0" * 64,
    "live": "5 registry.example.com/shop/api:v1.1",
    "strategy": STRATEGIES["rolling"],
    "gates": {"after": Gate(limits=(Limit(signal="errors", above=0.05),))},
    "quorum": Quorum(count=2),
    "policy": Policy(checklist=("Dashboards",)),
    "migration": MIGRATION,
    "window": "from 2026-11-20 22:00 UTC",
    "watch": 601.0,
    "difference": ("containers[api].env: added LOG_LEVEL",),
}
FOR_READING = {
    "comparison": None,
    "unknown": "the forge is away",
    "rehearsal": (Check(name="image", passed=False, text="v1.1 is gone"),),
    "rollback": 700.0,
}
WORDS = {
    "digest": "the image behind the version",
    "live": "what runs there",
    "strategy": "the strategy",
    "gates": "what the gates ask",
    "quorum": "who must approve",
    "policy": "the policy",
    "migration": "the migration",
    "window": "when it may start",
    "watch": "how long it is watched",
    "difference": "what would be altered",
}


def changed(**values: Any) -> Proposal:
    return PLAN.model_copy(update=values)


def test_every_part_of_a_plan_is_bound_or_for_reading() -> None:
    assert {*OTHER, *FOR_READING, "version"} == set(Proposal.model_fields)


@pytest.mark.parametrize("part", OTHER)
def test_what_is_bound_changes_the_hash_and_is_named(part: str) -> None:
    now = changed(**{part: OTHER[part]})
    assert now.hash != PLAN.hash
    [line] = PLAN.drift(now)
    assert line.startswith(f"{WORDS[part]}: ")


@pytest.mark.parametrize("part", FOR_READING)
def test_what_is_for_reading_keeps_what_was_approved(part: str) -> None:
    now = changed(**{part: FOR_READING[part]})
    assert now.hash == PLAN.hash
    assert PLAN.drift(now) == []


def test_another_version_is_another_plan() -> None:
    assert changed(version="v1.3").hash != PLAN.hash


@pytest.mark.parametrize(
    "strategy",
    [
        STRATEGIES["canary"].model_copy(update={"watch": None}),
        STRATEGIES["canary"].model_copy(update={"warm": timedelta(minutes=1)}),
        STRATEGIES["canary"].model_copy(update={"steps": STRATEGIES["canary"].steps[:2]}),
    ],
)
def test_the_smallest_change_of_a_strategy_counts(strategy: Strategy) -> None:
    assert changed(strategy=strategy).hash != PLAN.hash


def test_words_say_from_what_to_what_where_people_can_read_it() -> None:
    was, now = changed(window=""), changed(window="in the next maintenance window", difference=())
    assert was.drift(now) == [
        "when it may start: none → in the next maintenance window",
        f"what would be altered: {'; '.join(PLAN.difference)} → nothing",
    ]


TEXTS = st.text(max_size=20)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "digest": TEXTS,
        "live": TEXTS,
        "strategy": st.sampled_from(list(STRATEGIES.values())),
        "gates": st.dictionaries(st.sampled_from(["a", "b"]), st.just(OTHER["gates"]["after"])),  # type: ignore[index]
        "quorum": st.builds(Quorum, count=st.integers(0, 3)),
        "policy": st.builds(Policy, proven_in=st.sampled_from([None, Proven(environment="staging")])),
        "migration": st.sampled_from([None, Migration(up=("a",)), Migration(up=("a",), reversible=True)]),
        "window": TEXTS,
        "watch": st.floats(0, 1e6),
        "difference": st.lists(TEXTS, max_size=2).map(tuple),
        "comparison": st.sampled_from([None, COMPARISON, Comparison(url="", total=1, commits=())]),
        "unknown": TEXTS,
        "rollback": st.none() | st.floats(0, 1e6),
    },
)


@given(VALUES, VALUES)
def test_the_hash_is_the_same_exactly_where_nothing_that_counts_has_changed(
    one: dict[str, Any], two: dict[str, Any]
) -> None:
    was, now = changed(**one), changed(**two)
    assert (was.hash == now.hash) == (not was.drift(now))
    assert [line.split(":")[0] for line in was.drift(now)] == [line.split(":")[0] for line in now.drift(was)]


@given(VALUES)
def test_a_plan_comes_back_from_the_database_as_it_went_in(values: dict[str, Any]) -> None:
    plan = changed(**values)
    back = Proposal.model_validate_json(plan.model_dump_json())
    assert back == plan
    assert back.hash == plan.hash
    assert Proposal.model_validate(plan.model_dump(mode="json")).drift(plan) == []


def test_a_long_list_of_commits_does_not_change_what_is_approved() -> None:
    commits = tuple(Commit(sha=f"{number:040x}", title="x", author="y") for number in range(100))
    assert changed(comparison=Comparison(url="", total=100, commits=commits)).hash == PLAN.hash


def test_a_plan_asks_the_target_for_the_image_that_was_approved() -> None:
    assert PLAN.change(5) == Change(version="v1.2", digest=PLAN.digest, strategy=StrategyKind.CANARY, weight=5)
    assert PLAN.change().weight == 100
    assert PLAN.gate(None) is None
    assert changed(gates=OTHER["gates"]).gate("after") is not None
