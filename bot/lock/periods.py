"""When the periods of a calendar are, instant by instant: over changes of the clock too. Pure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.lock.calendar import WEEK, Period
from bot.moments import Weekly, first, wall, zone_of


class Occurrence(NamedTuple):
    """A period, this time: from `start` up to but without `end`, both in UTC."""

    start: datetime
    end: datetime


def occurrences(period: Period, zone: str, after: datetime) -> Iterator[Occurrence]:
    """When the period is, in order: every time that ends after `after`. Without end for what comes every week.

    `zone` is the calendar's, for a period that names none. A wall time that is skipped means the end of the gap, one
    that comes twice the first of the two; what lies wholly within a gap is not that time.
    """
    place = zone_of(period.zone or zone)
    begins = wall(period.start)
    if isinstance(begins, Weekly):
        today = after.astimezone(place).date() - 2 * WEEK
        monday = today - timedelta(days=today.weekday())
        walls = (datetime.combine(monday + week * WEEK, begins.time) for week in count())
        starts: Iterator[datetime] = (one + timedelta(days=begins.weekday) for one in walls)
    else:
        starts = iter([begins])
    for start in starts:
        found = Occurrence(first(start, place), _end(period, start, place))
        if after < found.end and found.start < found.end:
            yield found


def _end(period: Period, start: datetime, zone: ZoneInfo) -> datetime:
    """When the period that starts at `start`, by the wall, is over."""
    if period.lasting is not None:
        return first(start + period.lasting, zone)
    assert period.until is not None, "one of both is given"
    ends = wall(period.until)
    if isinstance(ends, datetime):
        return first(ends, zone)
    days = (ends.weekday - start.weekday()) % 7
    end = datetime.combine(start.date() + timedelta(days=days), ends.time)
    return first(end if end > start else end + WEEK, zone)
