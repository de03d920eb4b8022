"""Where the traffic of the playground's cluster goes: to ready pods, by weight where a route says so."""

import asyncio
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.playground.cluster_user import API, CORE, DEPLOYMENTS, JSON_PATCH, MERGE, PRODUCTION, Json, Kube, kube

SERVICES = f"{CORE}/namespaces/{PRODUCTION}/services"
ROUTES = f"/apis/gateway.networking.k8s.io/v1/namespaces/{PRODUCTION}/httproutes"
PAY = f"{ROUTES}/pay"


async def load(shop: Kube, service: str, rps: float) -> None:
    await shop.send("POST", "/play/load", {"namespace": PRODUCTION, "service": service, "rps": rps})


async def pods_of(shop: Kube, service: str = "api") -> list[Json]:
    pods: list[Json] = (await shop.get("/play/traffic"))["pods"]
    return [one for one in pods if (one["namespace"], one["service"]) == (PRODUCTION, service)]


async def service_of(shop: Kube, service: str) -> Json:
    services: list[Json] = (await shop.get("/play/traffic"))["services"]
    return next(one for one in services if (one["namespace"], one["service"]) == (PRODUCTION, service))


async def weigh(shop: Kube, stable: int, canary: int) -> None:
    """Give the route other weights, and wait until its gateway has taken them."""
    backends = [{"name": "pay", "port": 80, "weight": stable}, {"name": "pay-canary", "port": 80, "weight": canary}]
    await shop.send("PATCH", PAY, {"spec": {"rules": [{"backendRefs": backends}]}}, MERGE)
    await shop.until(PAY, lambda one: observed(one) == one["metadata"]["generation"])


def observed(route: Json) -> int:
    (parent,) = route["status"]["parents"]
    generation: int = condition_of(parent, "Accepted")["observedGeneration"]
    return generation


def condition_of(parent: Json, kind: str) -> Json:
    return next(one for one in parent["conditions"] if one["type"] == kind)


async def canary(shop: Kube, version: str = "v5.2-err20", replicas: int = 1) -> None:
    """A copy of pay beside it, as a bot makes it."""
    labels = {"app": "pay", "track": "canary"}
    pod = {"containers": [{"name": "pay", "image": f"registry.example.com/shop/pay:{version}"}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    await shop.send("POST", DEPLOYMENTS, {"metadata": {"name": "pay-canary"}, "spec": spec})
    await shop.rolled_out(f"{DEPLOYMENTS}/pay-canary")


async def test_traffic_is_spread_evenly_over_ready_pods() -> None:
    async with kube() as shop:
        await load(shop, "api", 3000)
        await shop.until("/play/traffic", lambda seen: min(one["requests"] for one in seen["pods"][:3]) > 50)
        counters = await pods_of(shop)
        assert [one["rps"] for one in counters] == [1000.0] * 3
        assert counters[0]["latency_seconds_bucket"]["+Inf"] == counters[0]["requests"]


async def test_versions_serve_as_their_tag_says() -> None:
    async with kube() as shop:
        await shop.set_image("v1.2-err30-lat300")
        await shop.rolled_out()
        await load(shop, "api", 6000)
        await shop.until("/play/traffic", lambda seen: seen["pods"][0]["requests"] > 800)
        one = (await pods_of(shop))[0]
        assert one["errors"] / one["requests"] == pytest.approx(0.3, abs=0.1)
        assert one["latency_seconds_sum"] / one["requests"] == pytest.approx(0.136, rel=0.2)


async def test_a_version_can_be_made_to_serve_worse_while_it_runs() -> None:
    async with kube() as shop:
        await load(shop, "api", 3000)
        worse = {"service": "api", "version": "v1.1", "error_rate": 1, "latency_ms": 400, "spread": 0.1, "cpu": 0.5}
        await shop.send("POST", "/play/versions", worse)
        before = (await pods_of(shop))[0]
        await shop.until("/play/traffic", lambda seen: seen["pods"][0]["requests"] > before["requests"] + 50)
        after = (await pods_of(shop))[0]
        count = after["requests"] - before["requests"]
        assert after["errors"] - before["errors"] == count
        assert after["latency_seconds_sum"] - before["latency_seconds_sum"] == pytest.approx(0.4 * count, rel=0.1)
        assert after["cpu_seconds"] - before["cpu_seconds"] >= 0.5 * count
        for wrong in ({"error_rate": 2}, {"latency_ms": 0}, {"color": "blue"}):
            answer = await shop.call("POST", "/play/versions", {"service": "api", "version": "v1.1"} | wrong)
            assert answer.status == 400


async def test_requests_that_nobody_is_ready_for_are_counted_too() -> None:
    async with kube() as shop:
        await load(shop, "api", 1000)
        await shop.send("PATCH", API, {"spec": {"replicas": 0}})
        await shop.until("/play/traffic", lambda seen: seen["services"][0]["unserved"] > 10)
        assert (await service_of(shop, "api"))["endpoints"] == 0


async def test_a_pod_that_is_not_ready_gets_nothing() -> None:
    async with kube() as shop:
        await shop.set_image("v1.5-notready")
        await shop.new_pod(lambda pod: pod["status"]["phase"] == "Running")
        assert {one["version"] for one in await pods_of(shop)} == {"v1.1"}


async def test_a_service_that_is_switched_takes_its_traffic_along() -> None:
    async with kube() as shop:
        green = f"{DEPLOYMENTS}/cart-green"
        await shop.send("PATCH", green, {"spec": {"replicas": 2}})
        await shop.rolled_out(green)
        assert {one["version"] for one in await pods_of(shop, "cart")} == {"v3.0"}
        path = "/spec/selector/color"
        switch = [{"op": "test", "path": path, "value": "blue"}, {"op": "replace", "path": path, "value": "green"}]
        await shop.send("PATCH", f"{SERVICES}/cart", switch, JSON_PATCH)

        def gets(seen: Json) -> dict[str, float]:
            return {one["version"]: one["rps"] for one in seen["pods"] if one["service"] == "cart" and one["rps"] > 1}

        await shop.until("/play/traffic", lambda seen: gets(seen) == {"v2.9": 10.0})


async def test_a_route_splits_a_load_by_weight_and_each_part_evenly() -> None:
    async with kube() as shop:
        assert (await service_of(shop, "pay"))["weights"] == {"pay": 100, "pay-canary": 0}
        await canary(shop, replicas=2)
        assert {one["version"]: one["rps"] for one in await pods_of(shop, "pay")} == {"v5.1": 10.0, "v5.2-err20": 0.0}
        await weigh(shop, 80, 20)
        assert {one["version"]: one["rps"] for one in await pods_of(shop, "pay")} == {"v5.1": 8.0, "v5.2-err20": 4.0}
        await weigh(shop, 1, 0)
        assert {one["version"]: one["rps"] for one in await pods_of(shop, "pay")} == {"v5.1": 10.0, "v5.2-err20": 0.0}


async def test_what_is_routed_where_nobody_is_ready_or_nothing_weighs_anything_is_unserved() -> None:
    async with kube() as shop:
        await load(shop, "pay", 1000)
        await weigh(shop, 50, 50)
        assert sum(one["rps"] for one in await pods_of(shop, "pay")) == 500
        await weigh(shop, 0, 0)
        assert sum(one["rps"] for one in await pods_of(shop, "pay")) == 0
        before = (await service_of(shop, "pay"))["unserved"]
        await shop.until("/play/traffic", lambda seen: unserved(seen, "pay") > before + 50)


def unserved(seen: Json, service: str) -> int:
    found: Any = [
        one["unserved"] for one in seen["services"] if (one["namespace"], one["service"]) == (PRODUCTION, service)
    ]
    return int(found[0])


async def test_a_route_counts_only_once_its_gateway_has_taken_it() -> None:
    async with kube(scale=0.01) as shop:
        backends = [{"name": "pay", "port": 80, "weight": 0}, {"name": "pay-canary", "port": 80, "weight": 100}]
        changed = await shop.send("PATCH", PAY, {"spec": {"rules": [{"backendRefs": backends}]}}, MERGE)
        await asyncio.sleep(0.05)
        assert observed(await shop.get(PAY)) < changed["metadata"]["generation"]
        assert (await service_of(shop, "pay"))["weights"] == {"pay": 100, "pay-canary": 0}
        await shop.send("POST", "/play/clock", {"scale": 50})
        await shop.until(PAY, lambda one: observed(one) == one["metadata"]["generation"])
        assert (await service_of(shop, "pay"))["weights"] == {"pay": 0, "pay-canary": 100}


async def test_a_backend_that_does_not_exist_is_said_and_resolved_when_it_does() -> None:
    async with kube() as shop:
        await shop.send("DELETE", f"{SERVICES}/pay-canary")

        def resolved(route: Json) -> tuple[str, str]:
            condition = condition_of(route["status"]["parents"][0], "ResolvedRefs")
            return condition["status"], condition["reason"]

        await shop.until(PAY, lambda one: resolved(one) == ("False", "BackendNotFound"))
        service = {"metadata": {"name": "pay-canary"}, "spec": {"selector": {"app": "pay"}, "ports": [{"port": 80}]}}
        await shop.send("POST", SERVICES, service)
        await shop.until(PAY, lambda one: resolved(one) == ("True", "ResolvedRefs"))


async def test_without_its_route_a_service_gets_all_that_comes_to_it() -> None:
    async with kube() as shop:
        await weigh(shop, 0, 100)
        await shop.send("DELETE", PAY)
        assert [one["rps"] for one in await pods_of(shop, "pay")] == [10.0] * 4


async def test_the_gateway_api_may_be_missing() -> None:
    async with kube() as shop:
        group = "gateway.networking.k8s.io"
        await shop.send("POST", "/play/apis", {"group": group, "installed": False})
        for path in (ROUTES, PAY, f"/apis/{group}/v1", f"/apis/{group}"):
            answer = await shop.call("GET", path)
            assert (answer.status, answer.text) == (404, "404 page not found\n")
        assert group not in [one["name"] for one in (await shop.get("/apis"))["groups"]]
        await shop.send("POST", "/play/apis", {"group": group, "installed": True})
        assert await shop.items(ROUTES) == []
        for wrong in ({"group": "apps", "installed": False}, {"group": group}):
            assert (await shop.call("POST", "/play/apis", wrong)).status == 400


async def test_counters_go_with_their_pods() -> None:
    async with kube() as shop:
        gone = (await shop.pods())[0]["metadata"]["name"]
        await shop.send("DELETE", f"{CORE}/namespaces/{PRODUCTION}/pods/{gone}?gracePeriodSeconds=0")
        await shop.rolled_out()
        assert gone not in [one["pod"] for one in await pods_of(shop)]


async def test_prometheus_can_scrape_all_of_it() -> None:
    async with kube() as shop:
        await shop.set_image("v1.5-notready")
        await shop.new_pod(lambda pod: pod["status"]["phase"] == "Running")
        answer = await shop.call("GET", "/play/metrics", token="")
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        families = {one.name: one for one in text_string_to_metric_families(answer.text)}
        pods = {one["pod"] for one in (await shop.get("/play/traffic"))["pods"]}
        assert {one.labels["pod"] for one in families["http_requests"].samples} == pods
        mine = [one for one in families["http_requests"].samples if one.labels["service"] == "api"]
        assert set(mine[0].labels) == {"namespace", "service", "pod", "version", "code"}
        ready = {one.labels["pod"]: one.value for one in families["kube_pod_status_ready"].samples}
        api = await shop.pods()
        assert sorted(ready[one["metadata"]["name"]] for one in api) == [0.0, 1.0, 1.0, 1.0]


async def test_the_same_deployments_are_seen_in_the_newer_version_of_an_autoscaler_and_the_older_of_a_slice() -> None:
    async with kube() as shop:
        path = "/apis/autoscaling/{}/namespaces/" + PRODUCTION + "/horizontalpodautoscalers"
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
        spec = {"scaleTargetRef": target, "maxReplicas": 5, "targetCPUUtilizationPercentage": 60}
        await shop.send("POST", path.format("v1"), {"metadata": {"name": "api"}, "spec": spec})
        newer = await shop.get(path.format("v2"))
        assert newer["apiVersion"] == "autoscaling/v2"
        metric = newer["items"][0]["spec"]["metrics"][0]["resource"]
        assert metric == {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 60}}
        assert (await shop.call("POST", path.format("v2"), {})).status == 405
        slices = f"/apis/discovery.k8s.io/v1beta1/namespaces/{PRODUCTION}/endpointslices"
        older = await shop.get(f"{slices}?labelSelector=kubernetes.io%2Fservice-name%3Dapi")
        assert older["items"][0]["endpoints"][0]["topology"]["kubernetes.io/hostname"].startswith("node-")
