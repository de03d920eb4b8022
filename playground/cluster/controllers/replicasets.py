"""The ReplicaSet controller: as many pods as wanted, and how many of them are ready and available."""

from collections.abc import Iterable

from playground.cluster.api.errors import ApiError
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
)
from playground.cluster.api.registry import Registry
from playground.cluster.api.store import Change
from playground.cluster.controllers.manager import MANAGER, Key, Manager
from playground.cluster.controllers.pods import create_pod, is_active
from playground.cluster.controllers.recorder import Recorder

FAILURE = "ReplicaFailure"
TRY_AGAIN = 5.0  # simulated seconds
COMPONENT = "replicaset-controller"
MOST_PODS = 200  # in a namespace, as a ResourceQuota would have it: a slip of the finger must not fill the memory


def is_ready(pod: Object) -> bool:
    condition = condition_of(pod, "Ready")
    return condition is not None and condition["status"] == "True"


class ReplicaSetController:
    """See the module."""

    def __init__(self, registry: Registry, manager: Manager, recorder: Recorder) -> None:
        self._registry, self._manager, self._recorder = registry, manager, recorder
        self._ready_since: dict[str, float] = {}
        self._refused: dict[str, tuple[float, str]] = {}  # when it may be tried again, and why not before

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
        refusal = self._create(owner, missing)
        if missing < 0:
            for pod in sorted(pods, key=_worth)[:-missing]:
                self._delete(owner, pod)
        self._report(owner, self._pods(owner), refusal)

    def _pods(self, owner: Object) -> list[Object]:
        pods = self._registry.store.all(POD, namespace_of(owner))
        return [pod for pod in pods if controlled_by(pod, owner) and is_active(pod)]

    def _create(self, owner: Object, missing: int) -> str:
        """Make the missing pods; why not all of them could be made, "" when they were. After a refusal it takes a while
        until that is tried again."""
        uid, clock = owner["metadata"]["uid"], self._registry.clock
        until, refusal = self._refused.pop(uid, (0.0, ""))
        if missing > 0 and clock.elapsed() < until:
            self._refused[uid] = (until, refusal)
            return refusal
        refusal = ""
        for _ in range(missing):
            used = len(self._registry.store.all(POD, namespace_of(owner)))
            if used >= MOST_PODS:
                limit = f"requested: pods=1, used: pods={used}, limited: pods={MOST_PODS}"
                refusal = f'pods "{name_of(owner)}-" is forbidden: exceeded quota: pods, {limit}'
                break
            try:
                name = create_pod(self._registry, REPLICA_SET, owner)
            except ApiError as error:
                refusal = error.message
                break
            self._tell(owner, "SuccessfulCreate", f"Created pod: {name}")
        if refusal:
            self._tell(owner, "FailedCreate", f"Error creating: {refusal}", warning=True)
            self._refused[uid] = (clock.elapsed() + TRY_AGAIN, refusal)
            key = (namespace_of(owner), name_of(owner))
            clock.later(TRY_AGAIN + 0.01, lambda: self._manager.enqueue(self, key))
        return refusal

    def _delete(self, owner: Object, pod: Object) -> None:
        self._registry.delete(POD, namespace_of(pod), name_of(pod), {})
        self._tell(owner, "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")

    def _tell(self, owner: Object, reason: str, message: str, warning: bool = False) -> None:
        self._recorder.record(REPLICA_SET, owner, reason, message, component=COMPONENT, warning=warning)

    def _report(self, owner: Object, pods: list[Object], refusal: str) -> None:
        ready = [pod for pod in pods if is_ready(pod)]
        wanted = owner["spec"]["template"]["metadata"].get("labels") or {}
        counters = {
            "fullyLabeledReplicas": sum(wanted.items() <= labels_of(pod).items() for pod in pods),
            "readyReplicas": len(ready),
            "availableReplicas": self._available(owner, ready),
        }
        status: Object = {"replicas": len(pods)} | {key: count for key, count in counters.items() if count}
        status["observedGeneration"] = owner["metadata"]["generation"]
        if refusal:
            known = condition_of(owner, FAILURE)
            since = known["lastTransitionTime"] if known else self._registry.clock.stamp()
            failure = {"type": FAILURE, "status": "True", "reason": "FailedCreate", "message": refusal}
            status["conditions"] = [failure | {"lastTransitionTime": since}]

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
