"""The ReplicaSet controller: as many pods as wanted, and how many of them are ready and available."""

from collections.abc import Iterable

from playground.cluster.api.kinds import (
    POD,
    REPLICA_SET,
    Object,
    condition_of,
    controlled_by,
    controller_of,
    is_leaving,
    labels_of,
    name_of,
    namespace_of,
    reference_to,
)
from playground.cluster.api.registry import Registry, random_suffix
from playground.cluster.api.store import Change
from playground.cluster.controllers.manager import MANAGER, Key, Manager
from playground.cluster.controllers.recorder import Recorder

COMPONENT = "replicaset-controller"
MOST_PODS = 200  # in a namespace, as a ResourceQuota would have it: a slip of the finger must not fill the memory


def is_ready(pod: Object) -> bool:
    condition = condition_of(pod, "Ready")
    return condition is not None and condition["status"] == "True"


def is_active(pod: Object) -> bool:
    """Whether a pod counts: neither finished nor on its way out."""
    return pod["status"].get("phase") not in ("Succeeded", "Failed") and not is_leaving(pod)


class ReplicaSetController:
    """See the module."""

    def __init__(self, registry: Registry, manager: Manager, recorder: Recorder) -> None:
        self._registry, self._manager, self._recorder = registry, manager, recorder
        self._ready_since: dict[str, float] = {}

    def interest(self, change: Change) -> Iterable[Key]:
        if change.kind is REPLICA_SET:
            yield namespace_of(change.object), name_of(change.object)
        elif change.kind is POD and (owner := controller_of(change.object)):
            yield namespace_of(change.object), owner["name"]

    def reconcile(self, key: Key) -> None:
        owner = self._registry.store.get(REPLICA_SET, *key)
        if not owner or is_leaving(owner):
            return
        pods = self._pods(owner)
        missing = owner["spec"]["replicas"] - len(pods)
        for _ in range(self._within_quota(owner, missing)):
            self._create(owner)
        if missing < 0:
            for pod in sorted(pods, key=_worth)[:-missing]:
                self._delete(owner, pod)
        self._report(owner, self._pods(owner))

    def _pods(self, owner: Object) -> list[Object]:
        pods = self._registry.store.all(POD, namespace_of(owner))
        return [pod for pod in pods if controlled_by(pod, owner) and is_active(pod)]

    def _within_quota(self, owner: Object, missing: int) -> int:
        """How many of the missing pods may be made; a namespace holds no more than its quota."""
        used = len(self._registry.store.all(POD, namespace_of(owner)))
        allowed = min(missing, MOST_PODS - used)
        if missing > max(0, allowed):
            limit = f"requested: pods=1, used: pods={used}, limited: pods={MOST_PODS}"
            refusal = f'pods "{name_of(owner)}-" is forbidden: exceeded quota: pods, {limit}'
            self._tell(owner, "FailedCreate", f"Error creating: {refusal}", warning=True)
        return allowed

    def _create(self, owner: Object) -> None:
        template = owner["spec"]["template"]
        name = f"{name_of(owner)}-{random_suffix()}"
        metadata: Object = {"name": name, "generateName": f"{name_of(owner)}-"}
        for part in ("labels", "annotations"):
            if template["metadata"].get(part):
                metadata[part] = template["metadata"][part]
        metadata["ownerReferences"] = [reference_to(REPLICA_SET, owner)]
        self._registry.create(POD, namespace_of(owner), {"metadata": metadata, "spec": template["spec"]}, MANAGER)
        self._tell(owner, "SuccessfulCreate", f"Created pod: {name}")

    def _delete(self, owner: Object, pod: Object) -> None:
        self._registry.delete(POD, namespace_of(pod), name_of(pod), {})
        self._tell(owner, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")

    def _tell(self, owner: Object, reason: str, message: str, warning: bool = False) -> None:
        self._recorder.record(REPLICA_SET, owner, reason, message, component=COMPONENT, warning=warning)

    def _report(self, owner: Object, pods: list[Object]) -> None:
        ready = [pod for pod in pods if is_ready(pod)]
        wanted = owner["spec"]["template"]["metadata"].get("labels") or {}
        counters = {
            "fullyLabeledReplicas": sum(wanted.items() <= labels_of(pod).items() for pod in pods),
            "readyReplicas": len(ready),
            "availableReplicas": self._available(owner, ready),
        }
        status: Object = {"replicas": len(pods)} | {key: count for key, count in counters.items() if count}
        status["observedGeneration"] = owner["metadata"]["generation"]

        def report(thing: Object) -> None:
            thing["status"] = status

        self._registry.update(REPLICA_SET, namespace_of(owner), name_of(owner), report, MANAGER, "status")

    def _available(self, owner: Object, ready: list[Object]) -> int:
        """Ready for minReadySeconds; those not yet are looked at again when they will be."""
        seconds = owner["spec"].get("minReadySeconds") or 0
        if not seconds:
            return len(ready)
        clock, key = self._registry.clock, (namespace_of(owner), name_of(owner))
        known = self._ready_since
        self._ready_since = {}
        available = 0
        for pod in ready:
            uid = pod["metadata"]["uid"]
            since = known.pop(uid, None)
            if since is None:
                since = clock.elapsed()
                clock.later(seconds + 0.01, lambda: self._manager.enqueue(self, key))
            self._ready_since[uid] = since
            available += clock.elapsed() - since >= seconds
        self._ready_since |= known
        return available


def _worth(pod: Object) -> tuple[bool, bool, bool, str]:
    """Which pods go first: those without a node, not running, not ready, and then the youngest."""
    created = pod["metadata"]["creationTimestamp"]
    youngest_first = "".join(chr(255 - ord(letter)) for letter in created)
    return bool(pod["spec"].get("nodeName")), pod["status"]["phase"] == "Running", is_ready(pod), youngest_first
