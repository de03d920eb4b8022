"""Counts simulated requests, in a time that is told: no cluster, no clock, the same again for the same seed.

meter = Meter(seed=7)
old, new = Backend("shop", "api", "api-1", "v1.1"), Backend("shop", "api", "api-canary-1", "v1.2-err2")
meter.set_rate("shop", "api", 50)
meter.set_shares("shop", "api", {old: 0.9, new: 0.1})
meter.advance(10)
meter.counters(new).failed
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from playground.cluster.traffic.behaviour import Behaviour, Behaviours
from playground.cluster.traffic.sampling import BUCKETS, latency_buckets, poisson

IDLE_CPU = 0.01  # CPU seconds a second that a pod takes without any request

Place = tuple[str, str]


class Backend(NamedTuple):
    """A pod, as it serves the load of one Service: the labels of its metrics."""

    namespace: str
    service: str
    pod: str
    version: str


@dataclass
class Counters:
    """What a backend has served since it exists. `buckets` are not cumulative, the last one is +Inf; `seconds` is the
    sum of latencies; `rate` what it gets now, in requests a second."""

    served: int = 0
    failed: int = 0
    seconds: float = 0.0
    cpu: float = 0.0
    rate: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS) + 1))

    @property
    def requests(self) -> int:
        return self.served + self.failed

    def pass_time(self, rng: random.Random, seconds: float, behaviour: Behaviour) -> None:
        """Serve what comes meanwhile. Good and failed requests of each latency arrive independently of each other,
        which is the same as drawing how many come, which of them fail, and how long each takes."""
        expected = self.rate * seconds
        self.cpu += IDLE_CPU * seconds
        if not expected:
            return
        before = self.requests
        for number, bucket in enumerate(latency_buckets(behaviour.latency, behaviour.spread)):
            served = poisson(rng, expected * bucket.share * (1 - behaviour.errors))
            failed = poisson(rng, expected * bucket.share * behaviour.errors)
            self.served += served
            self.failed += failed
            self.buckets[number] += served + failed
            self.seconds += (served + failed) * bucket.mean
        self.cpu += (self.requests - before) * behaviour.cpu


@dataclass
class Load:
    """A Service's load in requests a second, who gets which share of it, and how many requests found nobody."""

    rng: random.Random
    rps: float = 0.0
    shares: dict[Backend, float] = field(default_factory=dict)
    unserved: int = 0

    @property
    def lost(self) -> float:
        """The share that nobody gets."""
        return max(0.0, 1.0 - sum(self.shares.values()))


class Meter:
    """See the module. Services do not disturb each other: each has its own sequence of random numbers."""

    def __init__(self, seed: int = 0) -> None:
        self.behaviours = Behaviours()
        self.loads: dict[Place, Load] = {}
        self._seed = seed
        self._counters: dict[Backend, Counters] = {}

    def set_rate(self, namespace: str, service: str, rps: float) -> None:
        """From now on a Service gets `rps` requests a second."""
        self._load(namespace, service).rps = rps
        self._spread(namespace, service)

    def set_shares(self, namespace: str, service: str, shares: Mapping[Backend, float]) -> None:
        """From now on its load goes to these backends, by shares of one; what is left of one is unserved."""
        self._load(namespace, service).shares = dict(shares)
        self._spread(namespace, service)

    def counters(self, backend: Backend) -> Counters:
        """What a backend has served; KeyError for one that was never given a share."""
        return self._counters[backend]

    def backends(self) -> list[Backend]:
        """All that were given a share, in order."""
        return sorted(self._counters)

    def forget(self, namespace: str, pod: str) -> None:
        """A pod is gone, and its counters with it."""
        for backend in [one for one in self._counters if (one.namespace, one.pod) == (namespace, pod)]:
            del self._counters[backend]
            self.loads[namespace, backend.service].shares.pop(backend, None)

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        for load in self.loads.values():
            load.unserved += poisson(load.rng, load.rps * load.lost * seconds)
        for backend, counters in self._counters.items():
            behaviour = self.behaviours.of(backend.service, backend.version)
            counters.pass_time(self.loads[backend.namespace, backend.service].rng, seconds, behaviour)

    def _load(self, namespace: str, service: str) -> Load:
        key = (namespace, service)
        if key not in self.loads:
            self.loads[key] = Load(random.Random(f"{self._seed}/{namespace}/{service}"))
        return self.loads[key]

    def _spread(self, namespace: str, service: str) -> None:
        load = self._load(namespace, service)
        for backend, counters in self._counters.items():
            if (backend.namespace, backend.service) == (namespace, service):
                counters.rate = 0.0
        for backend, share in load.shares.items():
            self._counters.setdefault(backend, Counters()).rate = load.rps * share
