"""How far a Deployment is: writes its status, and notices when nothing moves for longer than it may."""

from collections.abc import Callable

from playground.cluster.api.kinds import DEPLOYMENT, Object, annotations_of, condition_of, name_of, namespace_of
from playground.cluster.api.registry import Registry
from playground.cluster.controllers.conditions import (
    REVISION,
    about,
    counted,
    has_progressed,
    is_complete,
    set_condition,
)
from playground.cluster.controllers.manager import MANAGER, Key


class ProgressReporter:
    """Writes the status of Deployments; `look_again` is called with those whose deadline may have passed."""

    def __init__(self, registry: Registry, look_again: Callable[[Key], None]) -> None:
        self._registry, self._look_again = registry, look_again
        self._progressed_at: dict[str, float] = {}

    def note_revision(self, deployment: Object, new: Object, made: bool) -> None:
        """The Deployment carries the revision of its newest ReplicaSet, and says that there is one."""
        what = ("NewReplicaSetCreated", "Created new") if made else ("FoundNewReplicaSet", "Found new")

        def note(thing: Object) -> None:
            thing["metadata"].setdefault("annotations", {})[REVISION] = annotations_of(new)[REVISION]
            if made or not condition_of(thing, "Progressing"):
                text = f'{what[1]} replica set "{name_of(new)}"'
                self._set_progressing(thing, thing["status"], "True", what[0], text)

        self._change_status(deployment, note)

    def note_pause(self, deployment: Object) -> Object:
        """Say that a rollout was paused or goes on; the Deployment as it is then."""
        condition = condition_of(deployment, "Progressing")
        reason = condition["reason"] if condition else ""
        paused = bool(deployment["spec"].get("paused"))
        if reason == "ProgressDeadlineExceeded" or paused == (reason == "DeploymentPaused"):
            return deployment
        word = "paused" if paused else "resumed"

        def note(thing: Object) -> None:
            text = f"Deployment is {word}"
            self._set_progressing(thing, thing["status"], "Unknown", f"Deployment{word.capitalize()}", text)

        return self._change_status(deployment, note)

    def report_on(self, deployment: Object, new: Object | None, old: list[Object]) -> None:
        """Write the counters and conditions that follow from its ReplicaSets."""
        before = deployment["status"]
        status = counted(deployment, new, old, self._registry.clock.stamp())
        if not deployment["spec"].get("paused"):
            self._judge_progress(deployment, new, before, status)

        def report(thing: Object) -> None:
            thing["status"] = status

        self._change_status(deployment, report)

    def _judge_progress(self, deployment: Object, new: Object | None, before: Object, status: Object) -> None:
        condition = condition_of(deployment, "Progressing")
        done = condition is not None and condition["reason"] == "NewReplicaSetAvailable"
        if done and status.get("replicas", 0) == status.get("updatedReplicas", 0):
            return
        if is_complete(deployment, status):
            text = about(deployment, new, "has successfully progressed.")
            self._set_progressing(deployment, status, "True", "NewReplicaSetAvailable", text)
        elif has_progressed(before, status):
            text = about(deployment, new, "is progressing.")
            self._set_progressing(deployment, status, "True", "ReplicaSetUpdated", text, again=True)
        elif condition and not done and self._is_overdue(deployment):
            text = about(deployment, new, "has timed out progressing.")
            self._set_progressing(deployment, status, "False", "ProgressDeadlineExceeded", text)

    def _set_progressing(
        self, deployment: Object, status: Object, value: str, reason: str, text: str, again: bool = False
    ) -> None:
        clock = self._registry.clock
        if set_condition(status, "Progressing", value, reason, text, clock.stamp(), again):
            self._progressed_at[deployment["metadata"]["uid"]] = clock.elapsed()
            key = (namespace_of(deployment), name_of(deployment))
            seconds = deployment["spec"]["progressDeadlineSeconds"] + 0.01
            clock.later(seconds, lambda: self._look_again(key))

    def _is_overdue(self, deployment: Object) -> bool:
        clock = self._registry.clock
        since = self._progressed_at.get(deployment["metadata"]["uid"], clock.elapsed())
        return clock.elapsed() - since >= float(deployment["spec"]["progressDeadlineSeconds"])

    def _change_status(self, deployment: Object, change: Callable[[Object], None]) -> Object:
        place = (namespace_of(deployment), name_of(deployment))
        return self._registry.update(DEPLOYMENT, *place, change, MANAGER, "status")
