"""Migrations in the playground's cluster: how they fare by their image's tag and their command, and what they write."""

import pytest

from playground.cluster.controllers.fates import Fate, fate_of
from playground.cluster.controllers.tasks import task_of
from tests.playground.cluster_user import API, CORE, PRODUCTION, Json, Kube, kube, waiting_reason

JOBS = f"/apis/batch/v1/namespaces/{PRODUCTION}/jobs"
PODS = f"{CORE}/namespaces/{PRODUCTION}/pods"


async def run(shop: Kube, tag: str, *command: str, restart: str = "Never", **spec: object) -> Json:
    """A migration, once it is over."""
    container = {"name": "migrate", "image": f"registry.example.com/shop/api:{tag}", "command": list(command)}
    template = {"spec": {"restartPolicy": restart, "containers": [container]}}
    await shop.send(
        "POST", JOBS, {"metadata": {"name": "up"}, "spec": {"template": template, "backoffLimit": 0} | spec}
    )
    return await shop.until(f"{JOBS}/up", lambda one: one["status"].get("conditions"))


async def log_of(shop: Kube) -> list[str]:
    (pod,) = await shop.pods(selector="job-name%3Dup")
    answer = await shop.call("GET", f"{PODS}/{pod['metadata']['name']}/log?container=migrate")
    assert answer.status == 200, answer.text
    return answer.text.splitlines()


@pytest.mark.parametrize(
    ("tag", "command", "kind", "last_words"),
    [
        (
            "v1.2",
            ("alembic", "upgrade", "head"),
            "Complete",
            "Running upgrade 0042 -> 0043, prices are indexed by product",
        ),
        ("v1.2-badmigration", ("alembic", "upgrade", "head"), "Failed", "ALTER COLUMN currency SET NOT NULL]"),
        ("v1.2-badmigration", ("alembic", "downgrade", "-1"), "Complete", "Running downgrade 0043 -> 0042"),
        ("v1.2-irreversible", ("alembic", "upgrade", "head"), "Complete", "Running upgrade 0042 -> 0043"),
        ("v1.2-irreversible", ("alembic", "downgrade", "-1"), "Failed", "there is no way back"),
        ("v1.2-crash", ("alembic", "upgrade", "head"), "Failed", "does not have the schema of version v1.2-crash"),
    ],
)
async def test_a_migration_fares_as_its_tag_says(
    tag: str, command: tuple[str, ...], kind: str, last_words: str
) -> None:
    async with kube() as shop:
        job = await run(shop, tag, *command)
        assert job["status"]["conditions"][0]["type"] == kind
        lines = await log_of(shop)
        assert last_words in lines[-1]
        assert len(lines) >= 3


async def test_a_migration_takes_two_seconds_and_writes_meanwhile() -> None:
    async with kube(scale=2) as shop:
        begun = shop.cluster.clock.elapsed()
        container = {"name": "migrate", "image": "registry.example.com/shop/api:v1.2"}
        template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
        await shop.send("POST", JOBS, {"metadata": {"name": "up"}, "spec": {"template": template}})
        path = f"{PODS}?labelSelector=job-name%3Dup"
        await shop.until(path, lambda pods: pods["items"] and pods["items"][0]["status"]["phase"] == "Running")
        assert len(await log_of(shop)) < 4
        await shop.until(f"{JOBS}/up", lambda one: one["status"].get("succeeded"))
        assert shop.cluster.clock.elapsed() - begun >= 2.5
        assert len(await log_of(shop)) == 4


async def test_a_pod_that_has_ended_says_how() -> None:
    async with kube() as shop:
        await run(shop, "v1.2-badmigration")
        (pod,) = await shop.pods(selector="job-name%3Dup")
        (status,) = pod["status"]["containerStatuses"]
        end = status["state"]["terminated"]
        assert (pod["status"]["phase"], end["exitCode"], end["reason"]) == ("Failed", 1, "Error")
        ready = next(one for one in pod["status"]["conditions"] if one["type"] == "Ready")
        assert (ready["status"], ready["reason"]) == ("False", "PodCompleted")


async def test_a_job_whose_image_cannot_be_pulled_waits_until_its_deadline() -> None:
    async with kube() as shop:
        job = await run(shop, "v1.2-missing", activeDeadlineSeconds=20)
        assert job["status"]["conditions"][0]["reason"] == "DeadlineExceeded"
        told = [message for _, message in await shop.events("up")]
        assert "Job was active longer than specified deadline" in told


async def test_on_failure_the_same_pod_is_started_again() -> None:
    async with kube() as shop:
        template = {"restartPolicy": "OnFailure", "containers": [{"name": "a", "image": "shop/api:v1-badmigration"}]}
        spec = {"template": {"spec": template}, "backoffLimit": 2}
        await shop.send("POST", JOBS, {"metadata": {"name": "up"}, "spec": spec})
        path = f"{PODS}?labelSelector=job-name%3Dup"
        await shop.until(path, lambda pods: pods["items"] and waiting_reason(pods["items"][0]) == "CrashLoopBackOff")
        job = await shop.until(f"{JOBS}/up", lambda one: one["status"].get("conditions"))
        assert job["status"]["conditions"][0]["reason"] == "BackoffLimitExceeded"
        await shop.until(path, lambda pods: not pods["items"])


async def test_the_next_try_waits_twice_as_long() -> None:
    async with kube(scale=100) as shop:
        begun = shop.cluster.clock.elapsed()
        await run(shop, "v1.2", "false", backoffLimit=2)
        assert shop.cluster.clock.elapsed() - begun >= 30
        assert len(await shop.pods(selector="job-name%3Dup")) == 3


async def test_a_finished_job_goes_with_its_pods_when_its_time_to_live_is_over() -> None:
    async with kube() as shop:
        await run(shop, "v1.2", "true", ttlSecondsAfterFinished=30)
        assert (await shop.call("GET", f"{JOBS}/up")).status == 200
        await shop.until(
            PODS, lambda pods: not [one for one in pods["items"] if "job-name" in one["metadata"]["labels"]]
        )
        assert (await shop.call("GET", f"{JOBS}/up")).status == 404


async def test_a_suspended_job_begins_when_it_is_resumed() -> None:
    async with kube() as shop:
        container = {"name": "a", "image": "b:v1", "command": ["true"]}
        template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
        body = {"metadata": {"name": "later"}, "spec": {"template": template, "suspend": True}}
        await shop.send("POST", JOBS, body)
        await run(shop, "v1.2", "true")
        assert (await shop.get(f"{JOBS}/later"))["status"] == {}
        await shop.send("PATCH", f"{JOBS}/later", {"spec": {"suspend": False}})
        await shop.until(f"{JOBS}/later", lambda one: one["status"].get("succeeded") == 1)


async def test_a_version_with_a_bad_migration_serves_well_once_it_runs() -> None:
    assert fate_of("shop/api:v1.2-badmigration") is Fate.READY
    assert fate_of("shop/api:v1.2-bad") is Fate.MISSING
    async with kube() as shop:
        await shop.set_image("v1.2-badmigration")
        await shop.rolled_out(API)


def test_commands_that_everybody_knows_do_what_they_do() -> None:
    container = {"name": "a", "image": "b:v1-badmigration"}
    assert task_of(container | {"command": ["sleep"], "args": ["5"]}).seconds == 5
    assert [task_of(container | {"command": [word]}).exit_code for word in ("true", "false")] == [0, 1]
    assert task_of({"name": "a", "image": "b:v1-slowmigration"}).seconds == 60
