"""Jobs, on the playground's cluster and a real one: how they end, what they refuse, and what they leave behind."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.playground.cluster_grounds import Ground, Json, grounds, opened


@pytest.fixture(params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with opened(request.param, tmp_path) as ground:
        yield ground


def job(name: str, *command: str, tag: str = "v1-notready", **spec: object) -> Json:
    """A Job; on the real cluster a pod with "notready" in its tag runs until it is told to end."""
    container = {"name": "migrate", "image": f"registry.example.com/shop/api:{tag}", "command": list(command)}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return {"metadata": {"name": name}, "spec": {"template": template} | spec}


def ended(found: Json) -> bool:
    return bool(found["status"].get("conditions"))


async def reasons(ground: Ground, name: str) -> set[str]:
    about = [one for one in await ground.items("events") if one["involvedObject"]["name"] == name]
    return {one["reason"] for one in about if one["involvedObject"]["kind"] == "Job"}


async def test_a_job_whose_pod_succeeds_is_complete(ground: Ground) -> None:
    made = await ground.send("POST", ground.path("jobs"), job("up", "true"))
    uid = made["metadata"]["uid"]
    assert made["spec"]["selector"] == {"matchLabels": {"controller-uid": uid}}
    assert {key: made["spec"][key] for key in ("backoffLimit", "completions", "parallelism")} == {
        "backoffLimit": 6,
        "completions": 1,
        "parallelism": 1,
    }
    labels = {"controller-uid": uid, "job-name": "up"}
    assert made["spec"]["template"]["metadata"]["labels"] == made["metadata"]["labels"] == labels
    await ground.finish_pods("up", "Succeeded")
    seen = await ground.until(ground.path("jobs", "up"), ended)
    (condition,) = seen["status"]["conditions"]
    assert (condition["type"], condition["status"], condition.get("reason")) == ("Complete", "True", None)
    assert seen["status"]["succeeded"] == 1
    assert "active" not in seen["status"]
    assert seen["status"]["startTime"] <= seen["status"]["completionTime"]
    (pod,) = await ground.items("pods", "job-name=up")
    assert pod["metadata"]["labels"] == labels
    assert (pod["metadata"]["ownerReferences"][0]["kind"], pod["status"]["phase"]) == ("Job", "Succeeded")
    assert {"SuccessfulCreate", "Completed"} <= await reasons(ground, "up")


async def test_a_job_that_may_not_try_again_fails_with_its_pod(ground: Ground) -> None:
    await ground.send("POST", ground.path("jobs"), job("up", "false", backoffLimit=0))
    await ground.finish_pods("up", "Failed")
    seen = await ground.until(ground.path("jobs", "up"), ended)
    (condition,) = seen["status"]["conditions"]
    assert (condition["type"], condition["reason"]) == ("Failed", "BackoffLimitExceeded")
    assert condition["message"] == "Job has reached the specified backoff limit"
    assert (seen["status"]["failed"], "completionTime" in seen["status"]) == (1, False)
    assert "BackoffLimitExceeded" in await reasons(ground, "up")


async def test_a_job_past_its_deadline_fails_and_its_pod_goes(ground: Ground) -> None:
    await ground.send("POST", ground.path("jobs"), job("up", "sleep", "600", activeDeadlineSeconds=2))
    seen = await ground.until(ground.path("jobs", "up"), ended)
    (condition,) = seen["status"]["conditions"]
    assert (condition["type"], condition["reason"]) == ("Failed", "DeadlineExceeded")
    assert condition["message"] == "Job was active longer than specified deadline"
    await ground.until(ground.path("pods"), lambda pods: not pods["items"])


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            {"template": {"spec": {"containers": [{"name": "a", "image": "b"}]}}},
            'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
        ),
        ({"backoffLimit": -1}, "spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0"),
        (
            {"activeDeadlineSeconds": -5},
            "spec.activeDeadlineSeconds: Invalid value: -5: must be greater than or equal to 0",
        ),
        (
            {"template": {"spec": {"restartPolicy": "Never", "containers": []}}},
            "spec.template.spec.containers: Required value",
        ),
    ],
)
async def test_a_wrong_job_is_refused_in_the_same_words(ground: Ground, spec: Json, message: str) -> None:
    reply = await ground.call("POST", ground.path("jobs"), job("up", "true", **spec))
    assert (reply.status, reply.message) == (422, f'Job.batch "up" is invalid: {message}')


async def test_what_a_job_runs_cannot_be_changed(ground: Ground) -> None:
    await ground.send("POST", ground.path("jobs"), job("up", "sleep", "600"))
    container = {"name": "migrate", "image": "registry.example.com/shop/api:v2"}
    patch = {"spec": {"template": {"spec": {"containers": [container]}}}}
    reply = await ground.call("PATCH", ground.path("jobs", "up"), patch)
    assert (reply.status, reply.body["details"]["causes"][0]["field"]) == (422, "spec.template")
    assert reply.message.endswith("field is immutable")
    changed = await ground.send("PATCH", ground.path("jobs", "up"), {"spec": {"activeDeadlineSeconds": 60}})
    assert changed["spec"]["activeDeadlineSeconds"] == 60


async def test_a_name_that_is_taken_is_a_conflict(ground: Ground) -> None:
    await ground.send("POST", ground.path("jobs"), job("up", "sleep", "600"))
    reply = await ground.call("POST", ground.path("jobs"), job("up", "sleep", "600"))
    assert (reply.status, reply.body["reason"]) == (409, "AlreadyExists")
    assert reply.message == 'jobs.batch "up" already exists'


async def test_a_dry_run_makes_no_job(ground: Ground) -> None:
    made = await ground.send("POST", f"{ground.path('jobs')}?dryRun=All", job("up", "true"))
    assert made["spec"]["template"]["metadata"]["labels"]["job-name"] == "up"
    assert await ground.items("jobs") == []
    assert await ground.items("pods") == []


async def test_a_deleted_job_leaves_its_pods_behind_unless_told_otherwise(ground: Ground) -> None:
    for name in ("kept", "gone", "last"):
        await ground.send("POST", ground.path("jobs"), job(name, "sleep", "600"))
        await ground.until(f"{ground.path('pods')}?labelSelector=job-name%3D{name}", lambda pods: pods["items"])
    await ground.send("DELETE", ground.path("jobs", "kept"))
    await ground.send("DELETE", f"{ground.path('jobs', 'gone')}?propagationPolicy=Background")
    held = await ground.send("DELETE", ground.path("jobs", "last"), {"propagationPolicy": "Foreground"})
    assert held["metadata"]["finalizers"] == ["foregroundDeletion"]
    await ground.until(ground.path("jobs"), lambda jobs: not jobs["items"])
    pods = await ground.until(ground.path("pods"), lambda pods: len(pods["items"]) == 1)
    (pod,) = pods["items"]
    assert (pod["metadata"]["labels"]["job-name"], pod["metadata"].get("ownerReferences", [])) == ("kept", [])


async def test_pods_beyond_a_quota_are_refused_and_the_refusal_is_told(ground: Ground) -> None:
    quota = {"metadata": {"name": "small"}, "spec": {"hard": {"pods": "1"}}}
    await ground.send("POST", ground.path("resourcequotas"), quota)
    await ground.until(ground.path("resourcequotas", "small"), lambda one: one.get("status", {}).get("used"))
    await ground.send("POST", ground.path("jobs"), job("up", "sleep", "600"))
    used = {"hard": {"pods": "1"}, "used": {"pods": "1"}}
    await ground.until(ground.path("resourcequotas", "small"), lambda one: one["status"] == used)
    pod = {"metadata": {"name": "more"}, "spec": {"containers": [{"name": "a", "image": "b"}]}}
    reply = await ground.call("POST", ground.path("pods"), pod)
    refusal = "exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1"
    assert (reply.status, reply.message) == (403, f'pods "more" is forbidden: {refusal}')
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "a", "image": "b"}]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"a": "b"}}, "template": template}
    await ground.send("POST", ground.path("deployments"), {"metadata": {"name": "api"}, "spec": spec})

    def failure(one: Json) -> list[Json]:
        return [each for each in one.get("status", {}).get("conditions", []) if each["type"] == "ReplicaFailure"]

    seen = await ground.until(ground.path("deployments", "api"), failure)
    assert failure(seen)[0]["reason"] == "FailedCreate"
    assert failure(seen)[0]["message"].endswith(f"is forbidden: {refusal}")
    await ground.send("DELETE", ground.path("resourcequotas", "small"))
    if not ground.real:  # the real one takes its time to try again
        await ground.until(ground.path("deployments", "api"), lambda one: one["status"].get("readyReplicas") == 1)
        assert failure(await ground.send("GET", ground.path("deployments", "api"))) == []


async def test_a_job_tries_again_as_often_as_it_may(ground: Ground) -> None:
    await ground.send("POST", ground.path("jobs"), job("up", "false", backoffLimit=1))
    await ground.finish_pods("up", "Failed")
    path = f"{ground.path('pods')}?labelSelector=job-name%3Dup"
    await ground.until(path, lambda pods: len(pods["items"]) == 2, within=30)
    assert not ended(await ground.send("GET", ground.path("jobs", "up")))
    await ground.finish_pods("up", "Failed")
    seen = await ground.until(ground.path("jobs", "up"), ended)
    assert (seen["status"]["failed"], seen["status"]["conditions"][0]["reason"]) == (2, "BackoffLimitExceeded")
