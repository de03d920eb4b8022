"""The traffic of a cluster: its loads, led by its Services and routes, in the time of the wall."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import accumulate

from playground.cluster.api.kinds import POD, Object, name_of, namespace_of
from playground.cluster.api.store import Change, Store
from playground.cluster.traffic.exposition import exposition
from playground.cluster.traffic.meter import Backend, Meter
from playground.cluster.traffic.routing import Router
from playground.cluster.traffic.sampling import BUCKETS

_PATHS = ("/products", "/products/17", "/cart", "/checkout", "/prices", "/search?q=anchor")


class Traffic:
    """Nothing runs for it: the counters are brought up to date when something changes and when they are read.

    Counters go with their pods, as in life: what came after the last reading is lost. `now` tells monotonic seconds.
    """

    def __init__(self, store: Store, seed: int = 0, now: Callable[[], float] = time.monotonic) -> None:
        self._store, self._now = store, now
        self._meter, self._router = Meter(seed), Router(store)
        self._settled = now()
        store.listen(self._on_change)

    def set_rate(self, namespace: str, service: str, rps: float) -> None:
        """From now on a Service gets `rps` requests a second of the wall."""
        self._settle()
        self._meter.set_rate(namespace, service, rps)
        self._meter.set_shares(namespace, service, self._router.shares((namespace, service)))

    def set_behaviour(self, service: str, version: str, **parts: float) -> None:
        """From now on a version serves so, in every namespace; see Behaviour for the parts."""
        self._settle()
        self._meter.behaviours.set(service, version, **parts)

    def reading(self) -> Object:
        """All counters as they are now; see GET /play/traffic."""
        self._settle()
        services = []
        for (namespace, name), load in sorted(self._meter.loads.items()):
            split = self._router.split((namespace, name))
            services.append(
                {"namespace": namespace, "service": name, "rps": load.rps, "unserved": load.unserved}
                | {"endpoints": len(load.shares), "weights": {service[1]: weight for service, weight in split}}
            )
        return {"services": services, "pods": [self._row(backend) for backend in self._meter.backends()]}

    def metrics(self) -> str:
        """The same in Prometheus' text format; see GET /play/metrics."""
        self._settle()
        return exposition(self._meter, self._store.all(POD))

    def access_log(self, pod: Object, now: datetime, most: int = 200) -> Iterator[tuple[datetime, str]]:
        """Requests as a pod may have logged the last ones that it served, oldest first."""
        self._settle()
        place = (namespace_of(pod), name_of(pod))
        for backend in [one for one in self._meter.backends() if (one.namespace, one.pod) == place]:
            yield from self._logged(backend, now, most)

    def _logged(self, backend: Backend, now: datetime, most: int) -> Iterator[tuple[datetime, str]]:
        counters, behaviour = self._meter.counters(backend), self._meter.behaviours.of(backend.service, backend.version)
        if not counters.rate:
            return
        count = counters.requests
        for number in range(max(0, count - most), count):
            at = now - timedelta(seconds=(count - number) / counters.rate)
            failed = int((number + 1) * behaviour.errors) > int(number * behaviour.errors)
            millis = round(behaviour.latency * 1000 * (0.5 + number * 7919 % 100 / 100))
            path = _PATHS[number * 31 % len(_PATHS)]
            status, level = ("500", "error") if failed else ("200", "info")
            yield at, f"level={level} msg=request method=GET path={path} status={status} duration={millis}ms"

    def _row(self, backend: Backend) -> Object:
        counters = self._meter.counters(backend)
        within = dict(zip((*map(str, BUCKETS), "+Inf"), accumulate(counters.buckets), strict=True))
        return {
            **backend._asdict(),
            "requests": counters.requests,
            "errors": counters.failed,
            "latency_seconds_sum": round(counters.seconds, 6),
            "latency_seconds_bucket": within,
            "cpu_seconds": round(counters.cpu, 6),
            "rps": counters.rate,
        }

    def _on_change(self, change: Change) -> None:
        if change.kind is POD and change.type == "DELETED":
            self._settle()
            self._meter.forget(namespace_of(change.object), name_of(change.object))
        if not self._router.see(change):
            return
        for place, load in self._meter.loads.items():
            shares = self._router.shares(place)
            if shares != load.shares:
                self._settle()
                self._meter.set_shares(*place, shares)

    def _settle(self) -> None:
        now = self._now()
        seconds, self._settled = now - self._settled, now
        if seconds > 0:
            self._meter.advance(seconds)
