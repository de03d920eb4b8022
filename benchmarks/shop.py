"""One service of the playground with a canary beside it, in a time that is told: pods, weights, traffic, Prometheus.

Nothing listens and nobody waits: ten minutes pass in a tenth of a second, and the same again for the same seed.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from bot.values import Series
from integrations.targets._kubernetes.ratio import behind_route, beside
from playground.cluster.api.kinds import ENDPOINT_SLICE, HTTP_ROUTE, POD, Kind, Object
from playground.cluster.api.store import Store
from playground.cluster.controllers.endpoints import SERVICE_NAME
from playground.cluster.traffic import Traffic
from playground.cluster.world import ENTRANCES, PRODUCTION, ROUTED, WORKLOADS, image
from playground.prometheus.memory import Memory
from playground.prometheus.promql.evaluation import Evaluation
from playground.prometheus.promql.nodes import Node
from playground.prometheus.promql.parser import parse
from playground.prometheus.scraper import Scraper
from playground.prometheus.store import Store as Samples

BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)
SCRAPES = 2.5  # seconds from one to the next: four in each sample of the default resolution
STABLE, CANARY = "6f7c9d8b45", "5b8d7f6c9c"  # of the names of the pods


@dataclass(frozen=True, slots=True)
class Ground:
    """A service, its pods, and how many requests a second come to it. `routed`: a route splits them by weight; else
    each ready pod gets as many as another."""

    service: str
    pods: int
    rps: float
    routed: bool


def ground(service: str) -> Ground:
    """A service of the playground as it is in production."""
    pods = next(one.replicas[PRODUCTION] for one in WORKLOADS if one.name == service)
    rps = next(one.rps[PRODUCTION] for one in ENTRANCES if one.name == service)
    return Ground(service, pods, rps, service in ROUTED)


class Shop:
    """See the module. `tag` is the new version's, which says how it serves (playground.cluster.traffic.behaviour)."""

    def __init__(self, ground: Ground, tag: str, seed: int) -> None:
        self.ground, self._tag = ground, tag
        self.labels = {"namespace": PRODUCTION, "service": ground.service}
        self.old = {"pod": f"{ground.service}-{STABLE}-[a-z0-9]{{5}}"}
        self.new = {"pod": f"{ground.service}-canary-{CANARY}-[a-z0-9]{{5}}"}
        self._elapsed = 0.0
        self._dice = random.Random(seed)
        self._next_scrape = self._dice.uniform(0, SCRAPES)
        self._objects = Store()
        self.traffic = Traffic(self._objects, seed, lambda: self._elapsed)
        samples = Samples(keep=6 * 3600.0)
        self.metrics = Metrics(samples)
        self._scraper = Scraper(samples, "http://cluster/play/metrics", "cluster", SCRAPES)
        self._stable = [self._pod(STABLE, "v1.1", number) for number in range(ground.pods)]
        self._serve(0, 0)
        self.traffic.set_rate(PRODUCTION, ground.service, ground.rps)
        self.pass_time(self._dice.uniform(0, 60))  # a rollout begins at no round time

    @property
    def now(self) -> datetime:
        """How late it is."""
        return BEGAN + timedelta(seconds=self._elapsed)

    @property
    def requests(self) -> int:
        """How many the new version has served."""
        return sum(pod["requests"] for pod in self.traffic.reading()["pods"] if pod["version"] == self._tag)

    def weigh(self, weight: int) -> None:
        """Give the new version so many per cent, or what comes nearest to it, as the bot's target does."""
        if self.ground.routed:
            self._serve(weight, behind_route(self.ground.pods, weight))
        else:
            self._serve(weight, beside(self.ground.pods, weight))

    def pass_time(self, seconds: float) -> None:
        """Let time pass; Prometheus scrapes meanwhile."""
        end = self._elapsed + seconds
        while self._next_scrape <= end:
            self._elapsed = self._next_scrape
            self._scraper.take(self.traffic.metrics(), round(self.now.timestamp() * 1000))
            self._next_scrape += SCRAPES
        self._elapsed = end

    def _serve(self, weight: int, copies: int) -> None:
        """Let so many pods of the new version serve beside the old ones."""
        service, canary = self.ground.service, f"{self.ground.service}-canary"
        beside = [self._pod(f"canary-{CANARY}", self._tag, number) for number in range(copies)]
        if not self.ground.routed:
            self._endpoints(service, self._stable + beside)
            return
        self._endpoints(service, self._stable)
        self._endpoints(canary, beside)
        self._route({service: 100 - weight, canary: weight})

    def _pod(self, kind: str, tag: str, number: int) -> str:
        name = f"{self.ground.service}-{kind}-{number:05d}"
        container = {"name": self.ground.service, "image": image(self.ground.service, tag)}
        self._put(POD, name, {"spec": {"containers": [container]}, "status": {}})
        return name

    def _endpoints(self, service: str, pods: Sequence[str]) -> None:
        ready = [{"targetRef": {"namespace": PRODUCTION, "name": pod}, "conditions": {"ready": True}} for pod in pods]
        self._put(ENDPOINT_SLICE, f"{service}-1", {"endpoints": ready}, {SERVICE_NAME: service})

    def _route(self, weights: dict[str, int]) -> None:
        backends = [{"name": name, "weight": weight} for name, weight in weights.items()]
        accepted = {"type": "Accepted", "status": "True", "observedGeneration": 1}
        status = {"parents": [{"conditions": [accepted]}]}
        self._put(HTTP_ROUTE, self.ground.service, {"spec": {"rules": [{"backendRefs": backends}]}, "status": status})

    def _put(self, kind: Kind, name: str, content: Object, labels: dict[str, str] | None = None) -> None:
        metadata = {"namespace": PRODUCTION, "name": name, "labels": labels or {}, "generation": 1}
        self._objects.put(kind, {"metadata": metadata} | content)


class Metrics:
    """`bot.ports.MetricsBackend` over the playground's own PromQL, as its API answers it."""

    def __init__(self, samples: Samples) -> None:
        self._samples, self._memory = samples, Memory(samples)

    async def range(self, query: str, start: datetime, end: datetime, step: float) -> list[Series]:
        """See the port. The points lie at multiples of `step` since 1970, as with the real Prometheus."""
        every, first, last = (round(1000 * one) for one in (step, start.timestamp(), end.timestamp()))
        begin, known = -(-first // every) * every, self._memory.of(query)
        found = Evaluation(self._samples).over(_parsed(query), begin, last, every, known)
        return [
            Series(labels=dict(labels), points=tuple((at / 1000, _number(value)) for at, value in points))
            for labels, points in found.items()
        ]

    async def instant(self, query: str, at: datetime) -> list[Series]:
        """See the port."""
        return await self.range(query, at, at, 0.001)

    async def close(self) -> None:
        """See the port."""


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


@lru_cache
def _parsed(query: str) -> Node:
    return parse(query)
