"""What became of the playground's canaries: rates of error, tables, and the part of docs/judge.md about them.

`python -m benchmarks.playground_judged` prints it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.figures import Figure
from benchmarks.playground_canaries import KINDS, PATIENCE, PAY, SMALLER, End, Kind, Told, Truth, all_of
from bot.metrics.intervals import Proportion, wilson

Z = 1.96  # of an interval of 95 %
RATES, SPED = (2.0, 10.0, 50.0, 500.0), 20  # requests a second, all of them by a route; canaries of each
SPED_KINDS = ("nothing is worse", "errors + 5 points", "latency × 2")


class Rate(NamedTuple):
    """How many of how many, and the ends of the interval of 95 %; shares of one."""

    wrong: int
    number: int

    @property
    def share(self) -> float:
        return self.wrong / self.number

    def __str__(self) -> str:
        low, high = wilson(Proportion(self.share, self.number), Z)
        return f"{self.wrong} of {self.number} ({100 * self.share:.1f} %; 95 %: {100 * low:.1f} to {100 * high:.1f} %)"


def false_passes(told: Mapping[Kind, Sequence[Told]]) -> Rate:
    """How many of the bad ones were promoted."""
    return _rate(told, Truth.BAD, End.PROMOTED)


def false_alarms(told: Mapping[Kind, Sequence[Told]]) -> Rate:
    """How many of the good ones were stopped."""
    return _rate(told, Truth.GOOD, End.STOPPED)


def _rate(told: Mapping[Kind, Sequence[Told]], truth: Truth, wrong: End) -> Rate:
    ends = [one.end for kind, ended in told.items() if kind.truth == truth for one in ended]
    return Rate(ends.count(wrong), len(ends))


def table(told: Mapping[Kind, Sequence[Told]]) -> str:
    """What became of them, as Markdown."""
    lines = [
        "| truth | canaries | promoted | stopped | undecided | a person was asked | at step | requests | minutes |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for kind, ended in told.items():
        ends = [one.end for one in ended]
        steps = sorted({one.step for one in ended})
        cells = [
            kind.name + (" *" if kind.truth == Truth.SMALL else ""),
            str(len(ended)),
            *(str(ends.count(end)) for end in End),
            str(sum(one.asked for one in ended)),
            ", ".join(map(str, steps)),
            f"{median(one.requests for one in ended):,.0f}",
            spread(one.seconds / 60 for one in ended),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def spread(minutes: Iterable[float]) -> str:
    """The median, and the longest."""
    found = sorted(minutes)
    return f"{median(found):.1f} (at most {found[-1]:.1f})"


def speeds() -> str:
    """How long canaries take through the three steps, by traffic, as Markdown."""
    lines = [
        "| traffic | healthy: minutes | a person was asked | errors + 5 points | latency × 2 |",
        "|---|---|---|---|---|",
    ]
    healthy, *worse = (replace(kind, runs=SPED) for kind in KINDS if kind.name in SPED_KINDS)
    for rps in RATES:
        told = all_of([healthy, *worse], grounds=[replace(PAY, rps=rps)])
        asked = sum(one.asked for one in told[healthy])
        cells = [f"{rps:g} requests/s", spread(one.seconds / 60 for one in told[healthy]), f"{asked} of {SPED}"]
        cells += [_found(told[kind]) for kind in worse]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _found(told: Sequence[Told]) -> str:
    found = [one.seconds / 60 for one in told if one.end == End.STOPPED]
    share = "all" if len(found) == len(told) else f"{len(found)} of {len(told)}"
    return f"{share}, after {median(found):.1f}" if found else "none"


def totals(told: Mapping[Kind, Sequence[Told]]) -> str:
    """Both rates, as the page and the command say them."""
    return f"- False passes: {false_passes(told)}.\n- False alarms: {false_alarms(told)}."


def section() -> list[str]:
    """The page's part about the playground, in paragraphs."""
    told = all_of(KINDS + SMALLER)
    return [
        "## On the playground",
        "200 canaries on the traffic of the playground's shop, 100 of them bad. Half of each kind get their share by "
        "the number of replicas (api: 30 requests/s on 3 pods, so 25 %, 25 % and 50 %), half by a route (pay: 40 "
        "requests/s; 5 %, 25 % and 50 %). Its Prometheus scrapes the pods every 2.5 s; the bot's own code asks it, "
        "judges and moves on, under `canary` and `standard` of `config/default.yml`: 2 points more errors are "
        "tolerated, and half as much latency again, so from 4 points and from × 2 on it is a regression. Time is told, "
        "chance is seeded. Lines with a * are worse by less than that: either end is right. *Undecided*: the gate "
        "could not tell within its time; a person was asked, nobody came, and after "
        f"{PATIENCE.total_seconds() / 60:.0f} minutes at that step it went back.",
        table(told),
        totals(told),
        "*Requests* and *minutes* are counted from the first one that the new version served; medians.",
        "### By traffic",
        f"The same by a route, {SPED} canaries a cell: how many of the bad ones were stopped, and after how many "
        "minutes. The pauses of the three steps alone add up to 12.",
        speeds(),
    ]


async def measure(folder: Path) -> dict[str, Figure]:
    """The 200 canaries; `folder` is not needed."""
    told = all_of(KINDS)
    passes, alarms = false_passes(told), false_alarms(told)
    how = (
        "the playground's traffic to api (by replicas) and pay (by a route), scraped and asked for by its own PromQL, "
        "judged under `canary` and `standard` of config/default.yml, in a time that is told; seeded"
    )
    return {
        "canary_false_pass_percent": Figure(
            value=round(100 * passes.share, 2),
            unit="%",
            compared_with=f"at most 1 %, as judge.md states; {passes}",
            how=f"{passes.number} canaries that are worse by 5, 10, 20 points of errors, × 2, × 3 in latency, or both: "
            f"{how}",
        ),
        "canary_false_alarm_percent": Figure(
            value=round(100 * alarms.share, 2),
            unit="%",
            compared_with=f"at most 6 %, as judge.md states; {alarms}",
            how=f"{alarms.number} canaries that serve as the old version does: {how}",
        ),
    }


if __name__ == "__main__":
    print("\n\n".join(section()))
