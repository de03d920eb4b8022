"""What strategies need of the API, on the playground's cluster and a real one: copies of Deployments, Services that are
switched, autoscalers, Secrets, and the deletion of all that."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.playground.cluster_grounds import JSON_PATCH, Ground, Json, grounds, opened

PARTIAL = "application/json;as={};g=meta.k8s.io;v=v1"


@pytest.fixture(params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with opened(request.param, tmp_path) as ground:
        yield ground


def deployment(name: str, replicas: int = 1, version: str = "v1.1", **labels: str) -> Json:
    labels = labels or {"app": name}
    pod = {"containers": [{"name": "api", "image": f"registry.example.com/shop/api:{version}"}]}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    return {"metadata": {"name": name}, "spec": spec}


def service(name: str, **selector: str) -> Json:
    return {"metadata": {"name": name}, "spec": {"selector": selector, "ports": [{"port": 80, "targetPort": 8080}]}}


async def made(ground: Ground, *deployments: Json) -> None:
    """Deployments, once all their pods are ready."""
    for one in deployments:
        await ground.send("POST", ground.path("deployments"), one)
    for one in deployments:
        wanted = one["spec"]["replicas"]
        path = ground.path("deployments", one["metadata"]["name"])
        await ground.until(path, lambda seen, wanted=wanted: seen["status"].get("readyReplicas", 0) == wanted)  # type: ignore[misc]


def ready_pods(slices: Json) -> set[str]:
    """The names of the ready pods behind a Service."""
    endpoints = [one for each in slices["items"] for one in each["endpoints"] or ()]
    return {one["targetRef"]["name"] for one in endpoints if one["conditions"]["ready"]}


async def test_a_copy_beside_a_deployment_has_pods_of_its_own_and_goes_without_the_other(ground: Ground) -> None:
    await made(ground, deployment("api", 2, app="api"))
    await made(ground, deployment("api-canary", 1, "v1.2", app="api", track="canary"))
    assert len(await ground.items("pods", "app=api")) == 3
    await ground.send("DELETE", f"{ground.path('deployments', 'api-canary')}?propagationPolicy=Background")
    assert (await ground.call("GET", ground.path("deployments", "api-canary"))).status == 404
    await ground.until(f"{ground.path('pods')}?labelSelector=app%3Dapi", lambda pods: len(pods["items"]) == 2)
    api = await ground.send("GET", ground.path("deployments", "api"))
    assert (api["status"]["replicas"], api["status"]["readyReplicas"]) == (2, 2)


async def test_a_deployment_deleted_in_the_foreground_is_there_until_its_pods_are_gone(ground: Ground) -> None:
    await made(ground, deployment("api"))
    held = await ground.send("DELETE", ground.path("deployments", "api"), {"propagationPolicy": "Foreground"})
    assert (held["metadata"]["finalizers"], "deletionTimestamp" in held["metadata"]) == (["foregroundDeletion"], True)
    await ground.until(ground.path("deployments"), lambda found: not found["items"])
    assert await ground.items("replicasets") == []


async def test_what_a_deployment_selects_cannot_be_changed(ground: Ground) -> None:
    await made(ground, deployment("api"))
    wanted = {"matchLabels": {"app": "api", "track": "canary"}}
    labels = {"metadata": {"labels": wanted["matchLabels"]}}
    reply = await ground.call(
        "PATCH", ground.path("deployments", "api"), {"spec": {"selector": wanted, "template": labels}}
    )
    assert (reply.status, reply.body["details"]["causes"][0]["field"]) == (422, "spec.selector")
    assert reply.message.endswith("field is immutable")


async def test_replicas_are_changed_by_a_patch_and_make_no_revision(ground: Ground) -> None:
    await made(ground, deployment("api"))
    await ground.send("PATCH", ground.path("deployments", "api"), {"spec": {"replicas": 3}})
    await ground.until(ground.path("deployments", "api"), lambda one: one["status"].get("readyReplicas") == 3)
    assert len(await ground.items("replicasets")) == 1


async def test_recreate_lets_all_old_pods_go_before_a_new_one_comes(ground: Ground) -> None:
    old = deployment("api", 3)
    old["spec"]["strategy"] = {"type": "Recreate"}
    await made(ground, old)
    containers = [{"name": "api", "image": "registry.example.com/shop/api:v1.2"}]
    await ground.send(
        "PATCH", ground.path("deployments", "api"), {"spec": {"template": {"spec": {"containers": containers}}}}
    )
    seen: list[set[str]] = []
    while (current := {one["spec"]["containers"][0]["image"][-4:] for one in await ground.items("pods")}) != {"v1.2"}:
        seen.append(current)
        await asyncio.sleep(0.01)
    assert {"v1.1", "v1.2"} not in seen
    assert {"v1.1"} in seen
    await ground.until(ground.path("deployments", "api"), lambda one: one["status"].get("updatedReplicas") == 3)


async def test_a_service_is_switched_only_from_where_it_was_thought_to_be(ground: Ground) -> None:
    blue, green = deployment("blue", 2, app="cart", color="blue"), deployment("green", 1, app="cart", color="green")
    await made(ground, blue, green)
    await ground.send("POST", ground.path("services"), service("cart", app="cart", color="blue"))
    names = {one["metadata"]["name"] for one in await ground.items("pods", "color=green")}
    slices = f"{ground.path('endpointslices')}?labelSelector=kubernetes.io%2Fservice-name%3Dcart"
    assert len(ready_pods(await ground.until(slices, lambda found: len(ready_pods(found)) == 2)) & names) == 0

    def switch(old: str, new: str) -> list[Json]:
        path = "/spec/selector/color"
        return [{"op": "test", "path": path, "value": old}, {"op": "replace", "path": path, "value": new}]

    refused = await ground.call("PATCH", ground.path("services", "cart"), switch("green", "blue"), JSON_PATCH)
    assert (refused.status, refused.body["reason"]) == (422, "Invalid")
    assert refused.message == "the server rejected our request due to an error in our request"
    await ground.send("PATCH", f"{ground.path('services', 'cart')}?dryRun=All", switch("blue", "green"), JSON_PATCH)
    assert len(ready_pods(await ground.send("GET", slices))) == 2
    switched = await ground.send("PATCH", ground.path("services", "cart"), switch("blue", "green"), JSON_PATCH)
    assert switched["spec"]["selector"] == {"app": "cart", "color": "green"}
    await ground.until(slices, lambda found: ready_pods(found) == names)


async def test_a_pod_that_is_not_ready_is_no_ready_endpoint(ground: Ground) -> None:
    await made(ground, deployment("api"))
    await ground.send("POST", ground.path("services"), service("api", app="api"))
    slices = f"{ground.path('endpointslices')}?labelSelector=kubernetes.io%2Fservice-name%3Dapi"
    await ground.until(slices, lambda found: len(ready_pods(found)) == 1)
    await ground.send("POST", ground.path("deployments"), deployment("late", 1, "v1.2-notready", app="api", late="yes"))

    def endpoints(found: Json) -> list[Json]:
        return [one for each in found["items"] for one in each["endpoints"] or ()]

    seen = await ground.until(slices, lambda found: len(endpoints(found)) == 2)
    assert len(ready_pods(seen)) == 1


async def test_autoscalers_say_whom_they_scale(ground: Ground) -> None:
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
    spec = {"scaleTargetRef": target, "maxReplicas": 5, "targetCPUUtilizationPercentage": 60}
    path = ground.path("horizontalpodautoscalers")
    await ground.send("POST", path, {"metadata": {"name": "api"}, "spec": spec})
    (found,) = await ground.items("horizontalpodautoscalers")
    assert found["spec"] == spec | {"minReplicas": 1}
    wrong = {"scaleTargetRef": {"kind": "Deployment", "name": ""}, "minReplicas": 7, "maxReplicas": 5}
    reply = await ground.call("POST", path, {"metadata": {"name": "wrong"}, "spec": wrong})
    causes = [
        "spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`",
        "spec.scaleTargetRef.name: Required value",
    ]
    assert reply.status == 422
    shown = [f"{one['field']}: {one['message']}" for one in reply.body["details"]["causes"]]
    assert shown == causes


async def test_the_metadata_of_a_secret_is_had_without_what_it_hides(ground: Ground) -> None:
    secret = {"metadata": {"name": "keys"}, "stringData": {"a": "1"}}
    assert (await ground.send("POST", ground.path("secrets"), secret))["data"] == {"a": "MQ=="}
    one = await ground.call("GET", ground.path("secrets", "keys"), accept=PARTIAL.format("PartialObjectMetadata"))
    assert (one.body["kind"], one.body["metadata"]["name"]) == ("PartialObjectMetadata", "keys")
    assert set(one.body) == {"kind", "apiVersion", "metadata"}
    path = f"{ground.path('secrets')}?fieldSelector=metadata.name%3Dkeys"
    many = await ground.call("GET", path, accept=PARTIAL.format("PartialObjectMetadataList"))
    assert many.body["kind"] == "PartialObjectMetadataList"
    assert [set(item) for item in many.body["items"]] == [{"kind", "apiVersion", "metadata"}]
    missing = await ground.call("GET", ground.path("secrets", "none"), accept=PARTIAL.format("PartialObjectMetadata"))
    assert (missing.status, missing.message) == (404, 'secrets "none" not found')


@pytest.mark.parametrize("plural", ["deployments", "services", "configmaps"])
async def test_a_dry_run_checks_and_keeps_nothing(ground: Ground, plural: str) -> None:
    bodies = {
        "deployments": deployment("x"),
        "services": service("x", app="x"),
        "configmaps": {"metadata": {"name": "x"}},
    }
    made = await ground.send("POST", f"{ground.path(plural)}?dryRun=All", bodies[plural])
    assert "uid" in made["metadata"]
    assert (await ground.call("GET", ground.path(plural, "x"))).status == 404
    await ground.send("POST", ground.path(plural), bodies[plural])
    again = await ground.call("POST", f"{ground.path(plural)}?dryRun=All", bodies[plural])
    assert (again.status, again.body["reason"]) == (409, "AlreadyExists")
    await ground.send("DELETE", f"{ground.path(plural, 'x')}?dryRun=All")
    assert (await ground.call("GET", ground.path(plural, "x"))).status == 200


async def test_what_is_not_installed_is_a_page_that_is_not_found(ground: Ground) -> None:
    for path in (
        "/apis/none.example.com",
        "/apis/none.example.com/v1",
        "/apis/none.example.com/v1/namespaces/a/routes",
    ):
        reply = await ground.call("GET", path)
        assert (reply.status, reply.text) == (404, "404 page not found\n")


async def test_beside_a_body_a_deletion_does_not_look_at_its_query(ground: Ground) -> None:
    settings = {"metadata": {"name": "settings"}}
    path = ground.path("configmaps", "settings")
    await ground.send("POST", ground.path("configmaps"), settings)
    await ground.send("DELETE", path, {"dryRun": ["All"]})
    assert (await ground.call("GET", path)).status == 200
    await ground.send("DELETE", f"{path}?dryRun=All", {"propagationPolicy": "Background"})
    assert (await ground.call("GET", path)).status == 404
