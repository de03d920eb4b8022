"""Something that runs once with a version's image: a migration. As a Job of Kubernetes."""

import hashlib
import math
import re
from collections.abc import Mapping

from bot.errors import Code, Refusal
from bot.values import Fence, Job, JobLook, Phase
from integrations.targets._kubernetes.api import Json
from integrations.targets._kubernetes.notes import admit, begun_by, called
from integrations.targets._kubernetes.objects import JOBS, PODS, Objects
from integrations.targets._kubernetes.rollout import condition, pod_trouble
from integrations.targets._kubernetes.templates import containers
from integrations.targets._kubernetes.workload import last_lines

KEPT_FOR = 24 * 60 * 60  # seconds for which a Job that has ended can still be looked at
LONGEST_NAME = 63  # it is a label's value on the Job's pods
OWN_LABEL = "app.kubernetes.io/managed-by"
# What a Job takes over from the container that serves, and from its pod. Not the probes, ports and labels: a pod that
# runs once must not be sent traffic.
CONTAINER = ("name", "env", "envFrom", "volumeMounts", "resources", "securityContext", "imagePullPolicy", "workingDir")
POD = (
    "serviceAccountName",
    "automountServiceAccountToken",
    "volumes",
    "imagePullSecrets",
    "nodeSelector",
    "tolerations",
    "securityContext",
    "dnsPolicy",
    "dnsConfig",
    "hostAliases",
    "runtimeClassName",
    "priorityClassName",
)


def job_name(deployment: str, job: str, deploy: str) -> str:
    """A Job's name: readable, and told apart by a hash where it had to be cut or changed."""
    exact = f"{deployment}-{job}-{deploy}"
    name = re.sub(r"[^a-z0-9-]+", "-", exact.lower()).strip("-")
    if name == exact and len(name) <= LONGEST_NAME:
        return name
    mark = hashlib.sha256(exact.encode()).hexdigest()[:8]
    return f"{name[: LONGEST_NAME - 9].strip('-')}-{mark}"


def job_body(name: str, main: Json, container: str, image: str, job: Job, notes: Mapping[str, str]) -> Json:
    """A Job with that image, and with the environment, volumes and account of the container that serves.

    It is tried once: a migration that failed half-way is looked at by a person, not run again.
    """
    serves = next(one for one in containers(main) if one["name"] == container)
    once = {key: serves[key] for key in CONTAINER if key in serves} | {"image": image, "command": list(job.command)}
    given = main["spec"]["template"]["spec"]
    pod = {key: given[key] for key in POD if key in given} | {"restartPolicy": "Never", "containers": [once]}
    labels = {OWN_LABEL: "quarterdeck"}
    spec = {
        "backoffLimit": 0,
        "activeDeadlineSeconds": math.ceil(job.timeout),
        "ttlSecondsAfterFinished": KEPT_FOR,
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    metadata = {"name": name, "labels": labels, "annotations": dict(notes)}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec}


async def start(objects: Objects, body: Json, fence: Fence) -> str:
    """Start the Job unless this deploy has; its name. Raises Refusal(FENCED, CONFLICT)."""
    name: str = body["metadata"]["name"]
    there = await objects.find(JOBS, name)
    if there is None:
        try:
            await objects.create(JOBS, body)
        except Refusal as refusal:
            if refusal.code is not Code.CONFLICT:
                raise
            there = await objects.get(JOBS, name)  # a twin has been faster
    if there:
        admit(there, fence)
        if not begun_by(there, fence):
            text = f"A Job {called(there)} is there, but this deploy has not started it."
            raise Refusal(Code.CONFLICT, text, "Delete it, if it is not needed.")
    return name


async def look(objects: Objects, name: str) -> JobLook:
    """How far it is, with the last lines of its log. Raises Refusal(NOT_FOUND)."""
    job = await objects.get(JOBS, name)
    pods = await objects.list(PODS, [("labelSelector", f"job-name={name}")])
    pods.sort(key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")))
    pod = pods[-1] if pods else None
    log: tuple[str, ...] = ()
    if pod and _has_run(pod):
        log = await last_lines(objects, pod["metadata"]["name"], pod["spec"]["containers"][0]["name"])
    phase, text = stands(job, pod)
    return JobLook(phase=phase, text=text, log=log)


def stands(job: Json, pod: Json | None) -> tuple[Phase, str]:
    """How far a Job is, by what it and its pod say. Pure."""
    if condition(job, "Complete").get("status") == "True":
        return Phase.DONE, "It succeeded."
    failed = condition(job, "Failed")
    if failed.get("status") == "True":
        return Phase.FAILED, _why(failed, pod)
    if pod is None:
        return Phase.WAITING, "Its pod has not been made yet."
    if trouble := pod_trouble(pod):
        return Phase.FAILED, f"{trouble.reason} in {trouble.pod}: {trouble.message}"
    running = (pod.get("status") or {}).get("phase") == "Running"
    return Phase.WAITING, "It runs." if running else "It is starting."


def _why(failed: Json, pod: Json | None) -> str:
    if failed.get("reason") == "DeadlineExceeded":
        return "It did not end in time and was stopped."
    ended = next((one for one in map(_ended, _statuses(pod)) if one.get("exitCode")), {})
    if ended:
        return f"It failed: exit code {ended['exitCode']} ({ended.get('reason', 'Error')})."
    return f"It failed: {failed.get('message') or failed.get('reason') or 'the Job does not say why'}."


def _statuses(pod: Json | None) -> list[Json]:
    return ((pod or {}).get("status") or {}).get("containerStatuses") or []


def _ended(status: Json) -> Json:
    return (status.get("state") or {}).get("terminated") or {}


def _has_run(pod: Json) -> bool:
    return any({"running", "terminated"} & set(one.get("state") or {}) for one in _statuses(pod))
