"""The guide for rolling back by hand, as it is written: its blocks are typed while a deploy has been left half-way."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.ports import DeployTarget
from bot.values import Fence, Phase, Place, Revision
from integrations.targets.kubernetes import Options, connect
from playground.cluster import Cluster
from tests.integrations.kubernetes_ground import settled, to

pytestmark = pytest.mark.skipif(
    shutil.which("kubectl") is None and not os.environ.get("CI"), reason="there is no kubectl here"
)

GUIDE = (Path(__file__).parents[2] / "docs/guides/by-hand.md").read_text(encoding="utf-8")
PLACE = Place("shop", "production")
FENCE = Fence(deploy="deploy-41", epoch=7)


def block(heading: str) -> str:
    """The commands below a heading."""
    part = re.split(r"^#+ ", GUIDE.split(heading, 1)[1], maxsplit=1, flags=re.MULTILINE)[0]
    [found] = re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
    return str(found)


class Hand:
    """Somebody with kubectl and all rights, while the bot is down."""

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster, self._folder = cluster, folder

    async def types(self, script: str) -> str:
        """Run the commands; any that fails fails the test."""
        kubeconfig = self._cluster.kubeconfig(self._folder / "admin", "admin")
        home = {"KUBECONFIG": str(kubeconfig), "HOME": str(self._folder), "PATH": os.environ["PATH"]}
        pipe = asyncio.subprocess.PIPE
        typed = await asyncio.create_subprocess_exec("bash", "-ec", script, env=home, stdout=pipe, stderr=pipe)
        out, err = await asyncio.wait_for(typed.communicate(), 50)
        assert typed.returncode == 0, f"{script}\n{err.decode()}"
        return out.decode()

    def target(self, service: str, **more: Any) -> DeployTarget:
        image = f"registry.example.com/shop/{service}"
        given = {"namespace": "shop-production", "deployment": service, "container": service, "image": image}
        kubeconfig = self._cluster.kubeconfig(self._folder / "bot", "quarterdeck")
        return connect({PLACE: Options.model_validate({**given, "kubeconfig": kubeconfig, **more})})[PLACE]


@pytest.fixture
async def hand(tmp_path: Path) -> AsyncIterator[Hand]:
    async with Cluster(scale=20) as cluster:
        yield Hand(cluster, tmp_path)


PAIR = {"service": "cart", "blue": "cart-blue", "green": "cart-green"}
WAYS: dict[str, tuple[str, dict[str, Any], str, int]] = {
    "Rolling": ("api", {}, "rolling", 100),
    "Recreate": ("web", {}, "recreate", 100),
    "Canary by replicas": ("api", {}, "canary", 25),
    "Canary by a route": ("pay", {"route": {"name": "pay"}}, "canary", 25),
    "Blue-green": ("cart", {"blue_green": PAIR}, "blue_green", 100),
}


async def half_way(target: DeployTarget, strategy: str, weight: int) -> tuple[Revision, Revision]:
    """A deploy that the bot has left; what ran before it, and what it was about."""
    before = (await target.inspect()).revision
    revision = await target.apply(to("v9.9", strategy=strategy, weight=weight), FENCE, "deploy 41")
    await settled(target, revision, within=30)
    return before, revision


@pytest.mark.parametrize("way", WAYS)
async def test_each_strategy_is_rolled_back_as_the_guide_says(hand: Hand, way: str) -> None:
    service, more, strategy, weight = WAYS[way]
    target = hand.target(service, **more)
    before, revision = await half_way(target, strategy, weight)
    await hand.types(block("## 2. What stands there"))
    await hand.types(block(f"### {way}\n"))
    snapshot = await target.inspect()
    assert (snapshot.revision.version, snapshot.ready) == (before.version, snapshot.replicas)
    names = await hand.types("kubectl -n shop-production get deployments -o name")
    assert "canary" not in names

    thing = "service/cart" if way == "Blue-green" else f"deployment/{service}"
    note = "quarterdeck.dev/fence=by-hand:2000000000"
    assert note in block("## 4. Tell the bot, before it comes back")
    await hand.types(f"kubectl -n shop-production annotate --overwrite {thing} {note}")
    assert (await target.observe(revision)).phase is Phase.SUPERSEDED
    again = to("v9.8", strategy=strategy)
    assert "fence" in {check.name for check in await target.preflight(again) if not check.passed}
    await hand.types(f"kubectl -n shop-production annotate {thing} quarterdeck.dev/fence-")
    assert {check.name for check in await target.preflight(again) if not check.passed} == set()
    await target.close()


async def test_the_notes_are_written_and_taken_away_as_the_guide_says(hand: Hand) -> None:
    for heading, there in (("## 4. Tell the bot, before it comes back", True), ("## 5. Give it back", False)):
        await hand.types(block(heading))
        seen = await hand.types("kubectl -n shop-production get deployment/api service/cart -o yaml")
        assert ("by-hand:2000000000" in seen) is there


async def test_a_recreate_leaves_the_strategy_of_before(hand: Hand) -> None:
    target = hand.target("web")
    await half_way(target, "recreate", 100)
    await hand.types(block("### Recreate\n"))
    kind = await hand.types("kubectl -n shop-production get deployment web -o jsonpath={.spec.strategy.type}")
    assert kind == "RollingUpdate"
    await target.close()
