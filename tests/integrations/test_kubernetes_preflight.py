"""What is asked before a deploy, on the playground's cluster and on a real API server: who says no, and to what."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.ports import DeployTarget
from bot.values import Change, Check, Fence, StrategyKind
from playground.cluster.world import BOT_RULES
from tests.integrations.kubernetes_ground import RBAC, REPOSITORY, RIGHTS, Ground, grounds, opened, settled, to

Json = dict[str, Any]


@pytest.fixture(params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with opened(request.param, tmp_path) as fresh:
        yield fresh


FENCE = Fence(deploy="d1", epoch=1)


def failed(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.text for check in checks if not check.passed}


def said(checks: list[Check], name: str) -> str:
    return next(check.text for check in checks if check.name == name)


async def until_said(target: DeployTarget, name: str, text: str, change: Change | None = None) -> list[Check]:
    """The preflight, once a line reads so: what the controllers count comes a moment later."""
    for _ in range(100):
        checks = await target.preflight(change or to("v1.2"))
        if any(check.name == name and text in check.text for check in checks):
            return checks
        await asyncio.sleep(0.1)
    raise AssertionError(f"{name} never said {text}: {checks}")


@pytest.mark.parametrize("strategy", ["rolling", "recreate", "canary"])
async def test_a_preflight_changes_nothing_and_says_yes(ground: Ground, strategy: StrategyKind) -> None:
    before = await ground.deployment()
    async with ground.target() as target:
        checks = await target.preflight(to("v1.2", strategy=strategy))
    assert failed(checks) == {}
    assert said(checks, "permission") == "the API server accepts a dry run of the change"
    assert said(checks, "healthy") == "3 of 3 replicas are ready"
    after = await ground.deployment()
    assert (before["spec"], before["metadata"].get("annotations")) == (
        after["spec"],
        after["metadata"].get("annotations"),
    )
    assert await ground.find("deployments", "api-canary") is None


@pytest.mark.parametrize("strategy", ["rolling", "canary"])
async def test_a_preflight_beside_a_canary_leaves_it_alone(ground: Ground, strategy: StrategyKind) -> None:
    async with ground.target() as target:
        await settled(target, await target.apply(to("v1.2", strategy="canary", weight=5), FENCE, "a canary"))
        before = await ground.deployment("api-canary")
        assert failed(await target.preflight(to("v1.3", strategy=strategy))) == {}
        after = await ground.deployment("api-canary")
    assert (before["metadata"]["uid"], before["spec"]) == (after["metadata"]["uid"], after["spec"])
    assert "deletionTimestamp" not in after["metadata"]


async def test_the_difference_is_told_by_meaning(ground: Ground) -> None:
    image = f"containers[api].image: {REPOSITORY}:v1.1 → {REPOSITORY}:v1.2"
    digest = "sha256:" + "5e" * 32
    async with ground.target() as target:
        assert await target.difference(to("v1.2")) == [image]
        assert await target.difference(to("v1.1")) == []
        assert await target.difference(to("v1.2", digest=digest)) == [f"{image}@{digest}"]
        assert await target.difference(to("v1.2", strategy="canary")) == [
            "beside it first: Deployment api-canary",
            image,
        ]
        revision = await target.apply(to("v1.2", digest=digest), FENCE, "pinned")
        assert (revision.version, revision.image) == ("v1.2", f"{REPOSITORY}:v1.2@{digest}")


async def test_what_is_not_well_is_not_deployed_to_unless_that_mends_it(ground: Ground) -> None:
    async with ground.target() as target:
        quota = {"metadata": {"name": "small"}, "spec": {"hard": {"pods": "3"}}}
        await ground.make("resourcequotas", quota)
        await ground.patch({"spec": {"replicas": 4}})
        await ground.until(lambda api: api["status"].get("unavailableReplicas", 0) == 1)
        for _ in range(100):  # the Deployment is said to be complete only when it is so: a scaling is no rollout
            checks = await target.preflight(to("v1.2"))
            if "healthy" in failed(checks):
                break
            await asyncio.sleep(0.1)
        assert failed(checks)["healthy"].startswith("3 of 4 replicas are ready: find out why first")


async def test_a_quota_that_leaves_no_room_is_told_before_anything_starts(ground: Ground) -> None:
    quota = {"metadata": {"name": "small"}, "spec": {"hard": {"pods": "3"}}}
    await ground.make("resourcequotas", quota)
    async with ground.target() as target:
        checks = await until_said(target, "capacity", "no room")
        assert failed(checks) == {"capacity": "no room for 1 more replica: quota small: 3 of 3 pods are used"}
        assert said(await target.preflight(to("v1.2", strategy="recreate")), "capacity").startswith("no replica more")


async def test_an_autoscaler_is_told(ground: Ground) -> None:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
    spec = {"minReplicas": 3, "maxReplicas": 10, "scaleTargetRef": reference}
    await ground.make("horizontalpodautoscalers", {"metadata": {"name": "api"}, "spec": spec})
    async with ground.target() as target:
        checks = await target.preflight(to("v1.2"))
    assert (failed(checks), said(checks, "autoscaler")) == ({}, "api keeps 3 to 10 replicas")


async def test_two_colours_that_are_not_configured_are_told(ground: Ground) -> None:
    async with ground.target() as target:
        told = failed(await target.preflight(to("v1.2", strategy="blue_green")))
    assert told == {"strategy": "blue_green needs two Deployments: name them in the target's option blue_green"}


async def rules(ground: Ground, given: list[Json]) -> None:
    role = f"{RBAC}/{ground.namespace}/roles/quarterdeck"
    await ground.admin.send("PATCH", role, {"rules": given}, "application/merge-patch+json")


async def test_the_first_block_of_the_rights_is_enough_for_rolling_and_the_rest_is_told_when_missing(
    ground: Ground,
) -> None:
    await rules(ground, yaml.safe_load((RIGHTS / "role.yaml").read_text())["rules"][:5])
    async with ground.target() as target:
        checks = await target.preflight(to("v1.2"))
        assert failed(checks) == {}
        assert said(checks, "autoscaler").startswith("can't tell")
        assert said(checks, "capacity").startswith("can't tell")
        revision = await target.apply(to("v1.2"), FENCE, "rolling")
        assert (await settled(target, revision)).phase == "done"
        lines = failed(await target.preflight(to("v1.3", strategy="canary")))
        assert list(lines) == ["permission"]
        assert "cannot create resource" in lines["permission"]


async def test_a_way_back_is_rehearsed(ground: Ground) -> None:
    source = {"configMapRef": {"name": "settings"}}
    await ground.make("configmaps", {"metadata": {"name": "settings"}, "data": {"MODE": "steady"}})
    pods = {"spec": {"containers": [{"name": "api", "envFrom": [source]}]}}
    await ground.patch({"spec": {"template": pods}})
    async with ground.target() as target:
        runs = (await target.inspect()).revision
        assert failed(await target.rehearse(runs)) == {}
        await ground.admin.send("DELETE", ground.path("configmaps", "settings"))
        assert failed(await target.rehearse(runs)) == {"config": "gone since: ConfigMap settings"}
        unknown = runs.model_copy(update={"restore": {}})
        assert list(failed(await target.rehearse(unknown))) == ["recorded"]
        elsewhere = runs.model_copy(update={"restore": {**runs.restore, "uid": "another"}})
        assert "recorded" in failed(await target.rehearse(elsewhere))


async def test_a_secret_that_may_not_be_looked_for_is_said_so(ground: Ground) -> None:
    pods = {"spec": {"volumes": [{"name": "keys", "secret": {"secretName": "keys"}}]}}
    await ground.patch({"spec": {"template": pods}})
    async with ground.target() as target:
        checks = await target.rehearse((await target.inspect()).revision)
        assert failed(checks) == {}
        assert said(checks, "config").startswith("can't tell whether its Secrets are still there")
    every = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}
    await rules(ground, [*yaml.safe_load((RIGHTS / "role.yaml").read_text())["rules"], every])
    async with ground.target() as target:
        checks = await target.rehearse((await target.inspect()).revision)
        assert failed(checks) == {"config": "gone since: Secret keys"}


def test_the_playground_s_bot_has_exactly_these_rights() -> None:
    role = yaml.safe_load((RIGHTS / "role.yaml").read_text())["rules"]
    granted = [(rule["apiGroups"], rule["resources"], tuple(rule["verbs"])) for rule in role]
    assert sorted(granted) == sorted(([group], [what], verbs) for group, what, verbs in BOT_RULES)
