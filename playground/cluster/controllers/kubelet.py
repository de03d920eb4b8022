"""Scheduler and kubelets in one: pods get a node and an address, their containers run, and they go when told to."""

import itertools
from collections.abc import Callable, Iterable
from datetime import datetime

from playground.cluster.api.kinds import CONFIG_MAP, POD, Object, is_leaving, name_of, namespace_of
from playground.cluster.api.registry import Registry
from playground.cluster.api.store import Change
from playground.cluster.clock import Timer
from playground.cluster.controllers.containers import Container, Run, stamp
from playground.cluster.controllers.manager import Key
from playground.cluster.controllers.recorder import Recorder

NODES = ("node-0", "node-1")
SCHEDULE, STOP = 0.1, 1.0  # simulated seconds


class PodRun:
    """A pod as its node runs it; the Host of its containers."""

    def __init__(self, kubelet: "Kubelet", pod: Object, number: int) -> None:
        self.uid, self.place = str(pod["metadata"]["uid"]), (namespace_of(pod), name_of(pod))
        self.node, self.address = NODES[number % len(NODES)], f"10.244.{number // 250 % 250}.{number % 250}"
        delay = number % 4 / 8  # no two pods of a rollout are ready at the same moment
        restart = str(pod["spec"]["restartPolicy"])
        self.containers = [Container(spec, self, delay, restart) for spec in pod["spec"]["containers"]]
        self._kubelet, self._timers = kubelet, list[Timer]()
        self._started = ""
        self.stopping = False

    def begin(self) -> None:
        self._kubelet.assign(self)
        self._started = stamp(self.now())
        self.changed()
        for container in self.containers:
            container.begin()

    def stop(self) -> None:
        """Let nothing more happen to the pod, and take it away after its grace."""
        self.stopping = True
        for container in self.containers:
            container.stop()
        self.drop()
        self._kubelet.remove_later(self)

    def drop(self) -> None:
        for timer in self._timers:
            timer.cancel()

    def _phase(self) -> str:
        codes = [one.exit_code for one in self.containers]
        if None not in codes:
            return "Failed" if any(codes) else "Succeeded"
        return "Running" if all(one.runs for one in self.containers) else "Pending"

    def later(self, seconds: float, call: Callable[[], None]) -> None:
        def if_there() -> None:
            if self._kubelet.has(self):
                call()

        self._timers = [timer for timer in self._timers if not timer.cancelled]
        self._timers.append(self._kubelet.registry.clock.later(seconds, if_there))

    def now(self) -> datetime:
        return self._kubelet.registry.clock.now()

    def identity(self) -> str:
        namespace, name = self.place
        return f"{name}_{namespace}({self.uid})"

    def missing_configuration(self, container: Object) -> str:
        """Says which ConfigMap a container refers to that is not there, "" when none."""
        sources = [source.get("configMapRef") for source in container.get("envFrom") or ()]
        sources += [(one.get("valueFrom") or {}).get("configMapKeyRef") for one in container.get("env") or ()]
        for source in filter(None, sources):
            known = self._kubelet.registry.store.get(CONFIG_MAP, self.place[0], source["name"])
            if not known and not source.get("optional"):
                return f'configmap "{source["name"]}" not found'
        return ""

    def tell(self, reason: str, message: str, container: str, warning: bool = False) -> None:
        self._kubelet.tell(self, reason, message, container, warning)

    def changed(self) -> None:
        """Write the status as it is now."""
        waiting = [one.name for one in self.containers if not one.ready]
        stamp_now, shown, phase = stamp(self.now()), " ".join(waiting), self._phase()
        over = phase in ("Succeeded", "Failed")
        statuses = [one.status() for one in self.containers]

        def report(pod: Object) -> None:
            conditions = [_condition(pod, kind, "True", stamp_now) for kind in ("PodScheduled", "Initialized")]
            for kind in ("ContainersReady", "Ready"):
                conditions.append(_condition(pod, kind, "False" if waiting else "True", stamp_now))
                if waiting and over:
                    conditions[-1] |= {"reason": "PodCompleted"}
                elif waiting:
                    unready = f"containers with unready status: [{shown}]"
                    conditions[-1] |= {"reason": "ContainersNotReady", "message": unready}
            pod["status"] |= {"phase": phase, "conditions": conditions, "hostIP": "127.0.0.1"}
            pod["status"] |= {"podIP": self.address, "podIPs": [{"ip": self.address}]}
            pod["status"] |= {"startTime": self._started, "containerStatuses": statuses}

        self._kubelet.registry.update(POD, *self.place, report, "kubelet", "status")


def _condition(pod: Object, kind: str, value: str, at: str) -> Object:
    known = next((one for one in pod["status"].get("conditions") or () if one["type"] == kind), None)
    since = known["lastTransitionTime"] if known and known["status"] == value else at
    return {"type": kind, "status": value, "lastProbeTime": None, "lastTransitionTime": since}


class Kubelet:
    """See the module."""

    def __init__(self, registry: Registry, recorder: Recorder) -> None:
        self.registry, self._recorder = registry, recorder
        self._pods: dict[Key, PodRun] = {}
        self._numbers = itertools.count(2)

    def interest(self, change: Change) -> Iterable[Key]:
        if change.kind is POD:
            yield namespace_of(change.object), name_of(change.object)

    def reconcile(self, key: Key) -> None:
        pod, known = self.registry.store.get(POD, *key), self._pods.get(key)
        if known and (not pod or pod["metadata"]["uid"] != known.uid):
            known.drop()
            del self._pods[key]
            known = None
        if not pod:
            return
        if not known:
            known = self._pods[key] = PodRun(self, pod, next(self._numbers))
            known.later(SCHEDULE, known.begin)
        if is_leaving(pod) and not known.stopping:
            known.stop()

    def has(self, run: PodRun) -> bool:
        """Whether the pod still exists: it may have been deleted a moment ago."""
        pod = self.registry.store.get(POD, *run.place)
        return pod is not None and bool(pod["metadata"]["uid"] == run.uid)

    def runs(self, key: Key, container: str) -> list[Run]:
        """The last runs of a container, the present one last; empty before it first started."""
        known = self._pods.get(key)
        return next((one.runs for one in known.containers if one.name == container), []) if known else []

    def assign(self, run: PodRun) -> None:
        def bind(pod: Object) -> None:
            pod["spec"]["nodeName"] = run.node

        pod = self.registry.update(POD, *run.place, bind, "kube-scheduler")
        message = f"Successfully assigned {'/'.join(run.place)} to {run.node}"
        self._recorder.record(POD, pod, "Scheduled", message, component="default-scheduler")

    def tell(self, run: PodRun, reason: str, message: str, container: str, warning: bool) -> None:
        pod = self.registry.store.get(POD, *run.place)
        if pod:
            part = f"spec.containers{{{container}}}"
            self._recorder.record(
                POD, pod, reason, message, component="kubelet", warning=warning, field=part, host=run.node
            )

    def remove_later(self, run: PodRun) -> None:
        def remove() -> None:
            if self.has(run):
                self.registry.delete(POD, *run.place, {"gracePeriodSeconds": 0})

        self.registry.clock.later(STOP, remove)
