"""The pure rules of strategies: how many replicas, which move next, what a route says, what differs."""

import itertools
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.targets._kubernetes.config import needed
from integrations.targets._kubernetes.difference import altered
from integrations.targets._kubernetes.goal import Goal, goal_of
from integrations.targets._kubernetes.moves import Lost, Remove, Scale, Seen, Wait, Weigh, away, copies, towards
from integrations.targets._kubernetes.quantity import extra_replicas, quantity, resolved, short_of
from integrations.targets._kubernetes.ratio import behind_route, beside
from integrations.targets._kubernetes.route import Ends, accepted, others, refused, weight, weighted, weights
from integrations.targets._kubernetes.shares import pods_of, share

Json = dict[str, Any]
ENDS = Ends("pay", "pay-canary")


@pytest.mark.parametrize(
    ("stable", "asked", "count", "really"),
    [
        (2, 5, 1, 33.3),
        (3, 5, 1, 25.0),
        (5, 5, 1, 16.7),
        (10, 5, 1, 9.1),
        (10, 25, 3, 23.1),
        (3, 50, 3, 50.0),
        (1, 1, 1, 50.0),
        (10, 90, 10, 50.0),
        (3, 0, 0, 0.0),
    ],
)
def test_a_copy_by_replicas_comes_as_near_as_it_can(stable: int, asked: int, count: int, really: float) -> None:
    assert (beside(stable, asked), share(count, stable)) == (count, really)


@given(st.integers(1, 500), st.integers(1, 99))
def test_no_other_number_of_replicas_is_nearer(stable: int, asked: int) -> None:
    count = beside(stable, asked)
    assert 1 <= count <= stable

    def off(replicas: int) -> float:
        return abs(100 * replicas / (replicas + stable) - asked)

    assert all(off(count) <= off(other) + 1e-9 for other in range(1, stable + 1))


@given(st.integers(1, 500), st.integers(0, 99))
def test_behind_a_route_the_copy_carries_its_part_of_the_load(stable: int, asked: int) -> None:
    count = behind_route(stable, asked)
    assert count >= 1
    assert count * 100 >= stable * asked
    assert count == 1 or (count - 1) * 100 < stable * asked


SEEN = st.builds(
    Seen,
    stable=st.integers(1, 30),
    enough=st.booleans(),
    copy=st.none() | st.integers(0, 40),
    pods=st.integers(0, 40),
    up=st.booleans(),
    weight=st.none() | st.integers(0, 100),
    accepted=st.booleans(),
    refused=st.just(""),
)


def done(seen: Seen, move: object) -> Seen:
    """What a cluster makes of a move: a gateway that accepts, pods that become ready, or go."""
    if isinstance(move, Scale):
        return seen._replace(copy=move.replicas, pods=move.replicas, up=True)
    if isinstance(move, Weigh):
        return seen._replace(weight=move.weight, accepted=True)
    if isinstance(move, Remove):
        return seen._replace(copy=None, pods=0)
    settled = seen._replace(accepted=True, enough=True, up=True, pods=seen.copy or 0)
    return settled


@given(SEEN, st.integers(0, 99))
def test_every_state_leads_to_the_weight_and_traffic_never_comes_before_pods(seen: Seen, asked: int) -> None:
    for _ in range(12):
        move = towards(seen, asked)
        if move is None or isinstance(move, Lost):
            break
        if isinstance(move, Weigh) and seen.weight is not None and move.weight > seen.weight:
            assert seen.up
            assert seen.copy is not None
            assert seen.copy >= copies(seen, asked)
        if isinstance(move, Scale) and seen.copy is not None and move.replicas < seen.copy:
            assert seen.weight is None or seen.weight <= asked
        seen = done(seen, move)
    else:
        raise AssertionError(f"never reached: {seen}")
    if seen.copy is not None:
        assert seen.copy == copies(seen, asked)
        assert seen.weight in (None, asked)


@given(SEEN)
def test_every_state_leads_to_no_copy_and_traffic_leaves_first(seen: Seen) -> None:
    for _ in range(12):
        move = away(seen)
        if move is None:
            break
        if isinstance(move, Scale | Remove):
            assert not seen.weight
            assert seen.accepted
        if isinstance(move, Scale) and seen.copy:
            assert seen.enough
        if isinstance(move, Remove):
            assert (seen.copy, seen.pods) == (0, 0)
        seen = done(seen, move)
    assert away(seen) is None
    assert seen.copy is None


def test_a_goal_that_a_hand_has_spoilt_is_that_the_copy_goes() -> None:
    def main(note: str) -> Json:
        return {"metadata": {"annotations": {"quarterdeck.dev/goal": note}}}

    goal = Goal(deploy="d1", image="a:2", weight=5, base=1)
    assert goal_of(main(goal.model_dump_json())) == goal
    for spoilt in ("", "5 %", "{}", '{"deploy": "d1", "more": 1}'):
        found = goal_of(main(spoilt))
        assert found is not None
        assert found.leave
    assert goal_of({"metadata": {}}) is None


def test_a_copy_that_waits_says_for_what() -> None:
    here = Seen(stable=3, enough=True, copy=1, pods=1)
    assert towards(here, 5) == Wait("Waiting for the canary's replicas.")
    assert towards(here._replace(up=True, accepted=False, weight=5), 5) == Wait(
        "Waiting for the gateway to take up the weights."
    )
    assert isinstance(away(here._replace(enough=False)), Wait)


def test_a_gateway_that_refuses_ends_the_way_up_and_is_waited_for_on_the_way_down() -> None:
    here = Seen(stable=3, enough=True, copy=1, pods=1, up=True, weight=5, refused="no such Service")
    assert towards(here, 5) == Lost("no such Service")
    assert towards(here._replace(accepted=False), 5) == Lost("no such Service")
    assert towards(here._replace(weight=0), 5) == Weigh(5)  # it may only not have heard of a new Service
    assert away(here._replace(weight=0, accepted=False)) == Wait("no such Service")


def route(*rules: Mapping[str, int | None], generation: int = 2, seen: int = 2, **status: str) -> Json:
    listed = [
        {
            "backendRefs": [
                {"name": name, "port": 80} | ({} if part is None else {"weight": part}) for name, part in rule.items()
            ]
        }
        for rule in rules
    ]
    conditions = [
        {"type": kind, "status": value, "observedGeneration": seen, "reason": "Why", "message": "so"}
        for kind, value in status.items()
    ]
    parents = [{"conditions": conditions}] if status else []
    return {"metadata": {"generation": generation}, "spec": {"rules": listed}, "status": {"parents": parents}}


def test_a_route_s_weights_are_read_and_written_for_every_rule_of_the_service() -> None:
    one = route({"pay": None}, {"pay": 3, "pay-canary": 1}, {"other": 1})
    assert weights(one, ENDS) == [0, 25]
    assert weight(one, ENDS, 50) == 0  # the one that is farthest behind
    assert weight(one, ENDS, 10) == 25  # too much comes before too little
    rules = weighted(one, ENDS, 10)
    assert [[(ref["name"], ref.get("weight")) for ref in rule["backendRefs"]] for rule in rules] == [
        [("pay", 90), ("pay-canary", 10)],
        [("pay", 90), ("pay-canary", 10)],
        [("other", 1)],
    ]
    assert rules[0]["backendRefs"][1]["port"] == 80
    assert others(one, ENDS) == []
    assert others(route({"pay": 1, "old": 1}, {"x": 1}), ENDS) == ["old"]
    assert others(route({"pay": 1, "old": 0}), ENDS) == []


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=1, max_size=4), st.integers(0, 100))
def test_written_weights_are_never_all_zero_and_read_as_written(parts: list[tuple[int, int]], asked: int) -> None:
    one = route(*({"pay": main, "pay-canary": canary} for main, canary in parts))
    rules = weighted(one, ENDS, asked)
    assert all(sum(ref["weight"] for ref in rule["backendRefs"]) == 100 for rule in rules)
    assert set(weights({"spec": {"rules": rules}}, ENDS)) == {asked}


@pytest.mark.parametrize(
    ("given_route", "taken", "why"),
    [
        (route({"pay": 1}), False, ""),  # no gateway has said anything
        (route({"pay": 1}, Accepted="True"), True, ""),
        (route({"pay": 1}, Accepted="True", seen=1), False, ""),
        (route({"pay": 1}, Accepted="False"), False, "The gateway does not take the route: Why: so"),
        (route({"pay": 1}, Accepted="False", seen=1), False, ""),
        (
            route({"pay": 1}, Accepted="True", ResolvedRefs="False"),
            True,
            "The gateway does not take the route: Why: so",
        ),
    ],
)
def test_a_route_is_taken_up_when_each_gateway_has_accepted_this_generation(
    given_route: Json, taken: bool, why: str
) -> None:
    assert (accepted(given_route), refused(given_route)) == (taken, why)


def test_pods_are_told_apart_by_their_names() -> None:
    sets = [
        {"metadata": {"name": "api-7d9f"}, "status": {"replicas": 1}},
        {"metadata": {"name": "api-5c.x"}, "status": {"replicas": 2}},
        {"metadata": {"name": "api-old"}, "status": {"replicas": 0}},
    ]
    assert pods_of(sets) == {"pod": "api-5c[.]x-[a-z0-9]{5}|api-7d9f-[a-z0-9]{5}"}
    assert pods_of([]) == {}
    long = {"metadata": {"name": "x" * 62}, "status": {"replicas": 1}}
    assert pods_of([long]) == {"pod": "x" * 58 + "[a-z0-9]{5}"}


@pytest.mark.parametrize(
    ("text", "number"),
    [("100m", "0.1"), ("2", "2"), ("1.5Gi", "1610612736"), ("1k", "1000"), ("1e3", "1000"), ("128974848", "128974848")],
)
def test_quantities_are_numbers(text: str, number: str) -> None:
    assert quantity(text) == Decimal(number)


def test_what_is_no_quantity_is_no_number() -> None:
    for text in ("", "much", "1Zi", "1 Gi"):
        with pytest.raises(ValueError, match="no quantity"):
            quantity(text)


def deployment(replicas: int, surge: Any = "25%", unavailable: Any = "25%", **resources: Any) -> Json:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    pods = {"spec": {"containers": [{"name": "api", "image": "a:1", "resources": resources}]}}
    return {"spec": {"replicas": replicas, "strategy": strategy, "template": pods}}


def test_a_rolling_update_needs_room_only_where_none_may_be_missing() -> None:
    assert [extra_replicas(deployment(count)) for count in (1, 3, 4, 10)] == [1, 1, 0, 0]
    assert extra_replicas(deployment(3, 2, 1)) == 0
    assert extra_replicas({"spec": {"replicas": 3, "strategy": {"type": "Recreate"}}}) == 0
    assert [resolved("25%", 3, up=up) for up in (True, False)] == [1, 0]


def test_a_quota_counts_pods_and_what_they_ask_for() -> None:
    hard = {"pods": "10", "requests.cpu": "1", "limits.memory": "1Gi", "services": "0"}
    used = {"pods": "4", "requests.cpu": "700m", "limits.memory": "512Mi"}
    quota = {"metadata": {"name": "all"}, "status": {"hard": hard, "used": used}}
    one = deployment(3, requests={"cpu": "200m"}, limits={"memory": "256Mi"})
    assert list(short_of([quota], one, 1)) == []
    assert list(short_of([quota], one, 2)) == ["quota all: 700m of 1 requests.cpu are used"]
    assert len(list(short_of([quota], one, 7))) == 3


def test_a_difference_names_what_is_altered_and_nothing_else() -> None:
    before = deployment(3)
    after = deployment(4)
    assert altered(before, after) == []
    container = {"name": "api", "image": "a:2", "resources": {}, "env": [{"name": "MODE", "value": "x"}]}
    after["spec"]["template"] = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [container]}}
    assert altered(before, after) == [
        "containers[api].env: none → [{'name': 'MODE', 'value': 'x'}]",
        "containers[api].image: a:1 → a:2",
        "labels: none → {'a': 'b'}",
    ]


def test_what_pods_are_configured_by_is_found_wherever_it_stands() -> None:
    env = [
        {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s1", "key": "k"}}},
        {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "c1", "key": "k", "optional": True}}},
        {"name": "C", "value": "x"},
    ]
    spec = {
        "containers": [{"name": "api", "env": env, "envFrom": [{"configMapRef": {"name": "c2"}}]}],
        "initContainers": [{"name": "init", "envFrom": [{"secretRef": {"name": "s2"}}]}],
        "volumes": [
            {"name": "v", "secret": {"secretName": "s3"}},
            {"name": "w", "projected": {"sources": [{"configMap": {"name": "c3"}}, {"serviceAccountToken": {}}]}},
            {"name": "x", "emptyDir": {}},
        ],
    }
    assert needed({"spec": spec}) == [
        ("ConfigMap", "c2"),
        ("ConfigMap", "c3"),
        ("Secret", "s1"),
        ("Secret", "s2"),
        ("Secret", "s3"),
    ]


def test_every_kind_of_move_is_met() -> None:
    """Or the walks above prove less than they seem to."""
    kinds = set()
    for stable, enough, copy, weight_, up in itertools.product(
        (2, 9), (True, False), (None, 0, 5), (None, 40), (True,)
    ):
        seen = Seen(stable, enough, copy, copy or 0, up, weight_)
        kinds |= {type(towards(seen, 20)), type(away(seen))}
    assert kinds >= {Lost, Remove, Scale, Wait, Weigh}
