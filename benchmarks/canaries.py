"""Canaries whose truth is known: what is measured of them, and what the judge makes of it. Seeded.

`benchmarks/judged.py` makes docs/judge.md of it, tests/metrics run a part of it anew.
"""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from bot.metrics.intervals import next_look
from bot.metrics.model import Evidence, Gate, Observed, Outcome, Points, Signal, Unit, Versus
from bot.metrics.rules import judge

SINCE = datetime(2026, 3, 2, 12, tzinfo=UTC)
RESOLUTION = 10.0
LONGEST = 180  # samples until a gate's timeout of 30 min
SIGNALS = {
    "latency": Signal(query="latency", unit=Unit.SECONDS),
    "errors": Signal(query="errors", unit=Unit.RATIO),
    "requests": Signal(query="requests", unit=Unit.PER_SECOND),
}
LATENCY = Gate(compare=(Versus(signal="latency"),))
ERRORS = Gate(compare=(Versus(signal="errors", floor=0.005),))
BOTH = Gate(compare=LATENCY.compare + ERRORS.compare)


@dataclass(frozen=True, slots=True)
class World:
    """What is true. `latency` multiplies the new version's; `errors` are the probabilities new and old; `traffic` is
    requests per second, `weight` the new one's share of it. Noise is that of one latency sample."""

    latency: float = 1.0
    errors: tuple[float, float] = (0.001, 0.001)
    traffic: float = 100.0
    weight: float = 0.1
    unit: float = 1.0
    spread: float = 0.25
    heavy: bool = False
    sticky: float = 0.0
    trend: float = 0.0
    bursts: float = 0.0


def samples(world: World, seed: int) -> Evidence:
    """Everything that is measured until the timeout."""
    dice = random.Random(seed)
    times = [SINCE.timestamp() + RESOLUTION * (number + 1) for number in range(LONGEST)]
    drift = [1 + world.trend * math.sin(2 * math.pi * number / 90) for number in range(LONGEST)]
    latency = [
        tuple((at, world.unit * factor * both * noise) for at, both, noise in zip(times, drift, noises, strict=True))
        for factor, noises in ((world.latency, _noise(world, dice)), (1.0, _noise(world, dice)))
    ]
    requests, errors = list[Points](), list[Points]()
    for share, probability in ((world.weight, world.errors[0]), (1 - world.weight, world.errors[1])):
        counts = [_poisson(world.traffic * share * RESOLUTION, dice) for _ in times]
        wrong = [_wrong(count, probability, world, dice) for count in counts]
        requests.append(tuple((at, count / RESOLUTION) for at, count in zip(times, counts, strict=True)))
        errors.append(
            tuple((at, bad / count if count else None) for at, bad, count in zip(times, wrong, counts, strict=True))
        )
    observed = {
        "latency": Observed(new=latency[0], old=latency[1]),
        "errors": Observed(new=errors[0], old=errors[1]),
        "requests": Observed(new=requests[0], old=requests[1]),
    }
    return Evidence(at=SINCE, since=SINCE, resolution=RESOLUTION, signals=observed)


def _noise(world: World, dice: random.Random) -> Iterator[float]:
    """Log-normal noise of the given spread, its neighbours alike; if heavy, one in twenty lies ten times as far out."""
    state = dice.gauss(0, 1)
    for _ in range(LONGEST):
        state = world.sticky * state + math.sqrt(1 - world.sticky**2) * dice.gauss(0, 1)
        far = abs(dice.gauss(0, 10)) if world.heavy and dice.random() < 0.05 else 0.0
        yield math.exp(world.spread * (state + far))


def _wrong(count: int, probability: float, world: World, dice: random.Random) -> int:
    """How many of so many requests fail: each by itself, or in bursts of some size on average."""
    if not world.bursts:
        return min(count, _poisson(count * probability, dice))
    events = _poisson(count * probability / world.bursts, dice)
    return min(count, sum(1 + int(dice.expovariate(1 / max(world.bursts - 0.5, 0.1))) for _ in range(events)))


def _poisson(mean: float, dice: random.Random) -> int:
    if mean > 50:
        return max(0, round(dice.gauss(mean, math.sqrt(mean))))
    left, number = math.exp(-mean), -1
    chance = 1.0
    while chance > left:
        chance *= dice.random()
        number += 1
    return max(0, number)


def run(gate: Gate, world: World, seed: int, least: int = 0) -> tuple[Outcome, int]:
    """One gate, asked until it decides or its time is over; what it says, and after how many samples.

    Between the planned looks it can't say anything new, so it is only asked at those: the same as being asked always.
    """
    everything = samples(world, seed)
    number = max(gate.min_samples, least)
    while number <= LONGEST:
        at = SINCE + timedelta(seconds=RESOLUTION * number)
        outcome = judge(gate, SIGNALS, everything.model_copy(update={"at": at})).outcome
        if outcome != Outcome.INCONCLUSIVE:
            return outcome, number
        number = next_look(number)
    return Outcome.INCONCLUSIVE, LONGEST


def canary(world: World, seed: int, gate: Gate = BOTH, weights: tuple[float, ...] = (0.05, 0.25, 0.5)) -> Outcome:
    """A whole canary: a gate after each weight. What stopped it, or PASS."""
    for step, weight in enumerate(weights):
        outcome, _ = run(gate, replace(world, weight=weight), seed * 10 + step)
        if outcome != Outcome.PASS:
            return outcome
    return Outcome.PASS
