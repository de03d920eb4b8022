"""A canary by the weights of an HTTPRoute, on the playground's cluster and on a real API server with its definition."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Code, Refusal
from bot.ports import DeployTarget
from bot.values import Change, Check, Fence, Phase, Progress, Revision
from tests.integrations.kubernetes_ground import Ground, deployment, grounds, opened, route, service, settled, to
from tests.playground.test_cluster_contract_routes import DEFINITIONS, definition

Json = dict[str, Any]
MERGE = "application/merge-patch+json"
ROUTE = {"name": "shop"}


async def gateway(ground: Ground) -> None:
    """What a real API server alone has not: somebody who takes the route up."""
    path = ground.path("httproutes", "shop")
    while True:
        found = await ground.admin.send("GET", path)
        seen = {"type": "Accepted", "status": "True", "observedGeneration": found["metadata"]["generation"]}
        status = {"parents": [{"parentRef": {"name": "shop"}, "conditions": [seen]}]}
        if found.get("status") != status:
            await ground.admin.send("PATCH", f"{path}/status", {"status": status}, MERGE)
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def routed(kind: str, folder: Path) -> AsyncIterator[Ground]:
    async with opened(kind, folder) as ground:
        taking_up = None
        if kind == "real":  # the definition stays: other tests on the same server may be using it
            with contextlib.suppress(AssertionError):
                await ground.admin.send("POST", DEFINITIONS, definition())
            for _ in range(100):
                with contextlib.suppress(AssertionError):
                    await ground.admin.send("GET", ground.path("httproutes", ""))
                    break
                await asyncio.sleep(0.1)
        await ground.make("services", service("pay", track="stable"))
        await ground.make("deployments", deployment("pay", 4, "v5.1", track="stable"))
        await ground.make("httproutes", route("pay"))
        if kind == "real":
            taking_up = asyncio.create_task(gateway(ground))
        await ground.until(lambda pay: pay.get("status", {}).get("availableReplicas") == 4, name="pay")
        yield ground
        if taking_up:
            taking_up.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await taking_up


@pytest.fixture(params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with routed(request.param, tmp_path) as fresh:
        yield fresh


@pytest.fixture
async def target(ground: Ground) -> AsyncIterator[DeployTarget]:
    async with ground.target(deployment="pay", route=ROUTE) as opened_target:
        yield opened_target


def fence(deploy: str = "d1", epoch: int = 1) -> Fence:
    return Fence(deploy=deploy, epoch=epoch)


def part(weight: int, version: str = "v5.2") -> Change:
    return to(version, strategy="canary", weight=weight)


async def reached(target: DeployTarget, change: Change) -> tuple[Revision, Progress]:
    revision = await target.apply(change, fence(), "a canary")
    return revision, await settled(target, revision)


async def weights(ground: Ground) -> dict[str, int]:
    found = await ground.find("httproutes", "shop")
    assert found is not None
    return {one["name"]: one["weight"] for one in found["spec"]["rules"][0]["backendRefs"]}


async def test_the_route_gives_what_is_asked_when_the_copy_is_ready(ground: Ground, target: DeployTarget) -> None:
    _, progress = await reached(target, part(0))
    assert (progress.phase, progress.weight, progress.new, progress.old) == ("done", 0, 1, 4)
    assert await weights(ground) == {"pay": 100}

    _, progress = await reached(target, part(5))
    assert (progress.phase, progress.weight, progress.new, progress.old) == ("done", 5, 1, 4)
    assert await weights(ground) == {"pay": 95, "pay-canary": 5}
    made = await ground.find("services", "pay-canary")
    assert made is not None
    assert made["spec"]["selector"] == {"app": "api", "track": "canary"}

    _, progress = await reached(target, part(60))
    assert (progress.phase, progress.weight, progress.new, progress.old) == ("done", 60, 3, 4)

    whole, progress = await reached(target, part(100))
    assert (progress.phase, progress.weight, progress.old) == ("done", 100, 0)
    assert await weights(ground) == {"pay": 40, "pay-canary": 60}
    await target.tidy(whole, fence(), "tidy")
    assert await weights(ground) == {"pay": 100, "pay-canary": 0}
    assert await ground.find("deployments", "pay-canary") is None
    assert (await settled(target, whole)).phase is Phase.DONE


async def test_a_copy_that_cannot_start_gets_no_traffic(ground: Ground, target: DeployTarget) -> None:
    _, progress = await reached(target, part(20, "v5.2-bad"))
    assert (progress.phase, progress.weight) == ("failed", 0)
    assert await weights(ground) == {"pay": 100}


async def test_less_traffic_comes_before_less_pods(ground: Ground, target: DeployTarget) -> None:
    await reached(target, part(60))
    revision = await target.apply(part(10), fence(), "less")
    assert await weights(ground) == {"pay": 90, "pay-canary": 10}
    progress = await settled(target, revision)
    assert (progress.phase, progress.weight, progress.wanted) == ("done", 10, 1)


@pytest.mark.parametrize("stands", ["asked", "part", "turning", "whole", "tidied"])
async def test_going_back_from_every_point_leaves_what_ran_and_only_it(
    ground: Ground, target: DeployTarget, stands: str
) -> None:
    before = (await target.inspect()).revision
    revision = await target.apply(part(20), fence(), "a canary")
    if stands != "asked":
        await settled(target, revision)
    if stands in ("turning", "whole", "tidied"):
        revision = await target.apply(part(100), fence(), "the whole")
    if stands in ("whole", "tidied"):
        await settled(target, revision)
    if stands == "tidied":
        await target.tidy(revision, fence(), "tidy")
    restored = await target.restore(before, fence(), "back")
    again = await target.restore(before, fence(epoch=2), "back")
    assert again.id == restored.id
    assert (await weights(ground)).get("pay-canary", 0) == 0  # traffic leaves first, at once
    assert (await settled(target, again)).phase is Phase.DONE
    assert await ground.find("deployments", "pay-canary") is None
    assert (await target.inspect()).revision.version == "v5.1"


async def test_a_route_that_a_later_run_has_written_is_not_touched(ground: Ground, target: DeployTarget) -> None:
    await reached(target, part(5))
    note = {"metadata": {"annotations": {"quarterdeck.dev/fence": "d9:9"}}}
    await ground.admin.send("PATCH", ground.path("httproutes", "shop"), note, MERGE)
    with pytest.raises(Refusal) as refused:
        await target.apply(part(50), fence(), "late")
    assert refused.value.code is Code.FENCED
    assert await weights(ground) == {"pay": 95, "pay-canary": 5}


def failed(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.text for check in checks if not check.passed}


async def test_the_preflight_looks_at_the_route(ground: Ground, target: DeployTarget) -> None:
    for _ in range(100):  # until the gateway has taken it
        if not (told := failed(await target.preflight(part(100)))):
            break
        assert told == {"strategy": "no gateway has accepted route shop"}
        await asyncio.sleep(0.1)
    assert "a canary by route shop" in [check.text for check in await target.preflight(part(100))]
    assert await ground.find("deployments", "pay-canary") is None
    assert await ground.find("services", "pay-canary") is None

    async with ground.target(deployment="pay", route={"name": "nowhere"}) as lost:
        assert (
            'httproutes.gateway.networking.k8s.io "nowhere" not found'
            in failed(await lost.preflight(part(5)))["strategy"]
        )
    async with ground.target(deployment="pay", route=ROUTE | {"service": "other"}) as lost:
        assert "other" in failed(await lost.preflight(part(5)))["strategy"]


async def test_a_service_that_takes_in_the_copy_would_make_the_weights_wrong(ground: Ground) -> None:
    await ground.make("services", service("all"))
    rules = {"spec": {"rules": [{"backendRefs": [{"name": "all", "port": 80}]}]}}
    await ground.admin.send("PATCH", ground.path("httproutes", "shop"), rules, MERGE)
    async with ground.target(deployment="pay", route=ROUTE | {"service": "all"}) as target:
        for _ in range(100):
            told = failed(await target.preflight(part(5)))["strategy"]
            if "accepted" not in told:
                break
            await asyncio.sleep(0.1)
        assert told.startswith("Service all selects the canary's pods too")
        with pytest.raises(Refusal, match="selects the canary's pods too"):
            await target.apply(part(5), fence(), "no")
        assert await ground.find("deployments", "pay-canary") is None
