"""Conversations about plans: what is asked before anybody agrees, and what makes a yes void."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from playground.client import Json
from playground.cluster.api.kinds import DEPLOYMENT
from tests.commands.scenes import SHOP, asked, found, press, runs, scene, shows, thread
from tests.world import World

PRODUCTION = "QUARTERDECK__SERVICES__API__ENVIRONMENTS__PRODUCTION"
PROVEN = {f"{PRODUCTION}__POLICY": json.dumps({"proven_in": {"environment": "staging"}})}
CHECKED = {f"{PRODUCTION}__POLICY": json.dumps({"checklist": ["Dashboards are open"]})}


@pytest.fixture
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with scene(tmp_path, getattr(request, "param", None)) as world:
        yield world


async def test_a_freeze_that_begins_after_the_plan_stops_an_approved_deploy(shop: World) -> None:
    card = await asked(shop, "/deploy api v1.2 production")
    request = await shop.request(card)
    await shop.cam.type("deploys", "/freeze production for 1h the sale has begun")
    await shop.vic.wait_message("deploys", "production is frozen")
    await press(shop.ari, request, "Approve")
    assert "frozen by Cam Lindqvist" in (await shop.line(card, "*Not started:*"))["text"]
    await shows(shop, card, "api v1.2 to production: not started")
    assert runs(shop, "api") == "v1.1"


async def test_what_somebody_else_deploys_meanwhile_voids_the_yes_and_says_what_has_changed(shop: World) -> None:
    card = await asked(shop, "/deploy api v1.2 production")
    request = await shop.request(card)
    await kubectl(shop, image("v1.0"))
    await press(shop.ari, request, "Approve")
    void = await shop.line(card, "*Approvals are void:*")
    for said in ("what runs there", "shop/api:v1.1 → ", "shop/api:v1.0", "Ari Novak approved"):
        assert said in void["text"]
    assert void["subtype"] == "thread_broadcast"
    closed = await shop.line(card, "*Void*: the plan has changed")
    assert closed["ts"] == request["ts"]
    again = await shop.line(card, "*Needs 1 approval:* *api* `v1.0` → `v1.2`")
    assert again["ts"] > request["ts"]
    await press(shop.ari, again, "Approve")
    await shows(shop, card, "rolling out")


async def test_who_keeps_the_workload_elsewhere_is_named_and_nothing_is_asked(shop: World) -> None:
    tracked = {"argocd.argoproj.io/tracking-id": f"shop:apps/Deployment:{SHOP}/api"}
    await kubectl(shop, {"metadata": {"annotations": tracked}})
    card = await asked(shop, "/deploy api v1.2 production")
    assert "not started" in card["text"]
    assert "Argo CD application shop would put back what Git says: change the image there" in card["text"]
    assert not [line for line in await thread(shop, card) if "Needs 1 approval" in line]


async def test_a_version_in_quarantine_is_refused_on_every_way_until_it_is_let_out(shop: World) -> None:
    card = await asked(shop, "/deploy api v1.3-bad staging")
    await shows(shop, card, "failed and rolled back")
    await refused(shop, "/deploy api v1.3-bad production", 2)
    await refused(shop, '/deploy api v1.3-bad production --at "in 2h"', 3)
    await shop.dana.type("deploys", "/deploy")
    await shop.dana.submit(
        await shop.dana.wait_view("Deploy"), service="api", version="v1.3-bad", environment="production"
    )
    await shop.dana.wait_message("deploys", "Deploy #4 api v1.3-bad to production: not started")
    await shop.cam.type("deploys", '/deploy api v1.3-bad production --emergency "nothing else helps"')
    await shop.dana.wait_message("deploys", "Emergency deploy #5 api v1.3-bad to production: not started")
    await shop.ari.type("deploys", '/deploy lift api v1.3-bad "the registry was away"')
    await shop.dana.wait_message("deploys", "is out of quarantine")
    await shop.dana.type("deploys", "/deploy api v1.3-bad production")
    await shop.dana.wait_message("deploys", "Deploy #6 api v1.3-bad to production: waiting for approval")


@pytest.mark.parametrize("shop", [PROVEN], indirect=True)
async def test_a_version_must_have_been_good_elsewhere_first(shop: World) -> None:
    card = await asked(shop, "/deploy api v1.2 production")
    assert "it has never been known good in staging: deploy it there" in card["text"]
    await shows(shop, await asked(shop, "/deploy api v1.2 staging"), "api v1.2 to staging: done, known good")
    await shop.dana.type("deploys", "/deploy api v1.2 production")
    card = await shop.dana.wait_message("deploys", "Deploy #3 api v1.2 to production: waiting for approval")
    assert "✓ proven: known good in staging" in (await shop.line(card, "*The plan:*"))["text"]


@pytest.mark.parametrize("shop", [CHECKED], indirect=True)
async def test_a_checklist_is_ticked_before_a_canary_may_begin(shop: World) -> None:
    card = await asked(shop, "/deploy api v1.2 production")
    request = await shop.request(card)
    await press(shop.ari, request, "Approve")
    await shop.told(shop.ari, "• Dashboards are open")
    await press(shop.ari, request, "deploy:tick", selected_options=["0"])
    request = await shop.line(card, "*Checklist*, all ticked")
    await press(shop.ari, request, "Approve")
    await shows(shop, card, "rolling out, 5 %")


async def refused(world: World, command: str, number: int) -> None:
    """It is not even asked for, and the card says what to do."""
    await world.dana.type("deploys", command)
    card = await world.dana.wait_message("deploys", f"Deploy #{number} api v1.3-bad to production: not started")
    assert "v1.3-bad was rolled back by deploy #1" in card["text"]
    assert "/deploy lift api v1.3-bad" in card["text"]


async def kubectl(world: World, change: Json) -> None:
    """Somebody else changes the Deployment through the cluster's API, and their rollout is over."""
    url = f"{world.playground.cluster.url}/as/admin/apis/apps/v1/namespaces/{SHOP}/deployments/api"
    headers = {"Content-Type": "application/strategic-merge-patch+json"}
    async with ClientSession() as session, session.patch(url, json=change, headers=headers) as said:
        assert said.status == 200, await said.text()
    await world.dana.wait(lambda: complete(found(world, DEPLOYMENT, "api")))


def complete(deployment: Json) -> bool:
    status, wanted = deployment["status"], deployment["spec"]["replicas"]
    seen = bool(status.get("observedGeneration") == deployment["metadata"]["generation"])
    return seen and all(status.get(count) == wanted for count in ("updatedReplicas", "readyReplicas", "replicas"))


def image(version: str) -> Json:
    """What `kubectl set image` sends."""
    containers = [{"name": "api", "image": f"registry.example.com/shop/api:{version}"}]
    return {"spec": {"template": {"spec": {"containers": containers}}}}
