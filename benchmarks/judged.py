"""`python -m benchmarks.judged`: run canaries whose truth is known and write docs/judge.md. Takes some minutes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median
from typing import Any

from benchmarks.canaries import ERRORS, LATENCY, RESOLUTION, World, canary, run
from benchmarks.figures import DOCS
from benchmarks.playground_judged import section
from bot.metrics.model import Gate, Outcome

PAGE = DOCS / "judge.md"
COMMAND = "python -m benchmarks.judged"
RUNS = 1_000
FALSE_ALARM = 0.01  # of a whole gate, per comparison: half of what a confidence of 0.98 leaves over
FALSE_PASS = 0.01  # likewise, of a regression of twice what is tolerated or more


class Truth(StrEnum):
    """What a verdict is held against. SOME: worse than is tolerated, less than twice that; either verdict is right."""

    GOOD = "as good"
    SOME = "in between"
    BAD = "a regression"


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a table. `stated` says that the stated figures hold for it: its samples are independent."""

    name: str
    gate: Gate
    world: World
    truth: Truth
    stated: bool = True


@dataclass(frozen=True, slots=True)
class Result:
    """Shares of all runs, and the median of the minutes until the verdict."""

    failed: float
    passed: float
    inconclusive: float
    minutes: float = 0.0


NOISES: dict[str, dict[str, Any]] = {
    "noise of 25 %": {},
    "noise of 60 %": {"spread": 0.6},
    "noise of 25 %, one in 20 far out": {"heavy": True},
    "common trend of ±50 %": {"trend": 0.5},
    "counted in 100,000 s": {"unit": 1e-5},
}
ALIKE: dict[str, dict[str, Any]] = {
    "neighbours alike, 0.5": {"sticky": 0.5},
    "neighbours alike, 0.8": {"sticky": 0.8},
}


def latencies() -> Iterator[Case]:
    """A latency beside that of the old version."""
    for stated, kinds in ((True, NOISES), (False, ALIKE)):
        for noise, changes in kinds.items():
            for factor in (1.0, 1.1, 1.25, 1.5, 2.0):
                truth = Truth.GOOD if factor <= 1.25 else Truth.BAD
                world = replace(World(latency=factor), **changes)
                yield Case(f"{noise}, × {factor:g}", LATENCY, world, truth, stated)


def cases() -> Iterator[Case]:
    """Every line of the tables of single gates."""
    yield from latencies()
    yield from errors()


def errors() -> Iterator[Case]:
    """An error ratio beside that of the old version, which is 0.1 %; 0.5 points more are tolerated."""
    for traffic in (20.0, 100.0, 1000.0):
        for share in (0.001, 0.006, 0.01, 0.011, 0.05):
            name, world = (
                f"{traffic / 10:g} requests/s, {percent(share)}",
                World(traffic=traffic, errors=(share, 0.001)),
            )
            yield Case(name, ERRORS, world, _truth(share))
    for share in (0.001, 0.006, 0.011, 0.02, 0.05):
        world = World(errors=(share, 0.001), bursts=5.0)
        yield Case(f"10 requests/s, {percent(share)}, in bursts of 5", ERRORS, world, _truth(share), False)


def _truth(share: float) -> Truth:
    return Truth.GOOD if share <= 0.006 else Truth.BAD if share >= 0.011 else Truth.SOME


WHOLE = {
    "nothing is worse": World(),
    "nothing is worse, neighbours alike, 0.5": World(sticky=0.5),
    "nothing is worse, errors in bursts of 5": World(bursts=5.0),
    "latency × 1.1": World(latency=1.1),
    "latency × 1.5": World(latency=1.5),
    "errors 0.1 % → 1 %": World(errors=(0.01, 0.001)),
    "errors 0.1 % → 5 %": World(errors=(0.05, 0.001)),
}


def measure(case: Case, runs: int) -> Result:
    """Run a case so many times."""
    ended = [run(case.gate, case.world, seed) for seed in range(runs)]
    shares = _shares(outcome for outcome, _ in ended)
    return replace(shares, minutes=median(number for _, number in ended) * RESOLUTION / 60)


def whole(world: World, runs: int) -> Result:
    """Run whole canaries of three gates."""
    return _shares(canary(world, seed) for seed in range(runs))


def _shares(outcomes: Iterator[Outcome]) -> Result:
    count = Counter(outcomes)
    runs = count.total()
    return Result(*(count[one] / runs for one in (Outcome.FAIL, Outcome.PASS, Outcome.INCONCLUSIVE)))


def percent(share: float, digits: int = 1) -> str:
    """A share as people write it."""
    return f"{100 * share:.{digits}f} %"


def statement() -> str:
    """What the page promises."""
    return (
        f"- **False alarm**: a version that is no worse than is tolerated fails at most "
        f"{percent(FALSE_ALARM, 0)} of its gates.\n"
        f"- **False pass**: a version that is worse by twice what is tolerated, or more, passes at most "
        f"{percent(FALSE_PASS, 0)} of its gates."
    )


def page() -> str:
    """docs/judge.md."""
    parts = [
        "# The judge, held against canaries whose truth is known",
        f"Made by `{COMMAND}`: seeded, {RUNS:,} gates a line, each with its default settings. What the words of a "
        "verdict mean: [verdicts.md](guides/verdicts.md).",
        "## What is stated",
        "For each comparison of a gate, from its first look to its verdict, however often it is asked:",
        statement(),
        "This is for samples that do not depend on their neighbours and errors that do not come in bursts. Where they "
        "do, the judge widens its intervals by what it sees of it, which with ten samples is not enough: those lines "
        "are marked with a *, and go over it. Between the two, either verdict is right, and often there is none. A "
        "canary of three gates with two comparisons each has six chances of a false alarm, at most "
        f"{percent(6 * FALSE_ALARM, 0)} if all are at the edge; a false pass takes three in a row. Both were measured, "
        "below. *Inconclusive*: not decided within 30 minutes; a person is asked.",
        "## Latency",
        f"A sample every {RESOLUTION:g} s of each version; tolerance 25 %.",
        _table([(case, measure(case, RUNS)) for case in latencies()]),
        "## Errors",
        "The old version fails 0.1 % of its requests and has nine times the traffic; the floor is 0.5 points. So up to "
        "0.6 % is tolerated, and from 1.1 % on it is a regression.",
        _table([(case, measure(case, RUNS)) for case in errors()]),
        "## Whole canaries",
        f"Gates after 5 %, 25 % and 50 % of 100 requests/s, both comparisons in each; {RUNS // 2:,} canaries a line.",
        "| truth | stopped | promoted | asks a person |\n|---|---|---|---|\n"
        + "\n".join(
            f"| {name} | {percent(found.failed)} | {percent(found.passed)} | {percent(found.inconclusive)} |"
            for name, found in ((name, whole(world, RUNS // 2)) for name, world in WHOLE.items())
        ),
        *section(),
    ]
    return "\n\n".join(parts) + "\n"


def _table(measured: Sequence[tuple[Case, Result]]) -> str:
    lines = ["| truth | found | missed | false alarm | inconclusive | median |", "|---|---|---|---|---|---|"]
    for case, result in measured:
        found, missed, alarm = "–", "–", "–"
        if case.truth == Truth.GOOD:
            alarm = f"{percent(result.failed)}"
        else:
            found, missed = f"{percent(result.failed)}", f"{percent(result.passed)}"
        if case.truth == Truth.SOME:
            missed += " (tolerable)"
        name = case.name + ("" if case.stated else " *")
        lines.append(
            f"| {name} | {found} | {missed} | {alarm} | {percent(result.inconclusive)} | {result.minutes:.1f} min |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
