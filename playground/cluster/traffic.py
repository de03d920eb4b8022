"""Requests that nobody sends: each Service gets so many a second, spread evenly over its ready pods, and counted.

Nothing runs for it: the counters are brought up to date when something changes and when they are read.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from playground.cluster.api.defaults import image_tag
from playground.cluster.api.kinds import ENDPOINT_SLICE, POD, Object, labels_of, name_of, namespace_of
from playground.cluster.api.store import Change, Store
from playground.cluster.controllers.endpoints import SERVICE_NAME

BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_PATHS = ("/products", "/products/17", "/cart", "/checkout", "/prices", "/search?q=anchor")


@dataclass(frozen=True)
class Behaviour:
    """How a version serves: mean seconds that a request takes, share of requests that fail."""

    seconds: float = 0.045
    errors: float = 0.001


def behaviour_of(version: str) -> Behaviour:
    """Versions with "slow-" in their tag take 20 times as long; those with "errors" fail every fifth request."""
    seconds = 0.9 if "slow-" in version else 0.045
    return Behaviour(seconds, 0.2 if "errors" in version else 0.001)


@dataclass
class PodCounters:
    """What a pod has served since it exists; fractions are kept, so that nothing is lost between readings."""

    namespace: str
    service: str
    pod: str
    version: str
    requests: float = 0.0
    rate: float = 0.0

    def as_json(self) -> Object:
        behaviour, requests = behaviour_of(self.version), int(self.requests)
        within = {str(le): round(requests * (1 - math.exp(-le / behaviour.seconds))) for le in BUCKETS}
        return {
            "namespace": self.namespace,
            "service": self.service,
            "pod": self.pod,
            "version": self.version,
            "requests": requests,
            "errors": int(self.requests * behaviour.errors),
            "latency_seconds_sum": round(requests * behaviour.seconds, 6),
            "latency_seconds_bucket": within | {"+Inf": requests},
            "rps": self.rate,
        }


@dataclass
class ServiceTraffic:
    """A Service's rate in requests a second of the wall, who serves them now, and how many found nobody."""

    rps: float
    serving: tuple[str, ...] = ()
    unserved: float = 0.0


class Traffic:
    """See the module. Counters of pods go with their pods."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._services: dict[tuple[str, str], ServiceTraffic] = {}
        self._pods: dict[str, PodCounters] = {}
        self._settled = time.monotonic()
        store.listen(self._on_change)

    def set_rate(self, namespace: str, service: str, rps: float) -> None:
        """From now on a Service gets `rps` requests a second."""
        self._settle()
        known = self._services.setdefault((namespace, service), ServiceTraffic(rps))
        known.rps = rps
        self._share(known)

    def reading(self) -> Object:
        """All counters as they are now; see GET /play/traffic."""
        self._settle()
        services = [
            {"namespace": namespace, "service": name, "rps": one.rps, "unserved": int(one.unserved)}
            | {"endpoints": len(one.serving)}
            for (namespace, name), one in sorted(self._services.items())
        ]
        return {"services": services, "pods": [one.as_json() for one in self._pods.values()]}

    def access_log(self, uid: str, now: datetime, most: int = 200) -> Iterator[tuple[datetime, str]]:
        """The last requests that a pod served, as it logged them, oldest first."""
        self._settle()
        counters = self._pods.get(uid)
        if not counters or not counters.rate:
            return
        behaviour, count = behaviour_of(counters.version), int(counters.requests)
        for number in range(max(0, count - most), count):
            at = now - timedelta(seconds=(counters.requests - number) / counters.rate)
            failed = int((number + 1) * behaviour.errors) > int(number * behaviour.errors)
            millis = round(behaviour.seconds * 1000 * (0.5 + number * 7919 % 100 / 100))
            path = _PATHS[number * 31 % len(_PATHS)]
            status, level = ("500", "error") if failed else ("200", "info")
            yield at, f"level={level} msg=request method=GET path={path} status={status} duration={millis}ms"

    def _on_change(self, change: Change) -> None:
        if change.kind is POD and change.type == "DELETED":
            self._pods.pop(change.object["metadata"]["uid"], None)
        service = labels_of(change.object).get(SERVICE_NAME)
        if change.kind is not ENDPOINT_SLICE or not service:
            return
        key = (namespace_of(change.object), service)
        if key not in self._services:
            return
        self._settle()
        endpoints = [] if change.type == "DELETED" else change.object["endpoints"]
        ready = [one["targetRef"] for one in endpoints if one["conditions"].get("ready") and "targetRef" in one]
        traffic = self._services[key]
        for gone in traffic.serving:
            if gone in self._pods:
                self._pods[gone].rate = 0.0
        for reference in ready:
            self._know(key, reference)
        traffic.serving = tuple(reference["uid"] for reference in ready if reference.get("uid") in self._pods)
        self._share(traffic)

    def _know(self, key: tuple[str, str], reference: Object) -> None:
        pod = self._store.get(POD, reference.get("namespace", ""), reference.get("name", ""))
        if pod and pod["metadata"]["uid"] not in self._pods:
            containers = pod["spec"]["containers"]
            mine = next((one for one in containers if one["name"] == key[1]), containers[0])
            self._pods[pod["metadata"]["uid"]] = PodCounters(*key, name_of(pod), image_tag(mine["image"]))

    def _share(self, traffic: ServiceTraffic) -> None:
        serving = [self._pods[uid] for uid in traffic.serving if uid in self._pods]
        for pod in serving:
            pod.rate = traffic.rps / len(serving)

    def _settle(self) -> None:
        now = time.monotonic()
        seconds, self._settled = now - self._settled, now
        for pod in self._pods.values():
            pod.requests += pod.rate * seconds
        for service in self._services.values():
            if not service.serving:
                service.unserved += service.rps * seconds
