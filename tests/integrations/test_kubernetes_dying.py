"""A process that dies after any of its writes: whoever makes the same call again brings it to its end."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.ports import DeployTarget
from bot.values import Change, Fence, Job, Phase, Revision
from integrations.targets._kubernetes.api import Cluster as Api
from playground.cluster import Cluster
from tests.integrations.kubernetes_ground import Ground, deployment, prepared, route, service, settled, to

FAST = 40
MOST_WRITES = 12
Call = Callable[[DeployTarget, Revision, Fence], Awaitable[Any]]


class Death(BaseException):
    """What nobody catches."""


@pytest.fixture
def dies(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Lets the process die right after its n-th write has had its effect; 0: never."""
    call, left = Api._call, [0]

    async def counted(self: Api, method: str, *rest: Any) -> bytes:
        answer = await call(self, method, *rest)
        if method != "GET" and left[0]:
            left[0] -= 1
            if not left[0]:
                raise Death
        return answer

    def arm(writes: int) -> None:
        left[0] = writes

    monkeypatch.setattr(Api, "_call", counted)
    return arm


def part(weight: int, kind: str = "canary") -> Change:
    return to("v1.2", strategy=kind, weight=weight)


async def nothing(target: DeployTarget, before: Revision, fence: Fence) -> None:
    pass


def given(*weights: int, kind: str = "canary", tidied: bool = False) -> Call:
    """The place as it stands after these weights."""

    async def bring(target: DeployTarget, before: Revision, fence: Fence) -> None:
        for weight in weights:
            revision = await target.apply(part(weight, kind), fence, "before")
            await settled(target, revision)
        if tidied:
            await target.tidy(revision, fence, "before")

    return bring


def applies(weight: int, kind: str = "canary") -> Call:
    async def call(target: DeployTarget, before: Revision, fence: Fence) -> Revision:
        revision = await target.apply(part(weight, kind), fence, "now")
        assert (await settled(target, revision)).phase is Phase.DONE
        return revision

    return call


async def restores(target: DeployTarget, before: Revision, fence: Fence) -> Revision:
    revision = await target.restore(before, fence, "now")
    assert (await settled(target, revision)).phase is Phase.DONE
    return revision


async def tidies(target: DeployTarget, before: Revision, fence: Fence) -> None:
    await target.tidy((await target.inspect()).revision, fence, "now")


async def runs_job(target: DeployTarget, before: Revision, fence: Fence) -> str:
    return await target.start_job(Job(name="once", change=to("v1.2"), command=("true",)), fence, "now")


async def state(ground: Ground) -> dict[str, Any]:
    """What is left of it all: each Deployment's image and replicas, the Service's choice, the route, the jobs."""
    left: dict[str, Any] = {}
    for one in (await ground.admin.send("GET", ground.path(name="")))["items"]:
        image = one["spec"]["template"]["spec"]["containers"][0]["image"]
        left[one["metadata"]["name"]] = (image, one["spec"]["replicas"], one["spec"]["strategy"]["type"])
        left[one["metadata"]["name"] + " goal"] = one["metadata"]["annotations"].get("quarterdeck.dev/goal")
    for one in (await ground.admin.send("GET", ground.path("services", "")))["items"]:
        left["service " + one["metadata"]["name"]] = one["spec"]["selector"]
    for one in (await ground.admin.send("GET", ground.path("httproutes", "")))["items"]:
        left["route"] = one["spec"]["rules"]
    left["jobs"] = len((await ground.admin.send("GET", ground.path("jobs", "")))["items"])
    return left


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Opens fresh namespaces in one fast cluster, each with a target of a kind."""
    async with Cluster(scale=FAST) as running:
        admin, bot = (running.kubeconfig(tmp_path / user, user) for user in ("admin", "quarterdeck"))

        @asynccontextmanager
        async def place(kind: str) -> AsyncIterator[tuple[Ground, dict[str, Any]]]:
            async with prepared(admin, bot, "quarterdeck", logs=True, scale=FAST) as ground:
                options: dict[str, Any] = {}
                if kind == "route":
                    await ground.make("services", service("pay", track="stable"))
                    await ground.make("deployments", deployment("pay", 3, track="stable"))
                    await ground.make("httproutes", route("pay"))
                    await ground.until(lambda one: one.get("status", {}).get("availableReplicas") == 3, name="pay")
                    options = {"deployment": "pay", "route": {"name": "shop"}}
                if kind == "colours":
                    await ground.make("services", service("cart", color="blue"))
                    await ground.make("deployments", deployment("cart-blue", 2, color="blue"))
                    await ground.make("deployments", deployment("cart-green", 0, "v0.9", color="green"))
                    pair = {"service": "cart", "blue": "cart-blue", "green": "cart-green"}
                    await ground.until(lambda one: one.get("status", {}).get("readyReplicas") == 2, name="cart-blue")
                    options = {"deployment": "cart", "blue_green": pair}
                yield ground, options

        yield place


CASES: dict[str, tuple[str, Call, Call]] = {
    "rolling": ("plain", nothing, applies(100, "rolling")),
    "recreate": ("plain", nothing, applies(100, "recreate")),
    "the strategy put back": ("plain", given(100, kind="recreate"), tidies),
    "a canary begun": ("plain", nothing, applies(5)),
    "a canary grown": ("plain", given(5), applies(50)),
    "a canary made whole": ("plain", given(5), applies(100)),
    "a canary given up": ("plain", given(50), restores),
    "a whole given up": ("plain", given(50, 100), restores),
    "a canary tidied away": ("plain", given(5, 100), tidies),
    "a rolling change over a canary": ("plain", given(5), applies(100, "rolling")),
    "a route begun": ("route", nothing, applies(20)),
    "a route lowered": ("route", given(60), applies(10)),
    "a route given up": ("route", given(60), restores),
    "a route tidied": ("route", given(20, 100), tidies),
    "a colour made ready": ("colours", nothing, applies(0, "blue_green")),
    "a switch": ("colours", nothing, applies(100, "blue_green")),
    "a switch given up": ("colours", given(100, kind="blue_green"), restores),
    "a switch given up late": ("colours", given(100, kind="blue_green", tidied=True), restores),
    "a colour let go": ("colours", given(100, kind="blue_green"), tidies),
    "a job": ("plain", nothing, runs_job),
}


@pytest.mark.parametrize("case", CASES)
async def test_a_call_that_died_after_any_write_ends_like_one_that_did_not(
    cluster: Any, dies: Callable[[int], None], case: str
) -> None:
    kind, before, call = CASES[case]
    expected: dict[str, Any] = {}
    for writes in range(MOST_WRITES):
        async with cluster(kind) as (ground, options):
            async with ground.target(**options) as target:
                found = (await target.inspect()).revision
                await before(target, found, Fence(deploy="d1", epoch=1))
                dies(writes)
                died = False
                try:
                    await call(target, found, Fence(deploy="d1", epoch=1))
                except Death:
                    died = True
                dies(0)
            if died:
                async with ground.target(**options) as resumed:
                    await call(resumed, found, Fence(deploy="d1", epoch=2))
            left = await state(ground)
        expected = expected or left  # the first one did not die
        assert left == expected, f"died after write {writes}"
        if writes and not died:
            assert writes > 1  # it wrote at all
            return
    raise AssertionError(f"more than {MOST_WRITES} writes")
