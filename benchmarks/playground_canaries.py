"""Canaries of known truth on the playground's own traffic: measured, judged and moved on as the bot does it. Seeded.

`benchmarks/playground_judged.py` makes a part of docs/judge.md of it, tests/metrics run a part of it anew.
"""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from benchmarks.shop import Ground, Shop, ground
from bot.deploy.judging import BEFORE
from bot.deploy.model import Deploy
from bot.deploy.moves import Go, next_move
from bot.deploy.strategy import Step
from bot.metrics.measure import Measure
from bot.metrics.model import Gate, Outcome, Verdict
from bot.metrics.rules import judge
from bot.settings import Settings, load
from playground.cluster.world import PRODUCTION
from playground.harness import ROOT

STRATEGY = "canary"
PATIENCE = timedelta(minutes=45)  # instead of 12 h: who has not come by then does not come
API, PAY = ground("api"), ground("pay")  # by the number of replicas, and by a route


class Truth(StrEnum):
    """What is held against what became of a canary. SMALL: worse, but less than must be found; either end is right."""

    GOOD = "good"
    SMALL = "small"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Kind:
    """A version of known behaviour. `tag` says it to the playground; the old one fails 0.1 % of its requests."""

    name: str
    tag: str
    truth: Truth
    runs: int


KINDS = (
    Kind("nothing is worse", "v1.2", Truth.GOOD, 100),
    Kind("errors + 5 points", "v1.2-err5.1", Truth.BAD, 18),
    Kind("errors + 10 points", "v1.2-err10.1", Truth.BAD, 18),
    Kind("errors + 20 points", "v1.2-err20.1", Truth.BAD, 16),
    Kind("latency × 2", "v1.2-lat200", Truth.BAD, 16),
    Kind("latency × 3", "v1.2-lat300", Truth.BAD, 16),
    Kind("errors + 5 points, latency × 2", "v1.2-err5.1-lat200", Truth.BAD, 16),
)
SMALLER = (
    Kind("errors + 1 point", "v1.2-err1.1", Truth.SMALL, 10),
    Kind("errors + 3 points", "v1.2-err3.1", Truth.SMALL, 10),
    Kind("latency × 1.25", "v1.2-lat125", Truth.SMALL, 10),
    Kind("latency × 1.5", "v1.2-lat150", Truth.SMALL, 10),
    Kind("latency × 1.75", "v1.2-lat175", Truth.SMALL, 10),
)


class End(StrEnum):
    """What became of a canary. UNDECIDED: nobody came, and it went back."""

    PROMOTED = "promoted"
    STOPPED = "stopped"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Told:
    """How a canary ended: at which step (from 1), after how many seconds and requests of the new version. `asked`: a
    person was asked on the way."""

    end: End
    asked: bool
    step: int
    seconds: float
    requests: int


def settings() -> Settings:
    """What config/default.yml says."""
    return load({}, ROOT)


def canary(where: Ground, tag: str, seed: int, under: Settings) -> Told:
    """One canary, from its first pod to its end."""
    return asyncio.run(_Canary(Shop(where, tag, seed), under).run())


class _Canary:
    """One rollout, as `bot.deploy.rollout` and `bot.deploy.hold` make it, without the waiting."""

    def __init__(self, shop: Shop, under: Settings) -> None:
        self.shop, self.under = shop, under
        self.measure = Measure(shop.metrics, under.metrics)
        self.asked = False
        shop.pass_time(BEFORE * self.seconds)
        self.began = shop.now

    @property
    def seconds(self) -> float:
        """The length of a sample, and from one question to the next."""
        return self.under.metrics.resolution.total_seconds()

    async def run(self) -> Told:
        steps = self.under.strategies[STRATEGY].steps
        for number, step in enumerate(steps, start=1):
            self.shop.weigh(step.weight)
            self.shop.pass_time(self.under.deploy.settle.total_seconds())
            end = await self._stand(step)
            if end != End.PROMOTED:
                return self._told(end, number)
        return self._told(End.PROMOTED, len(steps))

    async def _stand(self, step: Step) -> End:
        """Stay at a step until it may go on (PROMOTED) or must go back."""
        row, gate = _row(self.shop.now), self.under.gates[step.gate or ""]
        while True:
            verdict = await self._ask(gate, row)
            move = next_move(row, step, gate, verdict, self.shop.now, PATIENCE)
            self.asked |= move.go == Go.ASK
            if move.go == Go.ON:
                return End.PROMOTED
            if move.go == Go.BACK:
                return End.STOPPED if verdict.outcome == Outcome.FAIL else End.UNDECIDED
            self.shop.pass_time(self.seconds)

    async def _ask(self, gate: Gate, row: Deploy) -> Verdict:
        shop, since = self.shop, row.step_at or self.began
        before = (self.began - timedelta(seconds=BEFORE * self.seconds), self.began)
        seen = await self.measure.gather(gate, shop.labels, shop.new, shop.old, since, shop.now, before)
        return judge(gate, self.under.metrics.signals, seen)

    def _told(self, end: End, step: int) -> Told:
        return Told(end, self.asked, step, (self.shop.now - self.began).total_seconds(), self.shop.requests)


def _row(step_at: datetime) -> Deploy:
    """A deploy that nobody has paused or promoted, at a step since then."""
    return Deploy(
        kind="deploy",
        service="api",
        environment=PRODUCTION,
        version="v1.2",
        strategy=STRATEGY,
        channel="",
        requested_by="",
        requested_name="",
        requested_at=step_at,
        approvals=0,
        expires_at=step_at,
        step_at=step_at,
    )


def _one(job: tuple[Ground, str, int]) -> Told:
    return canary(*job, settings())


def all_of(kinds: Sequence[Kind], runs: int = 0, grounds: Sequence[Ground] = (API, PAY)) -> dict[Kind, list[Told]]:
    """The canaries of these kinds, as many of each as it says, or `runs`: on each ground in turn, each with a seed of
    its own, on all cores."""
    jobs = [(grounds[run % len(grounds)], kind.tag, run) for kind in kinds for run in range(runs or kind.runs)]
    with ProcessPoolExecutor() as pool:
        told = iter(list(pool.map(_one, jobs, chunksize=4)))
    return {kind: [next(told) for _ in range(runs or kind.runs)] for kind in kinds}
