"""Whether a place may be changed: locks, freezes, maintenance windows, and when the way is free. Pure.

`at` is the instant in question, by the server's clock, mostly now; one to come asks the same about then.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice, takewhile
from typing import NamedTuple

from bot.lock.calendar import Calendar, Period
from bot.lock.model import Freeze, Lock
from bot.lock.periods import Occurrence, occurrences
from bot.moments import spoken
from bot.people.model import Names
from bot.values import Check, Place

WARN = timedelta(minutes=10)  # before a lock ends by itself, its holder is told; of a short one, a third before
PATIENCE = 1_000  # freezes and windows in a row after which nothing will ever start


class Frozen(NamedTuple):
    """A freeze, this time: from `start` up to but without `until`. `by` is a person's name; empty: the calendar."""

    reason: str
    by: str
    start: datetime
    until: datetime
    services: Names
    environments: Names


class Window(NamedTuple):
    """A maintenance window, this time: from `start` up to but without `until`."""

    name: str
    start: datetime
    until: datetime


class Start(NamedTuple):
    """When a change may start, and what it waits for until then (mrkdwn-free; empty: for nothing)."""

    at: datetime
    waits_for: str


def ended(lock: Lock, at: datetime) -> bool:
    """Whether a lock is over by itself."""
    return lock.until is not None and lock.until <= at


def warns_at(lock: Lock) -> datetime | None:
    """When the holder is told that the lock is about to end; None for one that does not."""
    return None if lock.until is None else lock.until - min(WARN, (lock.until - lock.at) / 3)


def due(lock: Lock, at: datetime) -> bool:
    """Whether there is something to do about a lock that ends: to end it, or to warn its holder."""
    warns = warns_at(lock)
    return ended(lock, at) or (warns is not None and warns <= at and not lock.warned)


def covers(services: Names, environments: Names, place: Place) -> bool:
    """Whether what holds for these services in these environments holds for a place."""
    here = services == "all" or place.service in services
    return here and (environments == "all" or place.environment in environments)


def frozen(calendar: Calendar, freezes: Iterable[Freeze], place: Place, at: datetime) -> Frozen | None:
    """The freeze that keeps changes out of `place` at `at`: of several, the one that holds longest. One that has been
    lifted, is over or has yet to begin keeps nothing out."""
    holding = (one for one in _freezes(calendar, freezes, at) if one.start <= at)
    there = (one for one in holding if covers(one.services, one.environments, place))
    return max(there, key=lambda one: one.until, default=None)


def ahead(calendar: Calendar, freezes: Iterable[Freeze], at: datetime, until: datetime) -> list[Frozen]:
    """All freezes that hold at `at` or begin before `until`, by when they begin."""
    return sorted(_freezes(calendar, freezes, at, until), key=lambda one: (one.start, one.until))


def open_window(calendar: Calendar, place: Place, at: datetime) -> Window | None:
    """The maintenance window that is open at `at`: of several, the one that is open longest."""
    opened = (one for one in _windows(calendar, place, at) if one.start <= at)
    return max(opened, key=lambda one: one.until, default=None)


def next_window(calendar: Calendar, place: Place, at: datetime) -> Window | None:
    """The first maintenance window that opens after `at`; None where none ever does."""
    return min(
        (one for one in _windows(calendar, place, at) if one.start > at), key=lambda one: one.start, default=None
    )


def start(
    calendar: Calendar, freezes: Sequence[Freeze], place: Place, at: datetime, *, in_window: bool = False
) -> Start | None:
    """The first instant, not before `at`, at which no freeze holds and, where that is asked, a window is open.

    None where there is none. Locks are not looked at: nobody knows when those without an end are over.
    """
    waits_for = ""
    for _ in range(PATIENCE):
        if held := frozen(calendar, freezes, place, at):
            at, waits_for = held.until, f"the end of the freeze ({held.reason})"
        elif not in_window or open_window(calendar, place, at):
            return Start(at, waits_for)
        elif window := next_window(calendar, place, at):
            at, waits_for = window.start, f"the window {window.name}"
        else:
            return None
    return None


def unlocked(lock: Lock | None, asker: str = "", zone: str = "UTC") -> Check:
    """The preflight line about a person's lock. It stops everybody but its holder; `asker` is a person's id."""
    if lock is None:
        return Check(name="lock", passed=True, text="not locked")
    if lock.holder == asker:
        return Check(name="lock", passed=True, text=f"locked by {lock.name}, who asks for this: {lock.reason}")
    until = f" until {spoken(lock.until, zone)}" if lock.until else ""
    instead = f"ask them, or take it over: /deploy steal {lock.place.replace('/', ' ')}"
    return Check(name="lock", passed=False, text=f"locked by {lock.name}{until}: {lock.reason}; {instead}")


def not_frozen(held: Frozen | None, zone: str = "UTC") -> Check:
    """The preflight line about freezes."""
    if held is None:
        return Check(name="freeze", passed=True, text="not frozen")
    by = f" by {held.by}" if held.by else ""
    instead = "start it later with --at, or with --emergency if it can't wait"
    text = f"frozen{by} until {spoken(held.until, zone)}: {held.reason}; {instead}"
    return Check(name="freeze", passed=False, text=text)


def in_window(calendar: Calendar, place: Place, at: datetime) -> Check:
    """The preflight line of a place that may be changed within maintenance windows only."""
    opened = open_window(calendar, place, at)
    if opened:
        text = f"within {opened.name}, until {spoken(opened.until, calendar.zone)}"
        return Check(name="window", passed=True, text=text)
    following = next_window(calendar, place, at)
    when = f"the next is {following.name}, {spoken(following.start, calendar.zone)}" if following else "there is none"
    instead = "; ask with --in-window to wait for it" if following else " in calendar.windows"
    return Check(name="window", passed=False, text=f"only within a maintenance window: {when}{instead}")


def _freezes(
    calendar: Calendar, freezes: Iterable[Freeze], at: datetime, until: datetime | None = None
) -> Iterator[Frozen]:
    """Those that are not over at `at`; of a period in the calendar the first one, and all that begin before `until`."""
    for freeze in freezes:
        if freeze.lifted_at is None and at < freeze.until:
            where: Names = (freeze.service,) if freeze.service else "all"
            yield Frozen(freeze.reason, freeze.name, freeze.at, freeze.until, where, (freeze.environment,))
    for period in calendar.freezes:
        for one in _times(calendar, period, at, until):
            yield Frozen(period.name, "", one.start, one.end, period.services, period.environments)


def _windows(calendar: Calendar, place: Place, at: datetime) -> Iterator[Window]:
    """Those that are not over at `at`: of each period this time, and the next."""
    for period in calendar.windows:
        if covers(period.services, period.environments, place):
            for one in islice(occurrences(period, calendar.zone, at), 2):
                yield Window(period.name, one.start, one.end)


def _times(calendar: Calendar, period: Period, at: datetime, until: datetime | None) -> Iterator[Occurrence]:
    found = occurrences(period, calendar.zone, at)
    return islice(found, 1) if until is None else takewhile(lambda one: one.start < until, found)
