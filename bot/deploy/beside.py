"""The new version's numbers beside the old one's, in a table narrow enough for a phone. Pure."""

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, TypeAlias

from bot.blocks import clip, preformatted
from bot.deploy.model import Deploy, State
from bot.deploy.words import short
from bot.metrics.model import Evidence, Points, Unit, Verdict
from bot.metrics.views import amount

NO_DATA = "no data"
MOST = 12  # rows
NAME, CELL = 13, 10  # characters; a phone shows about 40 of them in a line

Numbers: TypeAlias = Mapping[str, Any]  # {"new": {signal: value or None}, "old": {…}, "units": {signal: unit}}
Row: TypeAlias = tuple[str, str, str]


def beside(deploy: Deploy) -> str:
    """A table of `deploy.measured` (mrkdwn): a row per signal, the new version and the old one, or the whole before
    the deploy; the replicas last. Empty where nothing has been measured."""
    if not deploy.measured:
        return ""
    together = deploy.state == State.RUNNING
    old = short(deploy.ran.version) if deploy.ran and together else "before"
    seen, more = deploy.looked_at, list[Row]()
    if seen and together and (seen.new or seen.old):
        more.append(("ready", f"{seen.ready} of {seen.new}", str(seen.old)))
    given = {name: Unit(unit) for name, unit in (deploy.measured.get("units") or {}).items() if unit in set(Unit)}
    return figures(deploy.measured, _units(deploy.judged) | given, (short(deploy.version), old), more)


def figures(numbers: Numbers, units: Mapping[str, Unit], heading: tuple[str, str], more: Sequence[Row] = ()) -> str:
    """The same of any numbers, with `more` rows below. Without its unit a signal is shown as a bare number."""
    new, old = numbers.get("new") or {}, numbers.get("old") or {}
    rows = [
        (name.replace("_", " "), _figure(new.get(name), units.get(name)), _figure(old.get(name), units.get(name)))
        for name in list({**new, **old})[:MOST]
    ]
    return _table([("", *heading), *rows, *more])


def recovery(evidence: Evidence, units: Mapping[str, Unit]) -> str:
    """What the whole service is like now, and was like before the deploy: the middle of what was measured."""
    now = {name: _middle(seen.new) for name, seen in evidence.signals.items()}
    before = {name: _middle(seen.before) for name, seen in evidence.signals.items()}
    return figures({"new": now, "old": before}, units, ("now", "before"))


def _middle(points: Points) -> float | None:
    values = [value for _, value in points if value is not None]
    return median(values) if values else None


def _table(rows: Sequence[Row]) -> str:
    """Three columns in a code block; the first row is their heading."""
    cut = [(clip(name, NAME), clip(new, CELL), clip(old, CELL)) for name, new, old in rows]
    first, second = (max(len(row[at]) for row in cut) + 2 for at in (0, 1))
    return preformatted(f"{name:<{first}}{new:<{second}}{old}".rstrip() for name, new, old in cut)


def _units(verdict: Verdict | None) -> dict[str, Unit]:
    found = verdict.findings if verdict else ()
    return {finding.signal: finding.unit for finding in found if finding.kind != "requests"}  # those count, not rate


def _figure(value: float | None, unit: Unit | None) -> str:
    if value is None or not math.isfinite(value):
        return NO_DATA
    return amount(value, unit or Unit.COUNT).replace(" /s", "/s")
