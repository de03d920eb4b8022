"""HTTPRoutes, a custom resource, on the playground's cluster and a real one that got its definition."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.playground.cluster_grounds import JSON_PATCH, MERGE, STRATEGIC, Ground, Json, grounds, opened

GROUP = "gateway.networking.k8s.io"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
TITLE = f'HTTPRoute.{GROUP} "pay" is invalid'


def _object(required: list[str] | None = None, **properties: Json) -> Json:
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _many(items: Json) -> Json:
    return {"type": "array", "items": items}


def definition() -> Json:
    """As much of the Gateway API's own definition as these tests need."""
    text: Json = {"type": "string"}
    weight = {"type": "integer", "format": "int32", "default": 1, "minimum": 0, "maximum": 1_000_000}
    backend = _object(["name"], name=text, kind=text | {"default": "Service"}, port={"type": "integer"}, weight=weight)
    spec = _object(
        parentRefs=_many(_object(["name"], name=text)),
        hostnames=_many(text),
        rules=_many(_object(backendRefs=_many(backend))),
    )
    status = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version: Json = {"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}}
    version["schema"] = {"openAPIV3Schema": _object(["spec"], spec=spec, status=status)}
    names = {"kind": "HTTPRoute", "listKind": "HTTPRouteList", "plural": "httproutes", "singular": "httproute"}
    notes = {"api-approved.kubernetes.io": "unapproved, for tests"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"httproutes.{GROUP}", "annotations": notes},
        "spec": {"group": GROUP, "scope": "Namespaced", "names": names, "versions": [version]},
    }


@pytest.fixture(params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with opened(request.param, tmp_path) as ground:
        if ground.real:  # it stays there: other tests on the same server may be using it
            assert (await ground.call("POST", DEFINITIONS, definition())).status in (201, 409)
            await ground.until(ground.path("httproutes"), lambda found: "items" in found)
        yield ground


def route(*backends: Json) -> Json:
    spec = {"parentRefs": [{"name": "shop"}], "rules": [{"backendRefs": list(backends)}]}
    return {"apiVersion": f"{GROUP}/v1", "kind": "HTTPRoute", "metadata": {"name": "pay"}, "spec": spec}


def weights(thing: Json) -> dict[str, int]:
    return {one["name"]: one["weight"] for one in thing["spec"]["rules"][0]["backendRefs"]}


async def made(ground: Ground) -> Json:
    body = route({"name": "pay", "port": 80, "weight": 90}, {"name": "pay-canary", "port": 80, "unknown": 1})
    return await ground.send("POST", ground.path("httproutes"), body)


async def test_a_route_is_completed_and_numbered_by_its_spec_alone(ground: Ground) -> None:
    one = await made(ground)
    assert (weights(one), one["metadata"]["generation"]) == ({"pay": 90, "pay-canary": 1}, 1)
    assert "unknown" not in one["spec"]["rules"][0]["backendRefs"][1]
    path = ground.path("httproutes", "pay")
    noted = await ground.send("PATCH", path, {"metadata": {"annotations": {"a": "b"}}}, MERGE)
    assert noted["metadata"]["generation"] == 1
    changed = await ground.send("PATCH", path, {"spec": {"hostnames": ["pay.example.com"]}}, MERGE)
    assert changed["metadata"]["generation"] == 2
    told = await ground.send("PATCH", f"{path}/status", {"status": {"parents": []}}, MERGE)
    assert (told["metadata"]["generation"], weights(told)) == (2, weights(one))


async def test_weights_change_as_a_whole_list_or_one_by_one(ground: Ground) -> None:
    await made(ground)
    path = ground.path("httproutes", "pay")
    rules = [{"backendRefs": [{"name": "pay", "weight": 50}, {"name": "pay-canary", "weight": 50}]}]
    assert weights(await ground.send("PATCH", path, {"spec": {"rules": rules}}, MERGE)) == {"pay": 50, "pay-canary": 50}
    at = "/spec/rules/0/backendRefs/0/weight"
    wrong = await ground.call("PATCH", path, [{"op": "test", "path": at, "value": 90}], JSON_PATCH)
    assert (wrong.status, wrong.message) == (422, "the server rejected our request due to an error in our request")
    patch = [{"op": "test", "path": at, "value": 50}, {"op": "replace", "path": at, "value": 0}]
    dry = await ground.send("PATCH", f"{path}?dryRun=All", patch, JSON_PATCH)
    assert (weights(dry)["pay"], weights(await ground.send("GET", path))["pay"]) == (0, 50)
    assert weights(await ground.send("PATCH", path, patch, JSON_PATCH))["pay"] == 0


async def test_an_old_copy_is_a_conflict(ground: Ground) -> None:
    one = await made(ground)
    path = ground.path("httproutes", "pay")
    await ground.send("PATCH", path, {"spec": {"hostnames": ["a"]}}, MERGE)
    late = await ground.call("PUT", path, one)
    assert (late.status, late.body["reason"]) == (409, "Conflict")


async def test_a_custom_resource_takes_no_strategic_merge_patch(ground: Ground) -> None:
    await made(ground)
    reply = await ground.call("PATCH", ground.path("httproutes", "pay"), {"spec": {"hostnames": ["a"]}}, STRATEGIC)
    accepted = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    assert reply.status == 415
    assert reply.message == (
        f"the body of the request was in an unknown format - accepted media types include: {accepted}"
    )


@pytest.mark.parametrize(
    ("backend", "message"),
    [
        (
            {"name": "pay", "weight": -1},
            "spec.rules.backendRefs.weight: Invalid value: -1: "
            "spec.rules.backendRefs.weight in body should be greater than or equal to 0",
        ),
        ({"weight": 1}, "spec.rules.backendRefs.name: Required value"),
        (
            {"name": "pay", "weight": "5"},
            'spec.rules.backendRefs.weight: Invalid value: "string": '
            'spec.rules.backendRefs.weight in body must be of type integer: "string"',
        ),
    ],
)
async def test_a_wrong_route_is_refused_in_the_words_of_its_definition(
    ground: Ground, backend: Json, message: str
) -> None:
    for reply in (
        await ground.call("POST", ground.path("httproutes"), route(backend)),
        await ground.call("POST", f"{ground.path('httproutes')}?dryRun=All", route(backend)),
    ):
        assert (reply.status, reply.message) == (422, f"{TITLE}: {message}")
    await made(ground)
    patch = {"spec": {"rules": [{"backendRefs": [backend]}]}}
    reply = await ground.call("PATCH", ground.path("httproutes", "pay"), patch, MERGE)
    assert (reply.status, reply.message) == (422, f"{TITLE}: {message}")


async def test_a_route_must_say_what_it_is_and_have_a_spec(ground: Ground) -> None:
    bare = route() | {"spec": None}
    reply = await ground.call("POST", ground.path("httproutes"), bare)
    assert (reply.status, reply.body["details"]["causes"][0]["field"]) == (422, "spec")
    nameless = {key: value for key, value in route().items() if key != "kind"}
    reply = await ground.call("POST", ground.path("httproutes"), nameless)
    assert (reply.status, "Object 'Kind' is missing" in reply.message) == (400, True)


async def test_a_client_finds_the_group_and_what_is_in_it(ground: Ground) -> None:
    group = await ground.send("GET", f"/apis/{GROUP}")
    assert group["preferredVersion"] == {"groupVersion": f"{GROUP}/v1", "version": "v1"}
    resources = (await ground.send("GET", f"/apis/{GROUP}/v1"))["resources"]
    assert {"httproutes", "httproutes/status"} <= {one["name"] for one in resources}
    reply = await ground.call("GET", ground.path("httproutes", "none"))
    assert (reply.status, reply.message) == (404, f'httproutes.{GROUP} "none" not found')
