"""What runs once with a version's image, on the playground's cluster and on a real API server."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import Code, Refusal
from bot.ports import DeployTarget
from bot.values import Fence, Job, JobLook, Phase
from integrations.targets._kubernetes.jobs import LONGEST_NAME, job_name
from tests.integrations.kubernetes_ground import REPOSITORY, STRATEGIC, Ground, grounds, opened, to

Json = dict[str, Any]


@pytest.fixture(params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with opened(request.param, tmp_path) as fresh:
        yield fresh


def fence(deploy: str = "d1", epoch: int = 1) -> Fence:
    return Fence(deploy=deploy, epoch=epoch)


def migration(version: str = "v1.2", timeout: float = 60) -> Job:
    return Job(name="migrate", change=to(version), command=("alembic", "upgrade", "head"), timeout=timeout)


async def pod_of(ground: Ground, name: str) -> Json:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        for pod in (await ground.admin.send("GET", ground.path("pods", "")))["items"]:
            if pod["metadata"].get("labels", {}).get("job-name") == name:
                return dict(pod)
        await asyncio.sleep(0.05)
    raise AssertionError(f"{name} has no pod")


async def end(ground: Ground, name: str, code: int) -> None:
    """What a real API server alone has not: a kubelet that lets the pod end. The playground's does it itself."""
    if ground.logs:
        return
    pod = await pod_of(ground, name)
    path = ground.path("pods", pod["metadata"]["name"])
    for _ in range(200):
        if pod["status"].get("phase") == "Running":
            break
        await asyncio.sleep(0.05)
        pod = await ground.admin.send("GET", path)
    state = {"terminated": {"exitCode": code, "reason": "Completed" if not code else "Error"}}
    statuses = [one | {"state": state, "ready": False} for one in pod["status"]["containerStatuses"]]
    status = {"phase": "Failed" if code else "Succeeded", "containerStatuses": statuses}
    await ground.admin.send("PATCH", f"{path}/status", {"status": status}, STRATEGIC)


async def over(target: DeployTarget, name: str) -> JobLook:
    end_of_patience = time.monotonic() + 20
    while (look := await target.look_at_job(name)).phase is Phase.WAITING:
        assert time.monotonic() < end_of_patience, look
        await asyncio.sleep(0.1)
    return look


async def test_a_job_runs_once_with_the_new_image_and_what_the_service_is_given(ground: Ground) -> None:
    async with ground.target() as target:
        name = await target.start_job(migration(), fence(), "migrate for d1")
        assert name == "api-migrate-d1"
        assert await target.start_job(migration(), fence(epoch=2), "migrate for d1") == name  # after a crash
        await end(ground, name, 0)
        look = await over(target, name)
        assert (look.phase, look.text) == (Phase.DONE, "It succeeded.")
        if ground.logs:
            assert "Running upgrade" in "\n".join(look.log)
        assert (await target.inspect()).revision.version == "v1.1"
    found = (await ground.admin.send("GET", ground.path("jobs", "")))["items"]
    assert [one["metadata"]["name"] for one in found] == [name]
    spec = found[0]["spec"]
    [container] = spec["template"]["spec"]["containers"]
    assert (container["image"], container["command"]) == (f"{REPOSITORY}:v1.2", ["alembic", "upgrade", "head"])
    assert container["env"] == [{"name": "MODE", "value": "steady"}]
    assert (spec["backoffLimit"], spec["activeDeadlineSeconds"]) == (0, 60)
    assert spec["template"]["metadata"]["labels"].get("app") is None  # no Service takes it for one that serves
    assert found[0]["metadata"]["annotations"]["kubernetes.io/change-cause"] == "migrate for d1"


async def test_a_job_that_fails_is_told_with_its_last_lines_and_not_tried_again(ground: Ground) -> None:
    bad = migration("v1.3-badmigration" if ground.logs else "v1.3")
    async with ground.target() as target:
        name = await target.start_job(bad, fence(), "migrate")
        await end(ground, name, 1)
        look = await over(target, name)
        assert look.phase is Phase.FAILED
        assert bool(look.log) is ground.logs
        if ground.logs:
            assert "null values" in "\n".join(look.log)
        assert await target.start_job(bad, fence(), "migrate") == name
        assert (await target.look_at_job(name)).phase is Phase.FAILED


async def test_an_image_that_is_not_there_fails_at_once(ground: Ground) -> None:
    async with ground.target() as target:
        look = await over(target, await target.start_job(migration("v1.3-bad"), fence(), "migrate"))
    assert look.phase is Phase.FAILED
    assert "Pull" in look.text


async def test_a_job_that_takes_too_long_is_stopped(ground: Ground) -> None:
    sleeps = Job(name="sleep", change=to("v1.2"), command=("sleep", "600"), timeout=2 * ground.scale)
    async with ground.target() as target:
        look = await over(target, await target.start_job(sleeps, fence(), "sleep"))
    assert (look.phase, look.text) == (Phase.FAILED, "It did not end in time and was stopped.")


async def test_a_job_of_another_deploy_or_a_stale_run_is_refused(ground: Ground) -> None:
    async with ground.target() as target:
        await target.apply(to("v1.2"), fence("d1", 5), "ours")
        with pytest.raises(Refusal) as refused:
            await target.start_job(migration(), fence("d0", 4), "late")
        assert refused.value.code is Code.FENCED
        name = await target.start_job(migration(), fence("d1", 5), "ours")
        note = {"metadata": {"annotations": {"quarterdeck.dev/fence": "other:1"}}}
        await ground.admin.send("PATCH", ground.path("jobs", name), note, STRATEGIC)
        with pytest.raises(Refusal) as refused:
            await target.start_job(migration(), fence("d1", 5), "again")
        assert refused.value.code is Code.CONFLICT
        with pytest.raises(Refusal) as refused:
            await target.look_at_job("api-migrate-never")
        assert refused.value.code is Code.NOT_FOUND


def test_a_job_s_name_is_readable_short_enough_and_its_own() -> None:
    assert job_name("api", "migrate", "d1") == "api-migrate-d1"
    odd = job_name("api", "migrate", "deploy:41")
    assert odd.startswith("api-migrate-deploy-41-")
    assert odd != job_name("api", "migrate", "deploy-41")
    long = job_name("a" * 60, "migrate", "d1")
    assert len(long) <= LONGEST_NAME
    assert long != job_name("a" * 60, "migrate", "d2")
