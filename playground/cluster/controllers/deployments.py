"""The Deployment controller: rolls a new template out, step by step, and says how far it is."""

from collections.abc import Callable, Iterable

from playground.cluster.api.kinds import (
    DEPLOYMENT,
    POD,
    REPLICA_SET,
    Object,
    annotations_of,
    condition_of,
    controlled_by,
    controller_of,
    is_leaving,
    name_of,
    namespace_of,
)
from playground.cluster.api.registry import Registry
from playground.cluster.api.store import Change
from playground.cluster.controllers import rolling
from playground.cluster.controllers.conditions import (
    REVISION,
    about,
    counted,
    has_progressed,
    is_complete,
    set_condition,
)
from playground.cluster.controllers.manager import MANAGER, Key, Manager
from playground.cluster.controllers.recorder import Recorder
from playground.cluster.controllers.revisions import Revisions
from playground.cluster.controllers.rolling import size

COMPONENT = "deployment-controller"


class DeploymentController:
    """See the module. Each call does one step; the changes that it causes bring the next call."""

    def __init__(self, registry: Registry, manager: Manager, recorder: Recorder) -> None:
        self._registry, self._manager, self._recorder = registry, manager, recorder
        self._revisions = Revisions(registry)
        self._progressed_at: dict[str, float] = {}

    def interest(self, change: Change) -> Iterable[Key]:
        namespace = namespace_of(change.object)
        if change.kind is DEPLOYMENT:
            yield namespace, name_of(change.object)
        elif change.kind is REPLICA_SET and (owner := controller_of(change.object)):
            yield namespace, owner["name"]
        elif change.kind is POD and change.type == "DELETED":  # Recreate waits for the last of the old pods
            yield from ((namespace, name_of(one)) for one in self._registry.store.all(DEPLOYMENT, namespace))

    def reconcile(self, key: Key) -> None:
        deployment = self._registry.store.get(DEPLOYMENT, *key)
        if not deployment:
            return
        if is_leaving(deployment):
            self._report(deployment, *self._revisions.sync(deployment, create=False))
            return
        deployment = self._note_pause(deployment)
        if deployment["spec"].get("paused") or self._is_scaling(deployment):
            self._scale(deployment)
        elif deployment["spec"]["strategy"]["type"] == "Recreate":
            self._recreate(deployment)
        else:
            self._roll(deployment)

    def _roll(self, deployment: Object) -> None:
        new, old = self._sync(deployment)
        resized = self._resize(deployment, new, rolling.new_size(deployment, new, old))
        if not resized:
            sizes = rolling.old_sizes(deployment, new, old)
            resized = [self._resize(deployment, one, sizes[name_of(one)]) for one in old if size(one)].count(True) > 0
        self._finish(deployment, resized)

    def _recreate(self, deployment: Object) -> None:
        new, old = self._revisions.sync(deployment, create=False)
        stopped = [self._resize(deployment, one, 0) for one in old if size(one)]
        if not stopped and not self._has_old_pods(deployment, new):
            new, old = self._sync(deployment)
            self._resize(deployment, new, deployment["spec"]["replicas"])
        self._finish(deployment, bool(stopped))

    def _scale(self, deployment: Object) -> None:
        """While paused, or when only the number of replicas changed: no new revision, sizes alone."""
        new, old = self._revisions.sync(deployment, create=False)
        active = [one for one in (*old, *([new] if new else [])) if size(one)]
        candidates = active or [one for one in (new, *reversed(old)) if one][:1]
        if len(candidates) == 1:
            self._resize(deployment, candidates[0], deployment["spec"]["replicas"])
        elif new and rolling.is_saturated(deployment, new):
            for one in old:
                self._resize(deployment, one, 0)
        elif deployment["spec"]["strategy"]["type"] == "RollingUpdate":
            sizes = rolling.proportional_sizes(deployment, active)
            for one in active:
                self._resize(deployment, one, sizes[name_of(one)])
        self._finish(deployment, resized=True)

    def _sync(self, deployment: Object) -> tuple[Object, list[Object]]:
        before = {name_of(one) for one in self._revisions.owned(deployment)}
        new, old = self._revisions.sync(deployment, create=True)
        assert new is not None
        made = name_of(new) not in before
        if made and size(new):
            self._tell(deployment, f"Scaled up replica set {name_of(new)} to {size(new)}")
        self._note_revision(deployment, new, made)
        return new, old

    def _note_revision(self, deployment: Object, new: Object, made: bool) -> None:
        """The Deployment carries the revision of its newest ReplicaSet, and says that there is one."""
        what = ("NewReplicaSetCreated", "Created new") if made else ("FoundNewReplicaSet", "Found new")

        def note(thing: Object) -> None:
            thing["metadata"].setdefault("annotations", {})[REVISION] = annotations_of(new)[REVISION]
            if made or not condition_of(thing, "Progressing"):
                text = f'{what[1]} replica set "{name_of(new)}"'
                self._set_progressing(thing, thing["status"], "True", what[0], text)

        self._change_status(deployment, note)

    def _note_pause(self, deployment: Object) -> Object:
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

    def _finish(self, deployment: Object, resized: bool) -> None:
        """Forget old revisions once all is done, and write the status."""
        current = self._registry.store.get(DEPLOYMENT, namespace_of(deployment), name_of(deployment))
        if not current:
            return
        new, old = self._revisions.sync(current, create=False)
        if current["spec"].get("paused") or (not resized and is_complete(current, current["status"])):
            self._revisions.forget(current, old)
        self._report(current, new, old)

    def _report(self, deployment: Object, new: Object | None, old: list[Object]) -> None:
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
            clock.later(seconds, lambda: self._manager.enqueue(self, key))

    def _is_overdue(self, deployment: Object) -> bool:
        clock = self._registry.clock
        since = self._progressed_at.get(deployment["metadata"]["uid"], clock.elapsed())
        return clock.elapsed() - since >= float(deployment["spec"]["progressDeadlineSeconds"])

    def _is_scaling(self, deployment: Object) -> bool:
        wanted = str(deployment["spec"]["replicas"])
        active = [one for one in self._revisions.owned(deployment) if size(one)]
        return any(annotations_of(one).get(rolling.DESIRED, wanted) != wanted for one in active)

    def _has_old_pods(self, deployment: Object, new: Object | None) -> bool:
        owned = [one for one in self._revisions.owned(deployment) if not new or name_of(one) != name_of(new)]
        pods = self._registry.store.all(POD, namespace_of(deployment))
        return any(controlled_by(pod, one) for pod in pods for one in owned)

    def _resize(self, deployment: Object, replica_set: Object, replicas: int) -> bool:
        before = size(replica_set)
        self._revisions.resize(deployment, replica_set, replicas)
        if before != replicas:
            way = "up" if replicas > before else "down"
            self._tell(deployment, f"Scaled {way} replica set {name_of(replica_set)} to {replicas}")
        return before != replicas

    def _tell(self, deployment: Object, message: str) -> None:
        self._recorder.record(DEPLOYMENT, deployment, "ScalingReplicaSet", message, component=COMPONENT)

    def _change_status(self, deployment: Object, change: Callable[[Object], None]) -> Object:
        place = (namespace_of(deployment), name_of(deployment))
        return self._registry.update(DEPLOYMENT, *place, change, MANAGER, "status")
