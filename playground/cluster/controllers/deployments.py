"""The Deployment controller: rolls a new template out, step by step, and says how far it is."""

from collections.abc import Iterable

from playground.cluster.api.kinds import (
    DEPLOYMENT,
    POD,
    REPLICA_SET,
    Object,
    annotations_of,
    controlled_by,
    controller_of,
    is_leaving,
    name_of,
    namespace_of,
)
from playground.cluster.api.registry import Registry
from playground.cluster.api.store import Change
from playground.cluster.controllers import rolling
from playground.cluster.controllers.conditions import is_complete
from playground.cluster.controllers.manager import Key, Manager
from playground.cluster.controllers.progress import ProgressReporter
from playground.cluster.controllers.recorder import Recorder
from playground.cluster.controllers.revisions import Revisions
from playground.cluster.controllers.rolling import size

COMPONENT = "deployment-controller"


class DeploymentController:
    """See the module. Each call does one step; the changes that it causes bring the next call."""

    def __init__(self, registry: Registry, manager: Manager, recorder: Recorder) -> None:
        self._registry, self._recorder = registry, recorder
        self._revisions = Revisions(registry)
        self._progress = ProgressReporter(registry, lambda key: manager.enqueue(self, key))

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
            self._progress.report_on(deployment, *self._revisions.sync(deployment, create=False))
            return
        deployment = self._progress.note_pause(deployment)
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
        self._progress.note_revision(deployment, new, made)
        return new, old

    def _finish(self, deployment: Object, resized: bool) -> None:
        """Forget old revisions once all is done, and write the status."""
        current = self._registry.store.get(DEPLOYMENT, namespace_of(deployment), name_of(deployment))
        if not current:
            return
        new, old = self._revisions.sync(current, create=False)
        if current["spec"].get("paused") or (not resized and is_complete(current, current["status"])):
            self._revisions.forget(current, old)
        self._progress.report_on(current, new, old)

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
