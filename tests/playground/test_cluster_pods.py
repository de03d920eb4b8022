"""Pods fare as their image's tag says, and tell it as real ones do: states, events, logs."""

import asyncio

import pytest

from tests.playground.cluster_user import (
    API,
    CORE,
    PRODUCTION,
    Json,
    Kube,
    condition,
    kube,
    waiting_reason,
)

PODS = f"{CORE}/namespaces/{PRODUCTION}/pods"


def status_of(pod: Json, container: int = 0) -> Json:
    statuses = pod["status"].get("containerStatuses") or [{"state": {}, "restartCount": 0}]
    found: Json = statuses[container]
    return found


async def log_of(shop: Kube, pod: Json, query: str = "") -> str:
    answer = await shop.call("GET", f"{PODS}/{pod['metadata']['name']}/log{query}")
    assert answer.status == 200, answer.text
    return answer.text


async def test_a_pod_passes_through_the_states_of_a_real_start() -> None:
    async with kube(scale=20) as shop:
        seen: list[str] = []
        shop.cluster.store.listen(
            lambda change: (
                seen.append(
                    f"{change.object['status']['phase']} {waiting_reason(change.object)}".strip()
                    + (" ready" if condition(change.object, "Ready")["status"] == "True" else "")
                )
                if change.kind.name == "Pod" and "v1.2" in change.object["spec"]["containers"][0]["image"]
                else None
            )
        )
        await shop.send("PATCH", API, {"spec": {"replicas": 1}})
        await shop.set_image("v1.2")
        await shop.rolled_out()
        assert list(dict.fromkeys(seen)) == ["Pending", "Pending ContainerCreating", "Running", "Running ready"]


async def test_a_bad_image_is_first_an_error_that_says_not_found_then_a_back_off() -> None:
    async with kube(scale=20) as shop:
        await shop.set_image("v1.3-bad")
        pod = await shop.new_pod(lambda pod: waiting_reason(pod) == "ErrImagePull")
        assert status_of(pod)["state"]["waiting"]["message"].endswith("api:v1.3-bad: not found")
        pod = await shop.new_pod(lambda pod: waiting_reason(pod) == "ImagePullBackOff")
        expected = 'Back-off pulling image "registry.example.com/shop/api:v1.3-bad"'
        assert status_of(pod)["state"]["waiting"]["message"] == expected
        assert pod["status"]["phase"] == "Pending"
        await shop.new_pod(lambda pod: waiting_reason(pod) == "ErrImagePull")
        told = dict(await shop.events(pod["metadata"]["name"]))
        assert {"Scheduled", "Pulling", "Failed", "BackOff"} <= set(told)


async def test_a_crashing_container_restarts_backs_off_and_keeps_its_last_words() -> None:
    async with kube() as shop:
        await shop.set_image("v1.4-crash")
        pod = await shop.new_pod(lambda pod: waiting_reason(pod) == "CrashLoopBackOff")
        status = status_of(pod)
        assert status["restartCount"] >= 1
        assert status["lastState"]["terminated"]["exitCode"] == 1
        assert "restarting failed container=api" in status["state"]["waiting"]["message"]
        assert "does not have the schema of version v1.4-crash" in await log_of(shop, pod, "?previous=true")
        assert "BackOff" in dict(await shop.events(pod["metadata"]["name"]))
        await shop.new_pod(lambda pod: status_of(pod)["restartCount"] >= 3)


async def test_back_off_doubles_from_ten_seconds() -> None:
    async with kube(scale=400) as shop:
        await shop.set_image("v1.4-crash")
        for seconds in ("10s", "20s", "40s", "1m20s"):
            await shop.new_pod(
                lambda pod, seconds=seconds: (  # type: ignore[misc]
                    f"back-off {seconds} " in status_of(pod)["state"].get("waiting", {}).get("message", "")
                )
            )


async def test_a_pod_that_never_gets_ready_runs_and_says_what_it_waits_for() -> None:
    async with kube() as shop:
        await shop.set_image("v1.5-notready")
        pod = await shop.new_pod(lambda pod: pod["status"]["phase"] == "Running")
        assert condition(pod, "Ready")["reason"] == "ContainersNotReady"
        assert "not ready: waiting for the price list" in await log_of(shop, pod)
        name = pod["metadata"]["name"]
        path = f"{CORE}/namespaces/{PRODUCTION}/events?fieldSelector=involvedObject.name%3D{name},reason%3DUnhealthy"
        await shop.until(path, lambda found: found["items"])


async def test_a_slow_pod_takes_five_seconds_and_others_one_and_a_half() -> None:
    async with kube(scale=10) as shop:
        took = {}
        for version in ("v1.6", "v1.7-slow"):
            await shop.send("PATCH", API, {"spec": {"replicas": 1}})
            begun = shop.cluster.clock.elapsed()
            await shop.set_image(version)
            await shop.rolled_out()
            took[version] = shop.cluster.clock.elapsed() - begun
        assert took["v1.6"] > 1.2
        assert took["v1.7-slow"] > 4.7


async def test_a_missing_config_map_holds_a_container_until_it_is_there() -> None:
    async with kube() as shop:
        source = {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "api-modes", "key": "mode"}}}
        container = {"name": "api", "env": [source]}
        await shop.send("PATCH", API, {"spec": {"template": {"spec": {"containers": [container]}}}})
        pod = await shop.new_pod(lambda pod: waiting_reason(pod) == "CreateContainerConfigError")
        assert status_of(pod)["state"]["waiting"]["message"] == 'configmap "api-modes" not found'
        configmap = {"metadata": {"name": "api-modes"}, "data": {"mode": "calm"}}
        await shop.send("POST", f"{CORE}/namespaces/{PRODUCTION}/configmaps", configmap)
        await shop.rolled_out()


async def test_the_tag_configerror_never_starts() -> None:
    async with kube() as shop:
        await shop.set_image("v1.8-configerror")
        pod = await shop.new_pod(lambda pod: waiting_reason(pod) == "CreateContainerConfigError")
        answer = await shop.call("GET", f"{PODS}/{pod['metadata']['name']}/log")
        assert (answer.status, answer.body["message"].rpartition(": ")[2]) == (400, "CreateContainerConfigError")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", 'container "api" in pod "{}" is waiting to start: trying and failing to pull image'),
        ("?container=sidecar", "container sidecar is not valid for pod {}"),
        ("?previous=true", 'previous terminated container "api" in pod "{}" not found'),
    ],
)
async def test_a_log_that_cannot_be_had_is_refused_with_the_reason(query: str, message: str) -> None:
    async with kube() as shop:
        await shop.set_image("v1.3-bad")
        pod = await shop.new_pod(lambda pod: waiting_reason(pod) == "ImagePullBackOff")
        name = pod["metadata"]["name"]
        answer = await shop.call("GET", f"{PODS}/{name}/log{query}")
        assert (answer.status, answer.body["reason"]) == (400, "BadRequest")
        assert answer.body["message"] == message.format(name)


async def test_a_log_begins_with_the_start_and_goes_on_with_requests() -> None:
    async with kube() as shop:
        await shop.set_image("v1.2")
        await shop.rolled_out()
        pod = (await shop.pods())[0]
        await shop.send("POST", "/play/load", {"namespace": PRODUCTION, "service": "api", "rps": 600})
        await asyncio.sleep(0.05)
        lines = (await log_of(shop, pod)).splitlines()
        assert lines[0] == 'level=info msg="starting" service=api version=v1.2'
        assert all("msg=request" in line for line in lines[4:])
        assert len(lines) > 5
        assert len((await log_of(shop, pod, "?tailLines=3")).splitlines()) == 3
        assert not await log_of(shop, pod, "?tailLines=0")
        stamped = (await log_of(shop, pod, "?timestamps=true&tailLines=1")).split(" ")[0]
        assert stamped.endswith("Z")


async def test_a_followed_log_tells_new_lines_and_ends_with_its_pod() -> None:
    async with kube() as shop:
        pod = (await shop.pods())[0]
        await shop.send("POST", "/play/load", {"namespace": PRODUCTION, "service": "api", "rps": 90})
        path = f"{shop.cluster.url}{PODS}/{pod['metadata']['name']}/log?follow=true"
        async with shop.session.get(path, headers={"Authorization": "Bearer admin"}) as response:
            async with asyncio.timeout(5):
                while b"msg=request" not in await response.content.readline():
                    pass
                await shop.send("DELETE", f"{PODS}/{pod['metadata']['name']}")
                await response.read()


async def test_a_deleted_pod_gets_its_grace_and_a_successor() -> None:
    async with kube(scale=5) as shop:
        pod = (await shop.pods())[0]
        name = pod["metadata"]["name"]
        gone = await shop.send("DELETE", f"{PODS}/{name}")
        assert gone["metadata"]["deletionGracePeriodSeconds"] == 30
        assert (await shop.get(f"{PODS}/{name}"))["metadata"]["deletionTimestamp"]
        await shop.until(PODS, lambda pods: name not in [one["metadata"]["name"] for one in pods["items"]])
        await shop.rolled_out()
        assert "Killing" in dict(await shop.events(name))


async def test_a_pod_deleted_without_grace_is_gone_at_once() -> None:
    async with kube(scale=1) as shop:
        name = (await shop.pods())[0]["metadata"]["name"]
        await shop.send("DELETE", f"{PODS}/{name}?gracePeriodSeconds=0")
        assert (await shop.call("GET", f"{PODS}/{name}")).status == 404


async def test_ready_pods_and_only_they_stand_behind_their_service() -> None:
    async with kube() as shop:
        await shop.set_image("v1.5-notready")
        await shop.new_pod(lambda pod: pod["status"]["phase"] == "Running")
        slices = f"/apis/discovery.k8s.io/v1/namespaces/{PRODUCTION}/endpointslices"
        query = f"{slices}?labelSelector=kubernetes.io%2Fservice-name%3Dapi"
        found = await shop.until(query, lambda seen: len(seen["items"][0]["endpoints"]) == 4)
        ready = [one["conditions"]["ready"] for one in found["items"][0]["endpoints"]]
        assert sorted(ready) == [False, True, True, True]
        older = await shop.get(f"{CORE}/namespaces/{PRODUCTION}/endpoints/api")
        subset = older["subsets"][0]
        assert (len(subset["addresses"]), len(subset["notReadyAddresses"])) == (3, 1)
