"""Recreate, where old and new must not run together, on the playground's cluster and on a real API server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import DeployTarget
from bot.values import Fence, Phase, Revision
from tests.integrations.kubernetes_ground import Ground, grounds, opened, settled, to


@pytest.fixture(params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with opened(request.param, tmp_path) as fresh:
        yield fresh


def fence(deploy: str = "d1", epoch: int = 1) -> Fence:
    return Fence(deploy=deploy, epoch=epoch)


OWN = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 2, "maxUnavailable": 0}}
NOTE = "quarterdeck.dev/strategy-before"


async def together(ground: Ground, target: DeployTarget, revision: Revision) -> bool:
    """Whether two versions were ever there at once while it went on."""
    seen = False
    while (await target.observe(revision)).phase is Phase.WAITING:
        alive = [one for one in await ground.replica_sets() if one.get("status", {}).get("replicas")]
        seen = seen or len(alive) > 1
    return seen


async def test_no_two_versions_run_together_and_the_next_change_finds_the_old_strategy(ground: Ground) -> None:
    await ground.patch({"spec": {"strategy": OWN}})
    async with ground.target() as target:
        assert "there will be a gap: the old replicas stop before the new ones start" in [
            check.text for check in await target.preflight(to("v1.2", strategy="recreate")) if check.passed
        ]
        difference = await target.difference(to("v1.2", strategy="recreate"))
        assert "strategy.type: RollingUpdate → Recreate" in difference
        revision = await target.apply(to("v1.2", strategy="recreate"), fence(), "all at once")
        assert not await together(ground, target, revision)
        assert (await target.observe(revision)).phase is Phase.DONE
        api = await ground.deployment()
        assert api["spec"]["strategy"] == {"type": "Recreate"}
        assert NOTE in api["metadata"]["annotations"]

        again = await target.apply(to("v1.3", strategy="recreate"), fence("d2", 2), "once more")
        await settled(target, again)
        rolling = await target.apply(to("v1.4"), fence("d3", 3), "one by one")
        assert (await settled(target, rolling)).phase is Phase.DONE
    api = await ground.deployment()
    assert api["spec"]["strategy"] == OWN
    assert NOTE not in api["metadata"]["annotations"]


async def test_going_back_keeps_them_apart_too_and_tidy_puts_the_strategy_back(ground: Ground) -> None:
    async with ground.target() as target:
        before, own = (await target.inspect()).revision, (await ground.deployment())["spec"]["strategy"]
        await target.apply(to("v1.2-bad", strategy="recreate"), fence(), "all at once")
        restored = await target.restore(before, fence(), "back")
        assert not await together(ground, target, restored)
        await target.tidy(restored, fence(), "tidy")
        await target.tidy(restored, fence(), "tidy")
        assert (await settled(target, restored)).phase is Phase.DONE
    api = await ground.deployment()
    assert api["spec"]["strategy"] == own
    assert NOTE not in api["metadata"]["annotations"]


async def test_a_deployment_that_says_recreate_itself_stays_so(ground: Ground) -> None:
    await ground.patch({"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}})
    async with ground.target() as target:
        texts = [check.text for check in await target.preflight(to("v1.2"))]
        assert any(text.startswith("the Deployment itself says Recreate") for text in texts)
        for epoch, strategy in enumerate(("recreate", "rolling"), start=1):
            revision = await target.apply(to(f"v1.{epoch + 1}", strategy=strategy), fence(f"d{epoch}", epoch), "so")
            assert (await settled(target, revision)).phase is Phase.DONE
    assert (await ground.deployment())["spec"]["strategy"] == {"type": "Recreate"}
