"""Freezes, windows and locks: who is kept out, until when, and when the way is free; over changes of the clock."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.lock.calendar import Calendar, Period
from bot.lock.model import Freeze, Lock
from bot.lock.periods import occurrences
from bot.lock.rules import (
    WARN,
    ahead,
    ended,
    frozen,
    in_window,
    next_window,
    not_frozen,
    open_window,
    start,
    unlocked,
    warns_at,
)
from bot.moments import DAYS
from bot.values import Place

API, WEB, STAGING = Place("api", "production"), Place("web", "production"), Place("api", "staging")
WEEKEND = {"name": "weekend", "from": "fri 16:00", "until": "mon 08:00", "environments": ["production"]}
HOLIDAYS = {"name": "holidays", "from": "2026-12-20 00:00", "until": "2027-01-04 00:00"}
NIGHT = {"name": "tuesday night", "from": "tue 22:00", "for": "4h", "services": ["api"]}
ZONES = ("America/Chicago", "Australia/Lord_Howe", "Europe/Berlin", "UTC")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def calendar(**said: Any) -> Calendar:
    return Calendar.model_validate({"zone": "Europe/Berlin"} | said)


def freeze(environment: str = "production", service: str = "", **values: Any) -> Freeze:
    known = {"reason": "release week", "person": "U0CAM", "name": "Cam Lindqvist"}
    times = {"at": utc("2026-11-20T12:00"), "until": utc("2026-11-21T12:00")}
    return Freeze(**(known | times | {"environment": environment, "service": service} | values))


def lock(**values: Any) -> Lock:
    known = {"place": "api/production", "holder": "U0CAM", "name": "Cam Lindqvist", "reason": "db migration"}
    return Lock(**(known | {"at": utc("2026-11-20T12:00")} | values))


def times(period: dict[str, Any], after: str, zone: str = "Europe/Berlin", most: int = 2) -> list[tuple[str, str]]:
    found = islice(occurrences(Period.model_validate(period), zone, utc(after)), most)
    return [(f"{one.start:%Y-%m-%dT%H:%M}", f"{one.end:%Y-%m-%dT%H:%M}") for one in found]


# Periods


def test_a_week_s_period_is_this_one_while_it_lasts_and_then_the_next() -> None:
    friday, monday = "2026-11-20T15:00", "2026-11-23T07:00"
    this, following = (friday, monday), ("2026-11-27T15:00", "2026-11-30T07:00")
    for after in ("2026-11-18T00:00", friday, "2026-11-23T06:59"):
        assert times(WEEKEND, after) == [this, following]
    assert times(WEEKEND, monday)[0] == following


def test_what_has_a_date_is_once() -> None:
    assert times(HOLIDAYS, "2026-11-20T12:00") == [("2026-12-19T23:00", "2027-01-03T23:00")]
    assert times(HOLIDAYS, "2027-01-03T23:00") == []


def test_a_period_keeps_to_the_wall_over_a_change_of_the_clock() -> None:
    assert times(WEEKEND, "2026-10-20T00:00") == [
        ("2026-10-23T14:00", "2026-10-26T07:00"),  # an hour longer
        ("2026-10-30T15:00", "2026-11-02T07:00"),
    ]
    assert times(WEEKEND | {"zone": "America/Chicago"}, "2026-03-05T00:00", most=1) == [
        ("2026-03-06T22:00", "2026-03-09T13:00")  # an hour shorter
    ]


def test_in_a_gap_it_begins_when_the_gap_ends_and_in_an_overlap_the_first_time() -> None:
    sunday = {"name": "x", "from": "sun 02:30", "for": "2h"}
    assert times(sunday, "2026-03-28T12:00", most=1) == [("2026-03-29T01:00", "2026-03-29T02:30")]
    assert times(sunday, "2026-10-24T12:00", most=1) == [("2026-10-25T00:30", "2026-10-25T03:30")]
    half = {"name": "x", "from": "sun 02:00", "for": "15m", "zone": "Australia/Lord_Howe"}
    skipped, normal = "2026-10-03T00:00", ("2026-10-10T15:00", "2026-10-10T15:15")
    assert times(half, skipped, most=1) == [normal], "what lies wholly in the gap is not that time"


outside_of_changes = st.sampled_from(["04:00", "08:00", "12:30", "16:00", "23:59"])
moments = st.builds("{} {}".format, st.sampled_from(DAYS), outside_of_changes)


@settings(deadline=None)
@given(moments, moments, st.sampled_from(ZONES), st.integers(0, 60 * 24 * 365 * 2))
def test_it_holds_exactly_while_the_wall_is_between_its_moments(begins: str, ends: str, zone: str, minute: int) -> None:
    if begins == ends:
        return
    at = utc("2026-01-01T00:00") + timedelta(minutes=minute)
    period = Period.model_validate({"name": "x", "from": begins, "until": ends})
    found = next(occurrences(period, zone, at))
    wall = at.astimezone(ZoneInfo(zone))
    this, low, high = (wall.weekday(), f"{wall:%H:%M}"), *map(position, (begins, ends))
    between = low <= this < high if low < high else not high <= this < low
    assert (found.start <= at) == between
    assert at < found.end


def position(moment: str) -> tuple[int, str]:
    """Where in the week."""
    day, clock = moment.split()
    return DAYS.index(day), clock


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"from": "friday evening", "for": "2h"}, "no time|is no moment"),
        ({"from": "fri 25:00", "for": "2h"}, "no time of day"),
        ({"from": "freitag 16:00", "for": "2h"}, "no weekday"),
        ({"from": "2026-02-30 00:00", "for": "2h"}, "no day of the calendar"),
        ({"from": "16:00", "for": "2h"}, "is no moment"),
        ({"from": "fri 16:00"}, "exactly one of until and for"),
        ({"from": "fri 16:00", "until": "mon 08:00", "for": "2h"}, "exactly one of until and for"),
        ({"from": "fri 16:00", "until": "2026-12-20 00:00"}, "both be weekly"),
        ({"from": "2026-12-20 00:00", "until": "mon 08:00"}, "both be weekly"),
        ({"from": "fri 16:00", "until": "fri 16:00"}, "shorter than a week"),
        ({"from": "fri 16:00", "for": "7d"}, "shorter than a week"),
        ({"from": "2026-12-20 00:00", "until": "2026-12-19 00:00"}, "later than from"),
        ({"from": "fri 16:00", "for": "2h", "zone": "Berlin"}, "no IANA time zone"),
        ({"from": "fri 16:00", "for": "2h", "name": ""}, "at least 1 character"),
    ],
)
def test_a_period_that_means_nothing_is_a_mistake(said: dict[str, str], wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        calendar(freezes=[{"name": "x"} | said])


# Freezes


def test_a_freeze_holds_from_its_beginning_up_to_its_end_and_no_longer() -> None:
    one, empty = freeze(), calendar()
    for at, held in (
        ("2026-11-20T11:59", False),
        ("2026-11-20T12:00", True),
        ("2026-11-21T11:59", True),
        ("2026-11-21T12:00", False),
    ):
        assert (frozen(empty, [one], API, utc(at)) is not None) == held, at
    assert frozen(empty, [freeze(lifted_at=utc("2026-11-20T13:00"))], API, utc("2026-11-20T14:00")) is None


def test_a_freeze_to_come_does_not_stop_what_is_done_today() -> None:
    planned = calendar(freezes=[WEEKEND, HOLIDAYS])
    assert frozen(planned, [freeze(at=utc("2026-12-01T00:00"), until=utc("2026-12-02T00:00"))], API, NOON) is None
    assert frozen(planned, [], API, utc("2026-12-24T12:00")) is not None


NOON = utc("2026-11-20T12:00")


def test_a_freeze_holds_where_it_says() -> None:
    empty = calendar()
    for one, there in (
        (freeze(), {API, WEB}),
        (freeze(service="api"), {API}),
        (freeze("staging"), {STAGING}),
        (freeze(service="billing"), set()),
    ):
        assert {place for place in (API, WEB, STAGING) if frozen(empty, [one], place, NOON)} == there
    weekend = calendar(freezes=[WEEKEND])
    assert [place for place in (API, WEB, STAGING) if frozen(weekend, [], place, utc("2026-11-21T12:00"))] == [API, WEB]


def test_of_several_freezes_the_one_that_holds_longest_is_named() -> None:
    held = frozen(calendar(freezes=[WEEKEND]), [freeze()], API, utc("2026-11-20T16:00"))
    assert held is not None
    assert (held.reason, held.by, held.until) == ("weekend", "", utc("2026-11-23T07:00"))
    text = not_frozen(held, "Europe/Berlin").text
    assert text.startswith("frozen until Mon 23 Nov 2026, 08:00 Europe/Berlin: weekend; ")
    by_cam = not_frozen(frozen(calendar(), [freeze()], API, NOON))
    assert not by_cam.passed
    assert by_cam.text.startswith("frozen by Cam Lindqvist until Sat 21 Nov 2026, 12:00 UTC: release week; ")
    assert not_frozen(None).passed


def test_what_is_ahead_is_listed_by_when_it_begins() -> None:
    found = ahead(calendar(freezes=[HOLIDAYS, WEEKEND]), [freeze()], NOON, utc("2026-12-01T00:00"))
    assert [(one.reason, f"{one.start:%d}") for one in found] == [
        ("release week", "20"),
        ("weekend", "20"),
        ("weekend", "27"),
    ]


# Windows


def test_a_window_is_open_or_the_next_one_is_known() -> None:
    windows = calendar(windows=[NIGHT, HOLIDAYS | {"services": ["api"]}])
    assert open_window(windows, API, NOON) is None
    following = next_window(windows, API, NOON)
    assert following is not None
    assert (following.name, following.start) == ("tuesday night", utc("2026-11-24T21:00"))
    opened = open_window(windows, API, following.start)
    assert opened == following
    after = next_window(windows, API, following.start)
    assert after is not None
    assert after.start == utc("2026-12-01T21:00")
    assert next_window(windows, WEB, NOON) is None


def test_the_window_s_line_says_when_the_next_one_is() -> None:
    windows = calendar(windows=[NIGHT])
    closed = in_window(windows, API, NOON)
    assert not closed.passed
    assert "the next is tuesday night, Tue 24 Nov 2026, 22:00 Europe/Berlin; ask with --in-window" in closed.text
    opened = in_window(windows, API, utc("2026-11-24T22:00"))
    assert opened.passed
    assert opened.text == "within tuesday night, until Wed 25 Nov 2026, 02:00 Europe/Berlin"
    assert "there is none in calendar.windows" in in_window(windows, WEB, NOON).text


# When the way is free


def test_the_way_is_free_at_once_after_the_freeze_or_in_the_window() -> None:
    free, planned = calendar(), calendar(freezes=[WEEKEND], windows=[NIGHT])
    assert start(free, [], API, NOON) == (NOON, "")
    assert start(planned, [], API, utc("2026-11-21T00:00")) == (
        utc("2026-11-23T07:00"),
        "the end of the freeze (weekend)",
    )
    assert start(planned, [], API, NOON, in_window=True) == (utc("2026-11-24T21:00"), "the window tuesday night")
    now = utc("2026-11-24T23:00")
    assert start(planned, [], API, now, in_window=True) == (now, "")
    assert start(planned, [], WEB, NOON, in_window=True) is None


def test_a_window_within_a_freeze_is_passed_over() -> None:
    both = calendar(freezes=[WEEKEND], windows=[{"name": "saturday", "from": "sat 10:00", "for": "2h"}])
    assert start(both, [], API, NOON, in_window=True) is None, "it will never be open without a freeze"
    assert start(both, [], STAGING, NOON, in_window=True) == (utc("2026-11-21T09:00"), "the window saturday")


periods = st.builds(
    lambda day, hour, hours: {"name": "x", "from": f"{DAYS[day]} {hour:02}:00", "for": f"{hours}h"},
    st.integers(0, 6),
    st.integers(0, 23),
    st.integers(1, 60),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(periods, max_size=2), st.lists(periods, max_size=2), st.booleans(), st.integers(0, 24 * 365))
def test_it_is_the_first_hour_that_is_free(
    freezes: list[dict[str, str]], windows: list[dict[str, str]], wanted: bool, hour: int
) -> None:
    planned = Calendar.model_validate({"freezes": freezes, "windows": windows})
    now = utc("2026-01-01T00:00") + timedelta(hours=hour)

    def free(at: datetime) -> bool:
        closed = wanted and not open_window(planned, API, at)
        return not closed and frozen(planned, [], API, at) is None

    hours = (now + timedelta(hours=ahead) for ahead in range(24 * 15))
    expected = next((at for at in hours if free(at)), None)
    found = start(planned, [], API, now, in_window=wanted)
    assert (found.at if found else None) == expected


# Locks


def test_a_lock_stops_everybody_but_its_holder() -> None:
    held = lock(until=utc("2026-11-20T14:00"))
    no = unlocked(held, "U0DANA", "Europe/Berlin")
    assert not no.passed
    assert no.text == (
        "locked by Cam Lindqvist until Fri 20 Nov 2026, 15:00 Europe/Berlin: db migration; "
        "ask them, or take it over: /deploy steal api production"
    )
    own = unlocked(held, "U0CAM")
    assert own.passed
    assert "who asks for this" in own.text
    assert unlocked(None, "U0DANA").passed


def test_a_lock_ends_by_itself_and_warns_in_time() -> None:
    for hours, before in ((24, WARN), (0.5, WARN), (0.25, timedelta(minutes=5)), (0.005, timedelta(seconds=6))):
        length = timedelta(hours=hours)
        held = lock(until=NOON + length)
        assert warns_at(held) == NOON + length - before
        assert not ended(held, NOON + length - timedelta(microseconds=1))
        assert ended(held, NOON + length)
    assert warns_at(lock()) is None
    assert not ended(lock(), utc("2036-01-01T00:00"))
