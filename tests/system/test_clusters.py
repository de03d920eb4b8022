"""The scenes of a deploy, on the playground's cluster and on a real API server, with the rights of ops/kubernetes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from playground.harness import ROOT
from tests.integrations.kubernetes_ground import REPOSITORY, Ground, deployment, grounds, opened, service
from tests.world import World


@pytest_asyncio.fixture(params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with opened(request.param, tmp_path) as fresh:
        yield fresh


@pytest_asyncio.fixture
async def world(ground: Ground, tmp_path: Path) -> AsyncIterator[World]:
    """The workspace, and a bot that deploys to that ground."""
    folder = tmp_path / "config"
    folder.mkdir()
    for name in ("default.yml", "people.yml"):
        (folder / name).write_text((ROOT / "config" / name).read_text())
    options = {"type": "kubernetes", "namespace": ground.namespace, "deployment": "api", "container": "api"}
    target = options | {"image": REPOSITORY, "kubeconfig": str(ground.bot)}
    canary = {"kind": "canary", "steps": [{"weight": 25, "pause": "0.2s"}, {"weight": 50, "manual": True}]}
    colours = {"kind": "blue_green", "steps": [{"weight": 0, "pause": "0.2s"}]}
    pair = {"service": "cart", "blue": "cart-blue", "green": "cart-green"}
    environments = {
        "production": {"approvals": 1, "target": target},
        "canary": {"approvals": 0, "strategy": "ungated", "target": target},
        "gap": {"approvals": 0, "strategy": "recreate", "target": target},
        "colours": {"approvals": 0, "strategy": "ungated_colours", "target": target | {"blue_green": pair}},
    }
    services = {"api": {"owner": "shop", "environments": environments}}
    strategies = {"ungated": canary, "ungated_colours": colours}
    (folder / "services.yml").write_text(yaml.safe_dump({"services": services, "strategies": strategies}))
    async with World(tmp_path / "world", extra={"QUARTERDECK_CONFIG": str(folder)}) as fresh:
        yield fresh


async def image(ground: Ground) -> str:
    containers = (await ground.deployment())["spec"]["template"]["spec"]["containers"]
    return next(str(one["image"]) for one in containers if one["name"] == "api")


async def test_deploy_refusal_failure_and_rollback(world: World, ground: Ground) -> None:
    await world.dana.type("deploys", "/deploy api v1.2 production")
    card = await world.card()
    request = await world.request(card)
    await world.dana.click(request, "Approve")
    assert "Ari Novak" in await world.told(world.dana, "You asked for this yourself")
    await world.vic.click(request, "Approve")
    assert "approver" in await world.told(world.vic, "You may not approve")
    await world.ari.click(request, "Approve")
    await world.becomes(card, "api v1.2 to production: done", within=30)
    assert await image(ground) == f"{REPOSITORY}:v1.2"

    await world.dana.type("deploys", "/deploy api v1.3-bad production")
    card = await world.card_of("v1.3-bad")
    await world.ari.click(await world.request(card), "Approve")
    alert = await world.line(card, "failed in production")
    assert "Pod `api-" in alert["text"]
    assert "ImagePull" in alert["text"]
    await world.becomes(card, "failed and rolled back", within=30)
    assert await image(ground) == f"{REPOSITORY}:v1.2"

    await world.dana.type("deploys", "/rollback api production")
    await world.dana.wait_message("deploys", "api v1.1 to production: done", within=30)
    assert await image(ground) == f"{REPOSITORY}:v1.1"
    cause = (await ground.deployment())["metadata"]["annotations"]["kubernetes.io/change-cause"]
    assert cause.startswith("rollback to v1.1 by Dana Ortiz, Quarterdeck #3")


async def test_a_crash_loop_goes_back_to_what_ran(world: World, ground: Ground) -> None:
    await world.dana.type("deploys", "/deploy api v1.3-crash production")
    card = await world.card()
    await world.ari.click(await world.request(card), "Approve")
    assert "CrashLoopBackOff" in (await world.line(card, "failed in production", within=30))["text"]
    await world.becomes(card, "failed and rolled back", within=30)
    assert await image(ground) == f"{REPOSITORY}:v1.1"


async def test_what_was_approved_is_asked_for_again_when_something_else_runs_by_then(
    world: World, ground: Ground
) -> None:
    await world.dana.type("deploys", "/deploy api v1.2 production")
    card = await world.card()
    request = await world.request(card)
    await ground.set_image("v1.1.5")
    await ground.until(lambda api: api["status"].get("updatedReplicas") == api["status"].get("replicas") == 3)
    await world.ari.click(request, "Approve")
    assert "what runs there" in (await world.line(card, "Approvals are void"))["text"]
    assert await image(ground) == f"{REPOSITORY}:v1.1.5"
    again = await world.request(card)
    assert again["ts"] != request["ts"]
    await world.ari.click(again, "Approve")
    await world.becomes(card, "api v1.2 to production: done", within=30)
    assert await image(ground) == f"{REPOSITORY}:v1.2"


async def test_somebody_else_changing_it_meanwhile_is_said_and_left_alone(world: World, ground: Ground) -> None:
    await world.dana.type("deploys", "/deploy api v1.2-notready production")
    card = await world.card()
    await world.ari.click(await world.request(card), "Approve")
    card = await world.becomes(card, "rolling out")
    await world.dana.wait_message("deploys", "of 3 ready", within=10)
    await ground.set_image("v1.9")
    await world.becomes(card, "v1.2-notready to production: failed", within=20)
    assert await image(ground) == f"{REPOSITORY}:v1.9"


async def test_a_canary_by_replicas_that_is_promoted_and_one_that_is_aborted(world: World, ground: Ground) -> None:
    await world.dana.type("deploys", "/deploy api v1.2 canary")
    card = await world.card_of("v1.2")
    await world.line(card, "*Step 2 of 2: 50 %", within=30)
    copy = await ground.deployment("api-canary")
    assert copy["status"]["readyReplicas"] == 3
    assert await image(ground) == f"{REPOSITORY}:v1.1"
    await world.line(card, "*Waits for you*")
    await world.dana.click(await world.card(), "Promote")
    await world.becomes(card, "api v1.2 to canary: done", within=30)
    assert await image(ground) == f"{REPOSITORY}:v1.2"
    assert await ground.find("deployments", "api-canary") is None

    await world.dana.type("deploys", "/deploy api v1.3 canary")
    card = await world.card_of("v1.3")
    await world.line(card, "*Step 1 of 2: 25 %", within=30)
    await world.dana.click(await world.card(), "Abort and go back")
    await world.becomes(card, "api v1.3 to canary: failed and rolled back", within=30)
    assert await image(ground) == f"{REPOSITORY}:v1.2"
    assert await ground.find("deployments", "api-canary") is None


async def test_recreate_leaves_the_deployment_as_it_was_but_for_the_version(world: World, ground: Ground) -> None:
    await world.dana.type("deploys", "/deploy api v1.2 gap")
    await world.dana.wait_message("deploys", "api v1.2 to gap: done", within=30)
    assert await image(ground) == f"{REPOSITORY}:v1.2"


async def test_two_colours_change_places_and_back(world: World, ground: Ground) -> None:
    await ground.make("services", service("cart", color="blue"))
    await ground.make("deployments", deployment("cart-blue", 2, "v3.0", color="blue"))
    await ground.make("deployments", deployment("cart-green", 0, "v2.9", color="green"))
    await ground.until(lambda blue: blue.get("status", {}).get("availableReplicas") == 2, name="cart-blue")
    for asked, said, colour in (
        ("/deploy api v3.1 colours", "api v3.1 to colours: done", "green"),
        ("/rollback api colours", "api v3.0 to colours: done", "blue"),
    ):
        await world.dana.type("deploys", asked)
        await world.dana.wait_message("deploys", said, within=30)
        found = await ground.find("services", "cart")
        assert found
        assert found["spec"]["selector"]["color"] == colour
        idle = await ground.deployment(f"cart-{'blue' if colour == 'green' else 'green'}")
        assert idle["spec"]["replicas"] == 0
