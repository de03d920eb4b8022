"""A canary by replicas: a copy beside the Deployment, on the playground's cluster and on a real API server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import Code, Refusal
from bot.ports import DeployTarget
from bot.values import Change, Fence, Phase, Progress, Revision
from tests.integrations.kubernetes_ground import REPOSITORY, Ground, grounds, opened, settled, to


@pytest.fixture(params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with opened(request.param, tmp_path) as fresh:
        yield fresh


def fence(deploy: str = "d1", epoch: int = 1) -> Fence:
    return Fence(deploy=deploy, epoch=epoch)


def part(weight: int, version: str = "v1.2") -> Change:
    return to(version, strategy="canary", weight=weight)


async def reached(target: DeployTarget, change: Change, given: Fence | None = None) -> tuple[Revision, Progress]:
    revision = await target.apply(change, given or fence(), "a canary")
    return revision, await settled(target, revision)


async def alone(ground: Ground, version: str) -> None:
    """Nothing but `version` is left, and all of it serves."""
    api = await ground.deployment()
    assert api["spec"]["template"]["spec"]["containers"][0]["image"] == f"{REPOSITORY}:{version}"
    assert api["status"]["readyReplicas"] == api["status"]["replicas"] == api["spec"]["replicas"] == 3
    assert await ground.find("deployments", "api-canary") is None
    assert "quarterdeck.dev/goal" not in api["metadata"]["annotations"]


async def test_a_canary_goes_from_a_part_to_the_whole_and_leaves_nothing(ground: Ground) -> None:
    async with ground.target() as target:
        runs = (await target.inspect()).revision
        revision, progress = await reached(target, part(5))
        assert (progress.phase, progress.weight, progress.wanted, progress.new, progress.old) == ("done", 25, 1, 1, 3)
        assert progress.text == "v1.2 serves beside v1.1."
        assert progress.new_selector["pod"].startswith("api-canary-")
        assert progress.old_selector["pod"].startswith("api-")
        assert progress.new_selector["pod"] not in progress.old_selector["pod"]
        assert (await target.inspect()).revision == runs.model_copy(
            update={"restore": {**runs.restore, "deploy": "d1"}}
        )  # the copy is not what runs

        _, progress = await reached(target, part(50))
        assert (progress.phase, progress.weight, progress.new, progress.old) == ("done", 50, 3, 3)
        assert (await target.observe(revision)).phase is Phase.SUPERSEDED  # another share has been asked for

        whole, progress = await reached(target, part(100))
        assert (progress.phase, progress.weight, progress.old) == ("done", 100, 0)
        copy = await ground.deployment("api-canary")
        assert copy["status"]["readyReplicas"] == 3  # goes on serving until it is tidied away
        await target.tidy(whole, fence(), "tidy")
        assert (await settled(target, whole)).phase is Phase.DONE
        await target.tidy(whole, fence(), "tidy")
    await alone(ground, "v1.2")


async def test_the_copy_is_the_main_deployment_with_another_image(ground: Ground) -> None:
    async with ground.target() as target:
        await reached(target, part(10))
    main, copy = await ground.deployment(), await ground.deployment("api-canary")
    assert copy["spec"]["selector"]["matchLabels"] == {"app": "api", "track": "canary"}
    assert copy["spec"]["template"]["metadata"]["labels"] == {"app": "api", "track": "canary"}
    images = [one["image"] for one in copy["spec"]["template"]["spec"]["containers"]]
    assert images == [f"{REPOSITORY}:v1.2", "registry.example.com/shop/proxy:v7"]
    assert copy["metadata"]["annotations"]["quarterdeck.dev/fence"] == "d1:1"
    assert copy["metadata"]["annotations"]["kubernetes.io/change-cause"] == "a canary"
    assert "example.com/team" not in copy["metadata"]["annotations"]
    assert copy["metadata"]["ownerReferences"][0]["uid"] == main["metadata"]["uid"]
    assert main["spec"]["template"]["spec"]["containers"][0]["image"] == f"{REPOSITORY}:v1.1"


async def test_a_canary_that_cannot_start_fails_with_evidence_while_the_stable_one_serves(ground: Ground) -> None:
    async with ground.target() as target:
        runs = (await target.inspect()).revision
        _, progress = await reached(target, part(5, "v1.3-bad"))
        assert (progress.phase, progress.weight) == ("failed", 0)
        assert progress.trouble is not None
        assert progress.trouble.pod.startswith("api-canary-")
        restored = await target.restore(runs, fence(), "back")
        assert (await settled(target, restored)).phase is Phase.DONE
    await alone(ground, "v1.1")


STANDS = ["nothing", "goal", "part", "more", "turning", "whole", "tidied"]


async def brought(ground: Ground, target: DeployTarget, stands: str) -> None:
    """Bring the place to where a canary can stand when somebody wants to go back."""
    if stands == "nothing":
        return
    await target.apply(part(5), fence(), "a canary")
    if stands == "goal":  # nobody has looked since
        return
    for weight in {"part": [5], "more": [50]}.get(stands, [50]):
        await reached(target, part(weight))
    if stands in ("turning", "whole", "tidied"):
        revision = await target.apply(part(100), fence(), "the whole")
        if stands != "turning":
            await settled(target, revision)
        if stands == "tidied":
            await target.tidy(revision, fence(), "tidy")


@pytest.mark.parametrize("stands", STANDS)
async def test_going_back_from_every_point_leaves_what_ran_and_only_it(ground: Ground, stands: str) -> None:
    async with ground.target() as target:
        runs = (await target.inspect()).revision
        await brought(ground, target, stands)
        restored = await target.restore(runs, fence(), "back")
        again = await target.restore(runs, fence(epoch=2), "back")  # as after a crash
        assert again.id == restored.id
        progress = await settled(target, again)
        assert (progress.phase, progress.weight) == ("done", 100)
    await alone(ground, "v1.1")


async def test_the_healthy_copy_is_never_taken_below_what_is_wanted(ground: Ground) -> None:
    lowest = 99

    async def look() -> None:
        nonlocal lowest
        lowest = min(lowest, (await ground.deployment())["status"].get("availableReplicas", 0))

    async with ground.target() as target:
        runs = (await target.inspect()).revision
        for weight in (5, 50):
            revision = await target.apply(part(weight), fence(), "up")
            while (await target.observe(revision)).phase is Phase.WAITING:
                await look()
        restored = await target.restore(runs, fence(), "back")
        while (await target.observe(restored)).phase is Phase.WAITING:
            await look()
    assert lowest >= 3


@pytest.mark.parametrize("stands", ["part", "turning"])
async def test_each_call_may_be_repeated_by_a_new_process(ground: Ground, stands: str) -> None:
    weight = 5 if stands == "part" else 100
    async with ground.target() as killed:
        await reached(killed, part(5))
        begun = await killed.apply(part(weight), fence(epoch=1), "begun")
        async with ground.target() as resumed:
            revision = await resumed.apply(part(weight), fence(epoch=2), "begun")
            assert revision == begun
            assert (await settled(resumed, revision)).phase is Phase.DONE
            if stands == "turning":
                await resumed.tidy(revision, fence(epoch=2), "tidy")
        for stale in (killed.apply(part(5), fence(), "late"), killed.restore(begun, fence(), "late")):
            with pytest.raises(Refusal) as refused:
                await stale
            assert refused.value.code is Code.FENCED
        with pytest.raises(Refusal) as refused:
            await killed.tidy(begun, fence(), "late")
        assert refused.value.code is Code.FENCED


async def test_a_copy_that_a_later_run_has_written_is_not_touched(ground: Ground) -> None:
    async with ground.target() as target:
        revision, _ = await reached(target, part(5))
        await ground.patch({"metadata": {"annotations": {"quarterdeck.dev/fence": "d9:9"}}}, "api-canary")
        with pytest.raises(Refusal) as refused:
            await target.apply(part(50), fence(), "more")
        assert refused.value.code is Code.FENCED
        assert (await ground.deployment("api-canary"))["spec"]["replicas"] == 1
        assert (await target.observe(revision)).phase is Phase.SUPERSEDED


async def test_a_deployment_of_that_name_that_is_not_ours_is_left_alone(ground: Ground) -> None:
    api = await ground.deployment()
    labels = {"app": "other"}
    pods = {**api["spec"]["template"], "metadata": {"labels": labels}}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": pods}
    await ground.make("deployments", {"metadata": {"name": "api-canary"}, "spec": spec})
    async with ground.target() as target:
        [no] = [check for check in await target.preflight(part(5)) if not check.passed]
        assert (no.name, no.text.endswith("/api-canary is there, but the bot has not made it.")) == ("copy", True)
        with pytest.raises(Refusal, match="the bot has not made it") as refused:
            await target.apply(part(5), fence(), "no")
        assert refused.value.code is Code.CONFLICT


async def test_a_change_by_hand_beside_a_canary_supersedes_it(ground: Ground) -> None:
    async with ground.target() as target:
        revision, _ = await reached(target, part(5))
        await ground.set_image("v1.9")
        await ground.until(lambda api: api["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "2")
        progress = await target.observe(revision)
        text = "Revision 2 has replaced revision 1 beside the canary."
        assert (progress.phase, progress.text) == (Phase.SUPERSEDED, text)
        resumed = await target.apply(part(5), fence(epoch=2), "again")
        assert (await target.observe(resumed)).phase is Phase.SUPERSEDED
        with pytest.raises(Refusal) as refused:
            await target.apply(part(100), fence(epoch=2), "the whole")
        assert refused.value.code is Code.CONFLICT
        assert (await target.inspect()).revision.version == "v1.9"


async def test_a_copy_that_somebody_changes_or_deletes_is_told(ground: Ground) -> None:
    async with ground.target() as target:
        revision, _ = await reached(target, part(5))
        await ground.patch({"spec": {"template": {"metadata": {"labels": {"by": "hand"}}}}}, "api-canary")
        assert (await target.observe(revision)).text == "Somebody else has changed api-canary."
        again, _ = await reached(target, part(5))  # asked again, it is as it must be
        assert (await target.observe(again)).phase is Phase.DONE
        await ground.admin.send("DELETE", ground.path(name="api-canary"))
        progress = await target.observe(again)
        assert (progress.phase, progress.text) == (Phase.FAILED, "The canary's Deployment has been deleted.")


async def test_another_deploy_takes_the_copy_away_with_a_rolling_change(ground: Ground) -> None:
    async with ground.target() as target:
        await reached(target, part(5))
        lines = [check.text for check in await target.preflight(to("v1.4"))]
        assert "api-canary of deploy d1 is still there: this takes it over, or away" in lines
        _, progress = await reached(target, to("v1.4"), fence("d2", 2))
        assert progress.phase is Phase.DONE
    await alone(ground, "v1.4")


async def test_what_an_older_canary_left_brings_its_share_to_no_other_version(ground: Ground) -> None:
    async with ground.target() as target:
        await reached(target, part(50))
        revision = await target.apply(part(5, "v1.4"), fence("d2", 2), "another")
        most = 0
        while (progress := await target.observe(revision)).phase is Phase.WAITING:
            copies = [one for one in await ground.replica_sets() if one["metadata"]["name"].startswith("api-canary-")]
            new = [one for one in copies if one["spec"]["template"]["spec"]["containers"][0]["image"].endswith("v1.4")]
            most = max([most, *(one["spec"]["replicas"] for one in new)])
        assert (progress.phase, progress.weight) == (Phase.DONE, 25)
        assert most == 1


async def test_other_ways_know_no_part(ground: Ground) -> None:
    async with ground.target() as target:
        for strategy in ("rolling", "recreate", "blue_green"):
            with pytest.raises(Refusal) as refused:
                await target.apply(to("v1.2", strategy=strategy, weight=5), fence(), "no")
            assert refused.value.code is Code.INVALID
        assert await ground.find("deployments", "api-canary") is None
