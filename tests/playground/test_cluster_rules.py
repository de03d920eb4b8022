"""The pure parts of the playground's cluster: how large ReplicaSets may be, merges, selectors, time."""

import asyncio
from datetime import timedelta

import pytest

from playground.cluster.api.errors import ApiError
from playground.cluster.api.kinds import Object
from playground.cluster.api.patches import json_patch, merge_patch
from playground.cluster.api.selectors import label_filter, selector_text, selects
from playground.cluster.api.strategic import strategic_merge
from playground.cluster.clock import Clock
from playground.cluster.controllers.fates import Fate, fate_of
from playground.cluster.controllers.rolling import limits, new_size, old_sizes, proportional_sizes


def deployment(replicas: int, surge: int | str = "25%", unavailable: int | str = "25%") -> Object:
    rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
    spec = {"replicas": replicas, "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling}}
    return {"metadata": {"name": "api"}, "spec": spec, "status": {}}


def replica_set(name: str, size: int, available: int | None = None, most: int = 0) -> Object:
    annotations = {"deployment.kubernetes.io/max-replicas": str(most)} if most else {}
    metadata = {"name": name, "creationTimestamp": "2026-01-01T00:00:00Z", "annotations": annotations}
    status = {"availableReplicas": size if available is None else available}
    return {"metadata": metadata, "spec": {"replicas": size}, "status": status}


@pytest.mark.parametrize(
    ("replicas", "surge", "unavailable", "expected"),
    [
        (3, "25%", "25%", (1, 0)),
        (4, "25%", "25%", (1, 1)),
        (10, "25%", "25%", (3, 2)),
        (1, "25%", "25%", (1, 0)),
        (2, 0, "25%", (0, 1)),  # both come to nothing: one may be missing
        (3, 2, 5, (2, 3)),
        (0, "25%", "25%", (0, 0)),
    ],
)
def test_percentages_round_the_surge_up_and_the_missing_down(
    replicas: int, surge: int | str, unavailable: int | str, expected: tuple[int, int]
) -> None:
    assert limits(deployment(replicas, surge, unavailable)) == expected


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [(0, 3, 1), (1, 3, 1), (1, 2, 2), (2, 1, 3), (3, 0, 3), (5, 0, 3), (0, 5, 0)],
)
def test_the_new_one_grows_within_the_surge(new: int, old: int, expected: int) -> None:
    assert new_size(deployment(3), replica_set("new", new), [replica_set("old", old)]) == expected


def test_pods_that_do_not_serve_go_first() -> None:
    old = [replica_set("older", 2, available=0), replica_set("serving", 3)]
    assert old_sizes(deployment(3), replica_set("new", 0), old) == {"older": 0, "serving": 3}


def test_serving_pods_go_only_as_new_ones_come() -> None:
    old = [replica_set("old", 3)]
    assert old_sizes(deployment(3), replica_set("new", 1, available=0), old) == {"old": 3}
    assert old_sizes(deployment(3), replica_set("new", 1), old) == {"old": 2}


def test_scaling_in_the_middle_of_a_rollout_keeps_the_shares() -> None:
    active = [replica_set("old", 8, most=13), replica_set("new", 5, most=13)]
    assert proportional_sizes(deployment(15, surge=3), active) == {"old": 11, "new": 7}
    assert proportional_sizes(deployment(0), active) == {"old": 0, "new": 0}


@pytest.mark.parametrize(
    ("image", "fate"),
    [
        ("registry.example.com/shop/api:v1.2", Fate.READY),
        ("registry.example.com/shop/api:v1.3-bad", Fate.MISSING),
        ("registry.example.com/shop/api:missing", Fate.MISSING),
        ("registry.example.com/shop/api:v2-crash", Fate.CRASH),
        ("registry.example.com/shop/api:v2-notready", Fate.NOT_READY),
        ("registry.example.com/shop/api:v2-slow", Fate.SLOW),
        ("registry.example.com/shop/api:v2-configerror", Fate.MISCONFIGURED),
        ("registry.example.com/badger/crash-slow:v2", Fate.READY),
        ("registry.example.com:5000/bad/api", Fate.READY),
        ("registry.example.com/api@sha256:bad0", Fate.READY),
    ],
)
def test_the_tag_alone_decides_how_a_container_fares(image: str, fate: Fate) -> None:
    assert fate_of(image) is fate


@pytest.mark.parametrize(
    ("target", "patch", "expected"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_patches_do_as_rfc_7386_lists_in_its_examples(target: Object, patch: Object, expected: Object) -> None:
    assert merge_patch(target, patch) == expected


@pytest.mark.parametrize(
    ("document", "operation", "expected"),
    [
        ({"foo": "bar"}, {"op": "add", "path": "/baz", "value": "qux"}, {"foo": "bar", "baz": "qux"}),
        ({"foo": ["a", "c"]}, {"op": "add", "path": "/foo/1", "value": "b"}, {"foo": ["a", "b", "c"]}),
        ({"foo": ["a", "b"]}, {"op": "remove", "path": "/foo/0"}, {"foo": ["b"]}),
        ({"foo": [1, 2]}, {"op": "move", "from": "/foo/0", "path": "/foo/1"}, {"foo": [2, 1]}),
        ({"~1": 10, "/": 9}, {"op": "test", "path": "/~01", "value": 10}, {"~1": 10, "/": 9}),
        ({"a": 1}, {"op": "replace", "path": "", "value": {"b": 2}}, {"b": 2}),
    ],
)
def test_json_patches_do_as_rfc_6902_lists_in_its_examples(
    document: Object, operation: Object, expected: Object
) -> None:
    assert json_patch(document, [operation]) == expected


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "/a/b", "value": 1},
        {"op": "add", "path": "/list/3", "value": 1},
        {"op": "remove", "path": "/none"},
        {"op": "test", "path": "/list", "value": []},
        {"op": "leap", "path": "/list"},
        {"op": "add", "path": "list", "value": 1},
        {"path": "/list"},
        "remove",
    ],
)
def test_json_patches_that_cannot_be_done_are_refused(operation: Object) -> None:
    with pytest.raises(ApiError) as refused:
        json_patch({"list": [1]}, [operation])
    assert refused.value.code == 422


def test_a_patch_leaves_what_it_is_given_alone() -> None:
    target = {"spec": {"containers": [{"name": "a", "env": [{"name": "X", "value": "1"}]}]}}
    before = str(target)
    merged = strategic_merge(target, {"spec": {"containers": [{"name": "a", "env": [{"name": "X", "value": "2"}]}]}})
    assert merged["spec"]["containers"][0]["env"] == [{"name": "X", "value": "2"}]
    assert str(target) == before


def test_primitives_can_be_deleted_from_a_list() -> None:
    target = {"metadata": {"finalizers": ["a", "b"]}}
    assert strategic_merge(target, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}) == {
        "metadata": {"finalizers": ["b"]}
    }


@pytest.mark.parametrize(
    ("selector", "labels", "expected"),
    [
        ("a=b", {"a": "b"}, True),
        ("a==b, c != d", {"a": "b", "c": "e"}, True),
        ("a in (b, c),!d", {"a": "c"}, True),
        ("a in (b)", {"a": "c"}, False),
        ("a notin (b)", {}, True),
        ("a", {"a": ""}, True),
        ("!a", {"a": ""}, False),
        ("example.com/a=b", {"example.com/a": "b"}, True),
        ("", {}, True),
    ],
)
def test_label_selectors(selector: str, labels: dict[str, str], expected: bool) -> None:
    assert label_filter(selector)({"metadata": {"labels": labels}}) is expected


def test_selectors_in_objects() -> None:
    selector = {
        "matchLabels": {"app": "api"},
        "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["b", "a"]},
            {"key": "old", "operator": "DoesNotExist"},
        ],
    }
    assert selects(selector, {"app": "api", "tier": "a"})
    assert not selects(selector, {"app": "api", "tier": "a", "old": ""})
    assert not selects(None, {})
    assert selector_text(selector) == "app=api,tier in (a,b),!old"


async def test_the_clock_runs_as_fast_as_it_is_told_and_never_twice() -> None:
    clock, rung = Clock(scale=100), list[str]()
    clock.later(2, lambda: rung.append("second"))
    clock.later(1, lambda: rung.append("first"))
    clock.later(1, lambda: rung.append("never")).cancel()
    await asyncio.sleep(0.06)
    assert rung == ["first", "second"]
    clock.close()


async def test_skipped_time_brings_what_is_due_in_order_and_sets_the_date_forward() -> None:
    clock, rung = Clock(), list[str]()
    before = clock.now()
    clock.later(3600, lambda: rung.append("late"))

    def then() -> None:
        clock.later(60, lambda: rung.append("soon"))

    clock.later(60, then)
    clock.skip(7200)
    assert rung == ["soon", "late"]
    assert timedelta(hours=2) <= clock.now() - before < timedelta(hours=2, seconds=5)
    clock.close()
