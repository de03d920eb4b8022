"""The pure rules of the Kubernetes target: how far a rollout is, which pods are hopeless, who else sets the image."""

from typing import Any

import pytest

from bot.values import Fence, Phase, Trouble
from integrations.targets._kubernetes.checks import checks, owner
from integrations.targets._kubernetes.notes import fence_note, fence_of
from integrations.targets._kubernetes.rollout import Claim, held_up, hopeless, pod_trouble, rollout_status, under_way
from integrations.targets._kubernetes.templates import (
    Recorded,
    image_for,
    restore_patch,
    same,
    selector,
    version_of,
)

Json = dict[str, Any]

LATE = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
DONE = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}
MOVING = {"type": "Progressing", "status": "True", "reason": "ReplicaSetUpdated"}
ALL_UP: Json = {"replicas": 3, "updatedReplicas": 3, "availableReplicas": 3}


def deployment(wanted: int | None = 3, /, *, number: str = "4", fence: str = "", seen: int = 2, **status: Any) -> Json:
    """A Deployment of generation 2; `status` holds the counters and conditions that the API gives."""
    notes = {"deployment.kubernetes.io/revision": number} | ({"quarterdeck.dev/fence": fence} if fence else {})
    metadata = {"name": "api", "namespace": "shop", "uid": "u1", "generation": 2, "annotations": notes}
    spec: Json = {"template": template("v1.1")} | ({} if wanted is None else {"replicas": wanted})
    return {"metadata": metadata, "spec": spec, "status": {"observedGeneration": seen, **status}}


def template(version: str, **labels: str) -> Json:
    containers = [{"name": "api", "image": f"shop/api:{version}"}, {"name": "proxy", "image": "shop/proxy:v7"}]
    return {"metadata": {"labels": {"app": "api", **labels}}, "spec": {"containers": containers}}


@pytest.mark.parametrize(
    ("given", "claim", "phase", "text"),
    [
        # Whose rollout it is comes first, even before the change is observed.
        (deployment(number="5", seen=1, **ALL_UP), Claim(4), "superseded", "Revision 5 has replaced revision 4."),
        (deployment(**ALL_UP), Claim(4, uid="u0"), "superseded", "The Deployment was deleted and made anew."),
        (deployment(fence="d2:9", **ALL_UP), Claim(4, deploy="d1"), "superseded", "Deploy d2 has taken over."),
        (deployment(fence="d1:9", **ALL_UP), Claim(4, deploy="d1"), "done", "3 replicas available."),
        (deployment(**ALL_UP), Claim(4, deploy="d1"), "done", "3 replicas available."),
        # Then whether the controller has seen it, even before an old deadline counts.
        (deployment(seen=1, conditions=[LATE]), Claim(4), "waiting", "Waiting for the cluster to take up the change."),
        (deployment(number="3", **ALL_UP), Claim(4), "waiting", "Waiting for the cluster to take up the change."),
        # Then the deadline, even with all counters right.
        (
            deployment(conditions=[LATE | {"message": "timed out"}], **ALL_UP),
            Claim(4),
            "failed",
            "timed out",
        ),
        (
            deployment(conditions=[LATE | {"message": 'ReplicaSet "api-7" has timed out progressing.'}]),
            Claim(4, replica_set="api-7"),
            "failed",
            'ReplicaSet "api-7" has timed out progressing.',
        ),
        # … but not that of the rollout which this one replaces.
        (
            deployment(conditions=[LATE | {"message": 'ReplicaSet "api-6" has timed out progressing.'}]),
            Claim(4, replica_set="api-7"),
            "waiting",
            "0 of 3 new replicas have been started.",
        ),
        # Then the counters, each of which the API leaves out when it is zero.
        (deployment(0), Claim(4), "failed", "Scaled to zero replicas: nothing would run."),
        (deployment(conditions=[MOVING]), Claim(4), "waiting", "0 of 3 new replicas have been started."),
        (deployment(replicas=3, updatedReplicas=2), Claim(4), "waiting", "2 of 3 new replicas have been started."),
        (deployment(None, updatedReplicas=1, replicas=2), Claim(4), "waiting", "1 old replica still to go."),
        (deployment(None, updatedReplicas=1, replicas=3), Claim(4), "waiting", "2 old replicas still to go."),
        (
            deployment(**ALL_UP | {"replicas": 3, "availableReplicas": 2}),
            Claim(4),
            "waiting",
            "2 of 3 new replicas are available.",
        ),
        (deployment(2, **ALL_UP), Claim(4), "done", "3 replicas available."),
        (deployment(1, replicas=1, updatedReplicas=1, availableReplicas=1), Claim(4), "done", "1 replica available."),
    ],
)
def test_a_rollout_stands_where_kubectl_says(given: Json, claim: Claim, phase: str, text: str) -> None:
    assert rollout_status(given, claim) == (Phase(phase), text)


@pytest.mark.parametrize(
    ("given", "busy"),
    [
        (deployment(conditions=[MOVING], replicas=4, updatedReplicas=1), True),
        (deployment(replicas=4, updatedReplicas=1), True),  # without a deadline there is no condition
        (deployment(conditions=[DONE], **ALL_UP | {"availableReplicas": 1}), False),  # a node was lost since
        (deployment(conditions=[DONE], seen=1, **ALL_UP), True),
        (deployment(conditions=[LATE], replicas=4, updatedReplicas=1), False),
        (deployment(0), False),
        (deployment(conditions=[MOVING], **ALL_UP), False),
    ],
)
def test_a_rollout_is_under_way_from_its_patch_to_its_end(given: Json, busy: bool) -> None:
    assert under_way(given) is busy


def pod(
    name: str = "api-1", *, ready: bool = False, phase: str = "Pending", placed: bool = True, **status: Any
) -> Json:
    conditions = [
        {"type": "Ready", "status": str(ready)},
        {"type": "PodScheduled", "status": str(placed), "message": "" if placed else "0/2 nodes are available"},
    ]
    container = {"name": "api", "restartCount": 0, **status}
    return {
        "metadata": {"name": name},
        "status": {"phase": phase, "conditions": conditions, "containerStatuses": [container]},
    }


def waiting(reason: str, message: str = "", **status: Any) -> Json:
    return {"state": {"waiting": {"reason": reason, "message": message}}, **status}


BACK_OFF = 'Back-off pulling image "shop/api:v9"'
NOT_FOUND = "rpc error: code = NotFound desc = shop/api:v9: not found"
SLOW = "failed to do request: dial tcp 10.0.0.1:443: i/o timeout"
ENDED: Json = {"exitCode": 1, "reason": "Error", "message": "no database\n"}


@pytest.mark.parametrize(
    ("status", "event", "expected"),
    [
        (waiting("ContainerCreating"), "", None),
        (waiting("PodInitializing"), "", None),
        ({"state": {"running": {}}}, "", None),
        ({}, "", None),
        # Pulling: what is not there will not come; a registry that is slow may.
        (waiting("ErrImagePull", NOT_FOUND), "", ("ErrImagePull", NOT_FOUND)),
        (waiting("ErrImagePull", "pull access denied"), "", ("ErrImagePull", "pull access denied")),
        (waiting("ErrImagePull", SLOW), "", None),
        (waiting("ErrImagePull", "something new"), "", None),
        (waiting("ImagePullBackOff", BACK_OFF), NOT_FOUND, ("ImagePullBackOff", NOT_FOUND)),
        (waiting("ImagePullBackOff", f"{BACK_OFF}: {NOT_FOUND}"), "", ("ImagePullBackOff", f"{BACK_OFF}: {NOT_FOUND}")),
        (waiting("ImagePullBackOff", BACK_OFF), SLOW, None),
        (waiting("ImagePullBackOff", BACK_OFF), "toomanyrequests: slow down", None),
        (waiting("ImagePullBackOff", BACK_OFF), "something new", ("ImagePullBackOff", "something new")),
        (waiting("ImagePullBackOff", BACK_OFF), "", ("ImagePullBackOff", BACK_OFF)),
        (waiting("InvalidImageName", "couldn't parse"), "", ("InvalidImageName", "couldn't parse")),
        # Starting.
        (
            waiting("CreateContainerConfigError", 'secret "db" not found'),
            "",
            ("CreateContainerConfigError", 'secret "db" not found'),
        ),
        (waiting("CreateContainerConfigError", "failed to sync secret cache: timed out"), "", None),
        (
            {"state": {"terminated": {"reason": "ContainerCannotRun", "exitCode": 127, "message": "no such file"}}},
            "",
            ("ContainerCannotRun", "no such file"),
        ),
        ({"state": {"terminated": {"reason": "ContainerCannotRun", "exitCode": 128}}}, "", None),
        ({"state": {"terminated": {"reason": "Error", "exitCode": 1}}}, "", None),
        # Running.
        (waiting("CrashLoopBackOff", "back-off 10s"), "", ("CrashLoopBackOff", "back-off 10s")),
        (
            waiting("CrashLoopBackOff", "back-off 10s", lastState={"terminated": ENDED}, restartCount=3),
            "",
            ("CrashLoopBackOff", "exit code 1 (Error) after 3 restarts: no database"),
        ),
    ],
)
def test_a_container_tells_whether_it_will_ever_run(status: Json, event: str, expected: tuple[str, str] | None) -> None:
    trouble = pod_trouble(pod(**status), event)
    assert (trouble and (trouble.reason, trouble.message)) == expected


def test_an_init_container_is_looked_at_too() -> None:
    given = pod(**waiting("PodInitializing"))
    given["status"]["initContainerStatuses"] = [{"name": "migrate", **waiting("CrashLoopBackOff", "again")}]
    expected = Trouble(reason="CrashLoopBackOff", message="again", pod="api-1", container="migrate")
    assert pod_trouble(given) == expected


CRASHING = waiting("CrashLoopBackOff")
STARTING = waiting("ContainerCreating")
SERVING: Json = {"state": {"running": {}}}


@pytest.mark.parametrize(
    ("pods", "found"),
    [
        ([], None),
        ([pod("a", **STARTING)], None),
        ([pod("a", **CRASHING)], "a"),
        ([pod("a", **STARTING), pod("b", **CRASHING)], None),  # one may still come up
        ([pod("a", ready=True, **SERVING), pod("b", **CRASHING)], "b"),
        ([pod("a", phase="Failed"), pod("b", **CRASHING)], "b"),  # evicted: says nothing
        ([pod("a", placed=False), pod("b", **CRASHING)], "b"),
        ([pod("a", placed=False)], None),
        ([pod("a", phase="Failed")], None),
    ],
)
def test_a_rollout_is_hopeless_when_no_pod_of_it_can_come_up(pods: list[Json], found: str | None) -> None:
    answer = hopeless(pods, {})
    assert (answer and answer[0]["metadata"]["name"]) == found


def test_what_holds_up_new_pods_is_told() -> None:
    quota = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}
    assert held_up(deployment(conditions=[quota]), []) == "exceeded quota"
    assert held_up(deployment(), [pod("a"), pod("b", placed=False)]) == "0/2 nodes are available"
    assert held_up(deployment(), [pod("a")]) == ""


@pytest.mark.parametrize(
    ("metadata", "passed", "text"),
    [
        ({}, True, "nobody else sets the image"),
        (
            {"ownerReferences": [{"kind": "Rollout", "name": "api", "controller": True}]},
            False,
            "Rollout api controls it",
        ),
        ({"ownerReferences": [{"kind": "App", "name": "api"}]}, True, "nobody else"),
        (
            {"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:shop/api"}},
            False,
            "application shop would",
        ),
        ({"labels": {"kustomize.toolkit.fluxcd.io/name": "shop"}}, False, "Flux shop would put back"),
        ({"labels": {"helm.toolkit.fluxcd.io/name": "shop"}}, False, "Flux shop would put back"),
        (
            {
                "labels": {"kustomize.toolkit.fluxcd.io/name": "shop"},
                "annotations": {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"},
            },
            True,
            "nobody else",
        ),
        ({"annotations": {"meta.helm.sh/release-name": "shop"}}, True, "Helm release shop: its next upgrade"),
    ],
)
def test_an_owner_fails_the_preflight_where_it_would_revert_us(metadata: Json, passed: bool, text: str) -> None:
    check = owner({"metadata": metadata})
    assert (check.passed, text in check.text) == (passed, True)


def test_a_version_on_its_way_is_not_said_to_run() -> None:
    given = deployment(conditions=[MOVING], replicas=4, updatedReplicas=1)
    assert "already rolls out v1.1" in [check.text for check in checks(given, "api", "shop/api:v1.1")]


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("shop/api:v1.2", "v1.2"),
        ("registry.example.com:5000/shop/api:v1.2", "v1.2"),
        ("registry.example.com:5000/shop/api", "latest"),
        ("shop/api@sha256:ab", "sha256:ab"),
        ("shop/api:v1.2@sha256:ab", "v1.2"),
    ],
)
def test_a_version_is_the_tag_or_the_digest_of_its_image(image: str, version: str) -> None:
    assert version_of(image) == version
    repository = image.partition("@")[0].removesuffix(f":{version}")
    assert version_of(image_for(repository, version)) == version


def test_templates_are_equal_but_for_the_hash_of_the_controller() -> None:
    one = {"spec": {"template": template("v1.1")}}
    made = {"spec": {"template": template("v1.1", **{"pod-template-hash": "7d9f"})}}
    made["spec"]["template"]["metadata"]["creationTimestamp"] = None
    assert same(one, made)
    assert not same(one, {"spec": {"template": template("v1.2")}})
    assert not same(one, {"spec": {"template": template("v1.1", track="canary")}})


def test_a_fence_is_read_as_it_was_written() -> None:
    fence = Fence(deploy="api:production:17", epoch=40)
    assert fence_of(deployment(fence=fence_note(fence))) == fence
    assert fence_of(deployment()) is None
    assert fence_of({"metadata": {}}) is None


def test_a_restore_keeps_what_belongs_to_the_deployment_and_drops_what_came_since() -> None:
    given = deployment(number="5")
    given["metadata"] |= {"resourceVersion": "77"}
    given["metadata"]["annotations"] |= {
        "example.com/new": "since",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
    }
    record = Recorded(template=template("v1.1"), hash="", annotations={"example.com/old": "then"}, uid="u1", deploy="")
    test, pods, notes = restore_patch(given, record, {"quarterdeck.dev/fence": "d1:1"})
    assert test == {"op": "test", "path": "/metadata/resourceVersion", "value": "77"}
    assert (pods["path"], pods["value"]) == ("/spec/template", template("v1.1"))
    assert notes["value"] == {
        "deployment.kubernetes.io/revision": "5",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
        "example.com/old": "then",
        "quarterdeck.dev/fence": "d1:1",
    }


def test_a_selector_is_said_as_list_calls_take_it() -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "track", "operator": "NotIn", "values": ["canary"]},
        {"key": "app", "operator": "Exists"},
        {"key": "old", "operator": "DoesNotExist"},
    ]
    given = {"matchLabels": {"app": "api"}, "matchExpressions": expressions}
    assert selector(given) == "app=api,tier in (a,b),track notin (canary),app,!old"
    assert selector({}) == ""
