"""Blue-green: two Deployments behind one Service, on the playground's cluster and on a real API server."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Code, Refusal
from bot.ports import DeployTarget
from bot.values import Change, Check, Fence, Phase, Progress, Revision
from integrations.targets._kubernetes.objects import Objects
from tests.integrations.kubernetes_ground import (
    REPOSITORY,
    STRATEGIC,
    Ground,
    deployment,
    grounds,
    opened,
    service,
    settled,
    to,
)

Json = dict[str, Any]
PAIR = {"service": "cart", "blue": "cart-blue", "green": "cart-green"}


@pytest.fixture(params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with opened(request.param, tmp_path) as fresh:
        await fresh.make("services", service("cart", color="blue"))
        await fresh.make("deployments", deployment("cart-blue", 2, "v3.0", color="blue"))
        await fresh.make("deployments", deployment("cart-green", 0, "v2.9", color="green"))
        await fresh.until(lambda blue: blue.get("status", {}).get("availableReplicas") == 2, name="cart-blue")
        yield fresh


@pytest.fixture
async def target(ground: Ground) -> AsyncIterator[DeployTarget]:
    async with ground.target(deployment="cart", blue_green=PAIR) as opened_target:
        yield opened_target


def fence(deploy: str = "d1", epoch: int = 1) -> Fence:
    return Fence(deploy=deploy, epoch=epoch)


def turn(weight: int, version: str = "v3.1") -> Change:
    return to(version, strategy="blue_green", weight=weight)


async def reached(target: DeployTarget, change: Change, given: Fence | None = None) -> tuple[Revision, Progress]:
    revision = await target.apply(change, given or fence(), "a switch")
    return revision, await settled(target, revision)


async def colour(ground: Ground) -> str:
    found = await ground.find("services", "cart")
    assert found is not None
    return str(found["spec"]["selector"]["color"])


async def runs(ground: Ground, name: str) -> tuple[str, int]:
    """The version and the ready replicas of one colour."""
    one = await ground.deployment(name)
    image = one["spec"]["template"]["spec"]["containers"][0]["image"]
    return image.removeprefix(f"{REPOSITORY}:"), one["status"].get("readyReplicas", 0)


async def test_the_other_colour_is_ready_before_it_is_switched_to_and_the_old_one_stays_warm(
    ground: Ground, target: DeployTarget
) -> None:
    snapshot = await target.inspect()
    assert (snapshot.revision.version, snapshot.revision.id, snapshot.ready) == ("v3.0", "blue:1", 2)
    _, progress = await reached(target, turn(0))
    assert (progress.phase, progress.weight, progress.ready, progress.old) == ("done", 0, 2, 2)
    assert progress.new_selector["pod"].startswith("cart-green-")
    assert progress.old_selector["pod"].startswith("cart-blue-")
    assert await colour(ground) == "blue"
    assert (await target.inspect()).revision.version == "v3.0"

    revision, progress = await reached(target, turn(100))
    assert (progress.phase, progress.weight, progress.ready, progress.old) == ("done", 100, 2, 2)
    assert await colour(ground) == "green"
    assert await runs(ground, "cart-blue") == ("v3.0", 2)
    assert (await target.inspect()).revision.version == "v3.1"

    await target.tidy(revision, fence(), "tidy")
    await ground.until(lambda blue: not blue["status"].get("replicas"), name="cart-blue")
    assert (await settled(target, revision)).phase is Phase.DONE


async def test_the_next_deploy_takes_the_other_way(ground: Ground, target: DeployTarget) -> None:
    first, _ = await reached(target, turn(100))
    await target.tidy(first, fence(), "tidy")
    revision, progress = await reached(target, turn(100, "v3.2"), fence("d2", 2))
    assert (progress.phase, revision.id.partition(":")[0]) == ("done", "blue")
    assert await colour(ground) == "blue"
    assert await runs(ground, "cart-blue") == ("v3.2", 2)


async def test_a_copy_that_cannot_start_is_never_switched_to(ground: Ground, target: DeployTarget) -> None:
    before = (await target.inspect()).revision
    _, progress = await reached(target, turn(100, "v3.1-bad"))
    assert (progress.phase, progress.weight) == ("failed", 0)
    assert progress.trouble is not None
    assert progress.trouble.pod.startswith("cart-green-")
    assert await colour(ground) == "blue"
    restored = await target.restore(before, fence(), "back")
    assert (await settled(target, restored)).phase is Phase.DONE
    assert await runs(ground, "cart-blue") == ("v3.0", 2)
    assert (await ground.deployment("cart-green"))["spec"]["replicas"] == 0


async def brought(target: DeployTarget, stands: str) -> None:
    if stands == "nothing":
        return
    revision = await target.apply(turn(0 if stands in ("starting", "beside") else 100), fence(), "a switch")
    if stands in ("starting", "turning"):
        return
    await settled(target, revision)
    if stands == "tidied":
        await target.tidy(revision, fence(), "tidy")


@pytest.mark.parametrize("stands", ["nothing", "starting", "beside", "turning", "switched", "tidied"])
async def test_going_back_from_every_point_leaves_what_ran_and_only_it(
    ground: Ground, target: DeployTarget, stands: str
) -> None:
    before = (await target.inspect()).revision
    await brought(target, stands)
    restored = await target.restore(before, fence(), "back")
    again = await target.restore(before, fence(epoch=2), "back")
    assert again.id == restored.id
    assert (await settled(target, again)).phase is Phase.DONE
    assert await colour(ground) == "blue"
    assert await runs(ground, "cart-blue") == ("v3.0", 2)
    assert (await ground.deployment("cart-green"))["spec"]["replicas"] == 0
    assert (await target.inspect()).revision.version == "v3.0"


async def test_what_ran_long_ago_comes_back_on_the_colour_that_is_free(ground: Ground, target: DeployTarget) -> None:
    old = (await target.inspect()).revision
    for epoch, version in enumerate(("v3.1", "v3.2", "v3.3"), start=1):
        revision, _ = await reached(target, turn(100, version), fence(f"d{epoch}", epoch))
        await target.tidy(revision, fence(f"d{epoch}", epoch), "tidy")
    assert await colour(ground) == "green"
    restored = await target.restore(old, fence("d9", 9), "long ago")
    assert (await settled(target, restored)).phase is Phase.DONE
    assert (await target.inspect()).revision.version == "v3.0"
    assert await colour(ground) == "blue"


async def test_there_is_always_somebody_who_serves(ground: Ground, target: DeployTarget) -> None:
    before, serving = (await target.inspect()).revision, []

    async def watched(revision: Revision) -> None:
        while (await target.observe(revision)).phase is Phase.WAITING:
            serving.append((await runs(ground, f"cart-{await colour(ground)}"))[1])
            await asyncio.sleep(0.05)

    await watched(await target.apply(turn(100), fence(), "forth"))
    await watched(await target.restore(before, fence(), "back"))
    assert serving
    assert min(serving) == 2


async def test_each_call_may_be_repeated_by_a_new_process(ground: Ground, target: DeployTarget) -> None:
    begun = await target.apply(turn(100), fence(), "begun")
    async with ground.target(deployment="cart", blue_green=PAIR) as resumed:
        revision = await resumed.apply(turn(100), fence(epoch=2), "begun")
        assert revision == begun
        assert (await settled(resumed, revision)).phase is Phase.DONE
        again = await resumed.apply(turn(100), fence(epoch=2), "begun")  # it has been switched: not once more
        assert (again, await colour(ground)) == (begun, "green")
        await resumed.tidy(revision, fence(epoch=2), "tidy")
    for stale in (
        target.apply(turn(0), fence(), "late"),
        target.restore(begun, fence(), "late"),
        target.tidy(begun, fence(), "late"),
    ):
        with pytest.raises(Refusal) as refused:
            await stale
        assert refused.value.code is Code.FENCED
    assert await colour(ground) == "green"


async def test_a_deployment_that_a_later_run_has_written_is_not_touched(ground: Ground, target: DeployTarget) -> None:
    await ground.patch({"metadata": {"annotations": {"quarterdeck.dev/fence": "d9:9"}}}, "cart-green")
    with pytest.raises(Refusal) as refused:
        await target.apply(turn(0), fence(), "late")
    assert refused.value.code is Code.FENCED
    assert await runs(ground, "cart-green") == ("v2.9", 0)


async def test_a_switch_by_hand_supersedes_and_is_not_undone(ground: Ground, target: DeployTarget) -> None:
    revision, _ = await reached(target, turn(100))
    by_hand = {"spec": {"selector": {"color": "blue"}}}
    await ground.admin.send("PATCH", ground.path("services", "cart"), by_hand, STRATEGIC)
    progress = await target.observe(revision)
    assert (progress.phase, progress.text) == (Phase.SUPERSEDED, "Somebody has switched the Service to blue.")
    resumed = await target.apply(turn(100), fence(epoch=2), "again")
    assert (await target.observe(resumed)).phase is Phase.SUPERSEDED
    assert await colour(ground) == "blue"


async def test_a_switch_whose_service_changes_meanwhile_is_decided_anew(
    ground: Ground, target: DeployTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    patch, waiting = Objects.patch, [True]

    async def interrupted(self: Objects, kind: Any, name: str, body: Any, *, dry_run: bool = False) -> Any:
        if name == "cart" and isinstance(body, list) and waiting and not dry_run:
            waiting.clear()
            labels = {"metadata": {"labels": {"touched": "yes"}}}
            await ground.admin.send("PATCH", ground.path("services", "cart"), labels, STRATEGIC)
        return await patch(self, kind, name, body, dry_run=dry_run)

    monkeypatch.setattr(Objects, "patch", interrupted)
    _, progress = await reached(target, turn(100))
    assert (progress.phase, waiting, await colour(ground)) == ("done", [], "green")


def failed(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.text for check in checks if not check.passed}


async def test_the_preflight_and_the_difference_say_what_would_happen(ground: Ground, target: DeployTarget) -> None:
    checks = await target.preflight(turn(100))
    assert failed(checks) == {}
    assert "cart-green takes over" in [check.text for check in checks]
    assert await target.difference(turn(100)) == [
        f"cart-green: containers[api].image: {REPOSITORY}:v2.9 → {REPOSITORY}:v3.1",
        "Service cart: color: blue → green",
    ]
    assert failed(await target.preflight(to("v3.1"))) == {
        "strategy": "rolling is not how a place with two colours changes: its strategy is blue_green"
    }
    assert failed(await target.rehearse((await target.inspect()).revision)) == {}
    assert await colour(ground) == "blue"
    assert await runs(ground, "cart-green") == ("v2.9", 0)


async def test_a_service_that_selects_neither_is_told(ground: Ground) -> None:
    async with ground.target(deployment="cart", blue_green={**PAIR, "label": "shade"}) as target:
        assert list(failed(await target.preflight(turn(100)))) == ["exists"]
        with pytest.raises(Refusal, match="does not select"):
            await target.inspect()


async def test_parts_between_nothing_and_the_whole_are_refused(target: DeployTarget) -> None:
    for change in (turn(50), to("v3.1"), to("v3.1", strategy="canary", weight=5)):
        with pytest.raises(Refusal) as refused:
            await target.apply(change, fence(), "no")
        assert refused.value.code is Code.INVALID
