"""The Job controller: pods that run until enough of them succeeded, or too many failed, or time is up."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from playground.cluster.api.errors import ApiError
from playground.cluster.api.kinds import (
    JOB,
    POD,
    Object,
    condition_of,
    controlled_by,
    controller_of,
    copied,
    is_leaving,
    name_of,
    namespace_of,
)
from playground.cluster.api.registry import Registry
from playground.cluster.api.store import Change
from playground.cluster.controllers.manager import MANAGER, Key, Manager
from playground.cluster.controllers.pods import create_pod, is_active
from playground.cluster.controllers.recorder import Recorder

COMPONENT = "job-controller"
BACK_OFF_FIRST, BACK_OFF_MOST = 10.0, 360.0  # simulated seconds, the controller's own

_BACK_OFF = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
_DEADLINE = ("DeadlineExceeded", "Job was active longer than specified deadline")


class JobController:
    """See the module."""

    def __init__(self, registry: Registry, manager: Manager, recorder: Recorder) -> None:
        self._registry, self._manager, self._recorder = registry, manager, recorder
        self._started: dict[str, float] = {}
        self._failed: dict[str, tuple[int, float]] = {}  # how often, and when the next try may be

    def interest(self, change: Change) -> Iterable[Key]:
        if change.kind is JOB:
            yield namespace_of(change.object), name_of(change.object)
        elif change.kind is POD and (owner := controller_of(change.object)) and owner["kind"] == JOB.name:
            yield namespace_of(change.object), owner["name"]

    def reconcile(self, key: Key) -> None:
        job = self._registry.store.get(JOB, *key)
        if not job or is_leaving(job):
            return
        if is_finished(job):
            self._forget(job)
            return
        status = copied(job["status"])
        if job["spec"].get("suspend"):
            return
        if "startTime" not in status:
            self._start(job, status)
        pods = [pod for pod in self._registry.store.all(POD, key[0]) if controlled_by(pod, job)]
        active = [pod for pod in pods if is_active(pod)]
        counts = {phase: sum(pod["status"].get("phase") == phase for pod in pods) for phase in ("Succeeded", "Failed")}
        if why := self._why_failed(job, pods, counts["Failed"]):
            counts["Failed"] += len(active)
            self._stop(job, active)
            active = []
            self._conclude(job, status, "Failed", *why)
        elif counts["Succeeded"] >= job["spec"]["completions"] and not active:
            status["completionTime"] = self._registry.clock.stamp()
            self._conclude(job, status, "Complete", "", "")
        else:
            self._note_failures(job, counts["Failed"])
            missing = min(job["spec"]["parallelism"], job["spec"]["completions"] - counts["Succeeded"]) - len(active)
            active += self._begin(job, missing)
        self._report(job, status, {"active": len(active)} | {key.lower(): count for key, count in counts.items()})

    def _start(self, job: Object, status: Object) -> None:
        status["startTime"] = self._registry.clock.stamp()
        self._started[job["metadata"]["uid"]] = self._registry.clock.elapsed()
        if seconds := job["spec"].get("activeDeadlineSeconds"):
            self._look_again(job, seconds + 0.01)

    def _why_failed(self, job: Object, pods: list[Object], failed: int) -> tuple[str, str] | None:
        spec, clock = job["spec"], self._registry.clock
        since = self._started.get(job["metadata"]["uid"], clock.elapsed())
        if "activeDeadlineSeconds" in spec and clock.elapsed() - since >= spec["activeDeadlineSeconds"]:
            return _DEADLINE
        if spec["template"]["spec"]["restartPolicy"] == "OnFailure":
            statuses = [one for pod in pods for one in pod["status"].get("containerStatuses") or ()]
            restarts = sum(one["restartCount"] for one in statuses)
            return _BACK_OFF if restarts and restarts >= spec["backoffLimit"] else None
        return _BACK_OFF if failed > spec["backoffLimit"] else None

    def _note_failures(self, job: Object, failed: int) -> None:
        """After each failure the next try waits twice as long."""
        uid, now = job["metadata"]["uid"], self._registry.clock.elapsed()
        if failed > self._failed.get(uid, (0, 0.0))[0]:
            seconds = min(BACK_OFF_MOST, BACK_OFF_FIRST * 2 ** min(failed - 1, 9))
            self._failed[uid] = (failed, now + seconds)
            self._look_again(job, seconds + 0.01)

    def _begin(self, job: Object, missing: int) -> list[Object]:
        begun: list[Object] = []
        if self._registry.clock.elapsed() < self._next_try(job):
            return begun
        for _ in range(missing):
            try:
                name = create_pod(self._registry, JOB, job)
            except ApiError as error:  # a quota, for now
                self._tell(job, "FailedCreate", f"Error creating: {error.message}", warning=True)
                self._look_again(job, BACK_OFF_FIRST)
                break
            self._tell(job, "SuccessfulCreate", f"Created pod: {name}")
            begun.append({"name": name})
        return begun

    def _next_try(self, job: Object) -> float:
        return self._failed.get(job["metadata"]["uid"], (0, 0.0))[1]

    def _stop(self, job: Object, active: list[Object]) -> None:
        for pod in active:
            self._registry.delete(POD, namespace_of(pod), name_of(pod), {})
            self._tell(job, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")

    def _conclude(self, job: Object, status: Object, kind: str, reason: str, message: str) -> None:
        stamp = self._registry.clock.stamp()
        condition = {"type": kind, "status": "True", "lastProbeTime": stamp, "lastTransitionTime": stamp}
        if reason:
            condition |= {"reason": reason, "message": message}
        status["conditions"] = [*(status.get("conditions") or ()), condition]
        self._tell(job, reason or "Completed", message or "Job completed", warning=bool(reason))

    def _report(self, job: Object, status: Object, counts: dict[str, int]) -> None:
        for key, count in counts.items():
            status.pop(key, None)
            if count:
                status[key] = count

        def report(thing: Object) -> None:
            thing["status"] = status

        self._registry.update(JOB, namespace_of(job), name_of(job), report, MANAGER, "status")

    def _forget(self, job: Object) -> None:
        """Delete it once its time to live after the end is over, with its pods."""
        uid, seconds = job["metadata"]["uid"], job["spec"].get("ttlSecondsAfterFinished")
        self._failed.pop(uid, None)
        if self._started.pop(uid, None) is None or seconds is None:
            return
        ended = condition_of(job, "Complete") or condition_of(job, "Failed") or {}
        left = seconds - (self._registry.clock.now() - datetime.fromisoformat(ended["lastTransitionTime"])).seconds
        self._registry.clock.later(max(0.0, left), partial(self._delete, namespace_of(job), name_of(job), uid))

    def _delete(self, namespace: str, name: str, uid: str) -> None:
        job = self._registry.store.get(JOB, namespace, name)
        if job and job["metadata"]["uid"] == uid:
            self._registry.delete(JOB, namespace, name, {"propagationPolicy": "Background"})

    def _look_again(self, job: Object, seconds: float) -> None:
        key = (namespace_of(job), name_of(job))
        self._registry.clock.later(seconds, lambda: self._manager.enqueue(self, key))

    def _tell(self, job: Object, reason: str, message: str, warning: bool = False) -> None:
        self._recorder.record(JOB, job, reason, message, component=COMPONENT, warning=warning)


def is_finished(job: Object) -> bool:
    """Whether a Job is over, well or badly."""
    conditions = [condition_of(job, kind) for kind in ("Complete", "Failed")]
    return any(one is not None and one["status"] == "True" for one in conditions)
