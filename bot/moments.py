"""Moments as people type them: "22:00", "mon 09:00", "tomorrow 14:00", "2026-12-24 09:00", "in 2h", "for 2h".

What is typed is the clock on somebody's wall; what comes out is an instant in UTC. A wall time that a zone skips means
the instant at which the gap ends; one that it has twice is the first of the two, and for "the next time" the next one.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.durations import parse

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_LENGTH = re.compile(r"\d[\ddhms. ]*[dhms]", re.ASCII)
_FURTHEST = timedelta(days=366)  # whoever names a later moment has most likely mistyped the year
FORMS = '"22:00", "mon 09:00", "tomorrow 14:00", "2026-12-24 09:00" or "in 2h"'


class Unclear(ValueError):
    """What was typed has not even the form of a moment."""


class Weekly(NamedTuple):
    """A moment of every week: a weekday, 0 is Monday, and the time on the wall."""

    weekday: int
    time: time


def moment(text: str, now: datetime, zone: str) -> datetime:
    """The instant that `text` means to somebody in `zone` (an IANA name) at `now` (aware), in UTC and after `now`.

    Raises ValueError with words for that person: not understood (Unclear), no such day or time, in the past, too far
    ahead.
    """
    words = text.strip().lower().split()
    if words[:1] == ["in"] or _LENGTH.fullmatch(" ".join(words)):
        return _after(words[1:] if words[0] == "in" else words, now)
    place = zone_of(zone)
    today = now.astimezone(place).date()
    match words:
        case ["now"]:
            raise ValueError("now is no moment that is still to come")
        case [clock]:
            return _next(_clock(clock, text), [today + timedelta(days=ahead) for ahead in range(3)], place, now)
        case ["today" | "tomorrow" as day, clock]:
            return _on(today + timedelta(days=day == "tomorrow"), _clock(clock, text), place, now)
        case [day, clock] if _DATE.fullmatch(day):
            return _on(_date(day), _clock(clock, text), place, now)
        case [day, clock]:
            at, weekday = _clock(clock, text), _weekday(day)
            days = [today + timedelta(days=ahead) for ahead in range(15)]
            return _next(at, [one for one in days if one.weekday() == weekday], place, now)
    raise _unclear(text)


def stretch(text: str, now: datetime, zone: str) -> datetime:
    """When "for 2h" or "until mon 09:00" is over, in UTC. Raises ValueError like `moment`."""
    kind, *rest = text.lower().split() or [""]
    if kind == "for" and rest:
        return _after(rest, now)
    if kind == "until" and rest:
        return moment(" ".join(rest), now, zone)
    raise ValueError('say how long: "for 2h" or "until 18:00"')


def wall(text: str) -> Weekly | datetime:
    """What "fri 16:00" or "2026-12-20 00:00" says, by the clock on the wall: the datetime is naive, its zone is said
    elsewhere. Raises ValueError."""
    match text.strip().lower().split():
        case [day, clock] if _DATE.fullmatch(day):
            return datetime.combine(_date(day), _clock(clock, text))
        case [day, clock]:
            return Weekly(_weekday(day), _clock(clock, text))
    raise ValueError('is no moment: write "fri 16:00" (every week) or "2026-12-20 00:00" (once)')


def first(local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant, in UTC, at which a clock in `zone` shows `local` (naive); in a gap the instant it ends."""
    return min(_instants(local, zone))


def spoken(at: datetime, zone: str) -> str:
    """An instant for text that can't be shown in each reader's zone: "Mon 23 Nov 2026, 09:00 Europe/Berlin"."""
    local = at.astimezone(zone_of(zone))
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    day = f"{DAYS[local.weekday()].title()} {local.day} {months[local.month - 1]} {local.year}"
    return f"{day}, {local:%H:%M} {zone}"


def zone_of(name: str) -> ZoneInfo:
    """The zone of this IANA name. Raises ValueError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name[:60]!r} is no IANA time zone") from error


def _instants(local: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """When the clock shows it: once or twice; or else the end of the gap."""
    folds = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    shown = [one for one in folds if one.astimezone(zone).replace(tzinfo=None, fold=0) == local]
    yield from shown or [_gap_end(folds[1], folds[0], zone)]


def _gap_end(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The instant between these two, to the second, at which the clock in `zone` is put forward."""
    offset = after.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds() / 2))
        if middle.astimezone(zone).utcoffset() == offset:
            after = middle
        else:
            before = middle
    return after


def _next(at: time, days: list[date], zone: ZoneInfo, now: datetime) -> datetime:
    found = (one for day in days for one in _instants(datetime.combine(day, at), zone))
    return min(one for one in found if one > now)


def _on(day: date, at: time, zone: ZoneInfo, now: datetime) -> datetime:
    coming = [one for one in _instants(datetime.combine(day, at), zone) if one > now]
    if not coming:
        raise ValueError(f"{day} {at:%H:%M} is in the past")
    if min(coming) - now > _FURTHEST:
        raise ValueError(f"{day} is more than a year ahead")
    return min(coming)


def _after(length: list[str], now: datetime) -> datetime:
    try:
        return now.astimezone(UTC) + parse("".join(length))
    except ValueError as error:
        raise ValueError(f"{' '.join(length)[:40]!r} {error}") from error


def _clock(text: str, whole: str) -> time:
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise _unclear(whole)
    try:
        return time(int(match[1]), int(match[2]))
    except ValueError as error:
        raise ValueError(f"{text} is no time of day: 00:00 to 23:59") from error


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text} is no day of the calendar") from error


def _weekday(text: str) -> int:
    for names in (DAYS, _LONG):
        if text in names:
            return names.index(text)
    raise ValueError(f"there is no weekday {text[:20]!r}: {', '.join(DAYS)}")


def _unclear(text: str) -> Unclear:
    return Unclear(f"{text.strip()[:40]!r} is no moment: write {FORMS}")
