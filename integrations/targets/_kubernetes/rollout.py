"""How far a rollout is, as `kubectl rollout status` sees it, and which pods say that it can't succeed. Pure.

Source of the order: kubectl, polymorphichelpers/rollout_status.go; of the pod rules: Shopify krane, pod.rb.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from bot.values import Phase, Trouble
from integrations.targets._kubernetes.notes import fence_of
from integrations.targets._kubernetes.templates import number

Json = dict[str, Any]

OVERDUE = "ProgressDeadlineExceeded"
BACK_OFF = "ImagePullBackOff"
PULL = ("ErrImagePull", BACK_OFF)
HOPELESS = ("CrashLoopBackOff", "InvalidImageName", "ErrImageNeverPull")
# A registry that is slow, busy or away comes back, and the kubelet goes on trying.
PASSING = re.compile(
    r"time[d ]?-?out|too many requests|toomanyrequests|connection re(fused|set)|unexpected eof|no such host"
    r"|deadline exceeded|service unavailable|bad gateway|internal server error|i/o|temporar",
    re.IGNORECASE,
)
GONE = re.compile(r"not found|not exist|manifest unknown|denied|unauthorized|no match for platform", re.IGNORECASE)


class Claim(NamedTuple):
    """Which rollout is asked about: its number, the Deployment's uid, the deploy that started it, its ReplicaSet."""

    number: int
    uid: str = ""
    deploy: str = ""
    replica_set: str = ""


class Status(NamedTuple):
    """An answer of `rollout_status`."""

    phase: Phase
    text: str


def rollout_status(deployment: Json, claim: Claim) -> Status:
    """Where the claimed rollout stands. Counters that the API leaves out are zero."""
    metadata, status = deployment["metadata"], deployment.get("status") or {}
    if taken := _superseded(deployment, claim):
        return Status(Phase.SUPERSEDED, taken)
    if metadata.get("generation", 0) > status.get("observedGeneration", 0) or number(deployment) < claim.number:
        return Status(Phase.WAITING, "Waiting for the cluster to take up the change.")
    if late := _late(deployment, claim):
        return Status(Phase.FAILED, late)
    return _counted(deployment["spec"].get("replicas", 1), status)


def _superseded(deployment: Json, claim: Claim) -> str:
    if claim.uid and deployment["metadata"].get("uid") != claim.uid:
        return "The Deployment was deleted and made anew."
    if number(deployment) > claim.number:
        return f"Revision {number(deployment)} has replaced revision {claim.number}."
    fence = fence_of(deployment)
    if claim.deploy and fence and fence.deploy != claim.deploy:
        return f"Deploy {fence.deploy} has taken over."
    return ""


def _late(deployment: Json, claim: Claim) -> str:
    progressing = condition(deployment, "Progressing")
    if progressing.get("reason") != OVERDUE:
        return ""
    # When a rollout that was late is replaced, its condition stays for a moment; the message names whose it is.
    message = str(progressing.get("message") or "The rollout made no progress in time.")
    others = claim.replica_set and 'ReplicaSet "' in message and f'"{claim.replica_set}"' not in message
    return "" if others else message


def _counted(wanted: int, status: Json) -> Status:
    total, updated = status.get("replicas", 0), status.get("updatedReplicas", 0)
    available = status.get("availableReplicas", 0)
    if wanted == 0:
        return Status(Phase.FAILED, "Scaled to zero replicas: nothing would run.")
    if updated < wanted:
        return Status(Phase.WAITING, f"{updated} of {wanted} new replicas have been started.")
    if total > updated:
        return Status(Phase.WAITING, f"{_replicas(total - updated, 'old')} still to go.")
    if available < updated:
        return Status(Phase.WAITING, f"{available} of {updated} new replicas are available.")
    return Status(Phase.DONE, f"{_replicas(available)} available.")


def _replicas(count: int, kind: str = "") -> str:
    return f"{count} {kind} replica{'' if count == 1 else 's'}".replace("  ", " ")


def under_way(deployment: Json) -> bool:
    """Whether a rollout has begun and may yet end. A finished one stays finished when pods are lost later."""
    if rollout_status(deployment, Claim(number(deployment))).phase is not Phase.WAITING:
        return False
    observed = (deployment.get("status") or {}).get("observedGeneration", 0)
    over = condition(deployment, "Progressing").get("reason") in ("NewReplicaSetAvailable", "DeploymentPaused")
    return deployment["metadata"].get("generation", 0) > observed or not over


def condition(thing: Json, kind: str) -> Json:
    """The condition of that type; empty where it is not reported."""
    found = (thing.get("status") or {}).get("conditions") or []
    return next((one for one in found if one["type"] == kind), {})


def container_statuses(pod: Json) -> list[Json]:
    """What is known of a pod's containers, init containers first, as they start."""
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def ready(pod: Json) -> bool:
    """Whether the pod serves."""
    return bool(condition(pod, "Ready").get("status") == "True")


def hopeless(pods: Sequence[Json], pull_errors: Mapping[str, str]) -> tuple[Json, Trouble] | None:
    """The first pod that shows that the new version can't run, and why; None while any other may yet come up.

    `pods` are the new ReplicaSet's; `pull_errors` holds what Events say of a failed pull, by pod name: a pod that backs
    off has often forgotten it.
    """
    pending = [pod for pod in pods if not ready(pod) and not _aside(pod)]
    troubles = [(pod, pod_trouble(pod, pull_errors.get(pod["metadata"]["name"], ""))) for pod in pending]
    found = [(pod, trouble) for pod, trouble in troubles if trouble]
    return found[0] if found and len(found) == len(pending) else None


def pod_trouble(pod: Json, pull_error: str = "") -> Trouble | None:
    """Why this pod will not come up by itself; None while it may."""
    for status in container_statuses(pod):
        for reason, message in _container_troubles(status, pull_error):
            name = pod["metadata"]["name"]
            return Trouble(reason=reason, message=message, pod=name, container=status["name"])
    return None


def pulls(pod: Json) -> bool:
    """Whether a container of the pod waits for an image that did not come."""
    return any(_waiting(status).get("reason") in PULL for status in container_statuses(pod))


def held_up(deployment: Json, pods: Sequence[Json]) -> str:
    """Why new pods can't be made (a quota, an admission rule) or placed on a node; empty where they can."""
    unplaced = (condition(pod, "PodScheduled") for pod in pods)
    told = [condition(deployment, "ReplicaFailure"), *(one for one in unplaced if one.get("status") == "False")]
    return next((str(one["message"]) for one in told if one.get("message")), "")


def _aside(pod: Json) -> bool:
    """Evicted or turned away by a node, or not yet on any: such a pod says nothing about the version."""
    unplaced = condition(pod, "PodScheduled").get("status") == "False"
    return unplaced or (pod.get("status") or {}).get("phase") == "Failed"


def _container_troubles(status: Json, pull_error: str) -> Iterator[tuple[str, str]]:
    waiting, ended = _waiting(status), (status.get("state") or {}).get("terminated") or {}
    reason, message = waiting.get("reason", ""), waiting.get("message", "")
    if reason in PULL and (why := _pull_trouble(reason, message, pull_error)):
        yield reason, why
    if reason in HOPELESS:
        yield reason, _crash(status) or message
    if reason == "CreateContainerConfigError" and not re.search(r"failed to sync .* cache", message):
        yield reason, message
    if ended.get("reason") == "ContainerCannotRun" and ended.get("exitCode") != 128:
        yield "ContainerCannotRun", ended.get("message", "")


def _pull_trouble(reason: str, message: str, pull_error: str) -> str:
    told = next((text for text in (message, pull_error) if GONE.search(text)), "")
    if told:
        return told
    # A first error that we can't read may pass; backing off, the kubelet has tried at least twice.
    passing = PASSING.search(f"{message} {pull_error}")
    return "" if reason != BACK_OFF or passing else pull_error or message


def _crash(status: Json) -> str:
    last, restarts = (status.get("lastState") or {}).get("terminated") or {}, status.get("restartCount", 0)
    if not last:
        return ""
    detail = f": {last['message'].strip()}" if last.get("message") else ""
    times = f"{restarts} restart{'' if restarts == 1 else 's'}"
    return f"exit code {last.get('exitCode')} ({last.get('reason', 'Error')}) after {times}{detail}"


def _waiting(status: Json) -> Json:
    return (status.get("state") or {}).get("waiting") or {}
