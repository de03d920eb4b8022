"""Who gets a Service's load, by rule: no request is lost or doubled, whatever the weights and whoever is ready."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.cluster.api.kinds import ENDPOINT_SLICE, HTTP_ROUTE, POD, Object
from playground.cluster.api.store import Change, Store
from playground.cluster.traffic.routing import Router, version_of

SERVICES = ("pay", "pay-canary", "pay-old")


def router(ready: dict[str, int], weights: dict[str, int], generation: int = 1, observed: int = 1) -> Router:
    """A router that has seen so many ready pods behind each Service, and a route with these weights."""
    store = Store()
    found = Router(store)
    for service, count in ready.items():
        for number in range(count):
            pod = {"containers": [{"name": "pay", "image": f"shop/pay:{service}"}]}
            store.put(POD, {"metadata": {"namespace": "shop", "name": f"{service}-{number}"}, "spec": pod})
        references = [{"namespace": "shop", "name": f"{service}-{number}"} for number in range(count)]
        endpoints = [{"conditions": {"ready": True}, "targetRef": one} for one in references]
        labels = {"kubernetes.io/service-name": service}
        thing = {"metadata": {"namespace": "shop", "name": f"{service}-x", "labels": labels}, "endpoints": endpoints}
        assert found.see(Change("ADDED", ENDPOINT_SLICE, thing, None))
    if weights:
        assert found.see(Change("ADDED", HTTP_ROUTE, route(weights, generation, observed), None))
    return found


def route(weights: dict[str, int], generation: int = 1, observed: int = 1) -> Object:
    backends = [{"name": name, "weight": weight} for name, weight in weights.items()]
    condition = {"type": "Accepted", "status": "True", "observedGeneration": observed}
    return {
        "metadata": {"namespace": "shop", "name": "paying", "generation": generation},
        "spec": {"rules": [{"backendRefs": backends}]},
        "status": {"parents": [{"conditions": [condition]}]},
    }


COUNTS = st.dictionaries(st.sampled_from(SERVICES), st.integers(0, 5))
WEIGHTS = st.lists(st.integers(0, 1_000), min_size=3, max_size=3).map(
    lambda found: dict(zip(SERVICES, found, strict=True))
)


@given(COUNTS, WEIGHTS)
def test_each_service_gets_its_weight_and_each_of_its_pods_as_much(
    ready: dict[str, int], weights: dict[str, int]
) -> None:
    shares = router(ready, weights).shares(("shop", "pay"))
    total = sum(weights.values())
    assert len(shares) == sum(ready.values())
    for service in SERVICES:
        mine = [share for backend, share in shares.items() if backend.version == service]
        assert len(set(mine)) <= 1
        assert sum(mine) == pytest.approx(weights[service] / total if total and mine else 0.0)
    assert all(backend.service == "pay" for backend in shares)


@given(st.integers(1, 20))
def test_without_a_route_all_goes_to_the_service_itself(count: int) -> None:
    shares = router({"pay": count, "pay-canary": 2}, {}).shares(("shop", "pay"))
    assert len(shares) == count
    assert sum(shares.values()) == pytest.approx(1)


def test_a_load_may_be_named_after_the_route_or_its_first_service_and_no_other() -> None:
    found = router({"pay": 1, "pay-canary": 1}, {"pay": 3, "pay-canary": 1})
    assert found.split(("shop", "pay")) == found.split(("shop", "paying"))
    assert found.split(("shop", "pay-canary")) == [(("shop", "pay-canary"), 1)]
    assert found.split(("elsewhere", "pay")) == [(("elsewhere", "pay"), 1)]


def test_a_route_that_is_not_taken_yet_leaves_things_as_they_are() -> None:
    found = router({"pay": 1}, {"pay": 1, "pay-canary": 0})
    found.see(Change("MODIFIED", HTTP_ROUTE, route({"pay": 0, "pay-canary": 1}, 2, 1), None))
    assert found.split(("shop", "pay"))[0] == (("shop", "pay"), 1)
    found.see(Change("MODIFIED", HTTP_ROUTE, route({"pay": 0, "pay-canary": 1}, 2, 2), None))
    assert found.split(("shop", "pay"))[0] == (("shop", "pay"), 0)


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("shop/api:v1.2", "v1.2"),
        ("localhost:5000/shop/api:v1.2@sha256:abc", "v1.2"),
        ("shop/api@sha256:abc", "sha256:abc"),
        ("shop/api", "latest"),
    ],
)
def test_a_version_is_a_tag_or_else_a_digest(image: str, version: str) -> None:
    proxy = {"name": "proxy", "image": "shop/proxy:v7"}
    assert version_of({"spec": {"containers": [proxy, {"name": "api", "image": image}]}}, "api") == version
    assert version_of({"spec": {"containers": [{"name": "main", "image": image}, proxy]}}, "api") == version
