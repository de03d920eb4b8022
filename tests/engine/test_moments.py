"""What people type for a moment, against the clock on the wall walked minute by minute."""

from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.moments import DAYS, Weekly, first, moment, spoken, stretch, wall, zone_of

ZONES = ("America/Chicago", "Australia/Lord_Howe", "Europe/Berlin", "UTC", "Asia/Kathmandu")
FRIDAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # 13:00 in Berlin
MINUTE = timedelta(minutes=1)

nows = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001  # made aware at once
    lambda naive: naive.replace(second=0, microsecond=0, tzinfo=UTC)
)
changes = st.sampled_from(  # hours in which a clock is put forward or back, and what lies around them
    [
        datetime(2026, 3, 8, 8, 0, tzinfo=UTC),
        datetime(2026, 11, 1, 7, 0, tzinfo=UTC),
        datetime(2026, 4, 4, 15, 0, tzinfo=UTC),
        datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
    ]
)
near = st.builds(lambda at, minutes: at + timedelta(minutes=minutes), changes, st.integers(-1500, 1500))
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0)) | st.sampled_from(
    [time(1, 0), time(1, 30), time(1, 45), time(2, 0), time(2, 15), time(2, 30), time(2, 59), time(3, 0)]
)


def shown(at: datetime, zone: str) -> datetime:
    """What the clock on the wall shows."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)


def passed_over(at: datetime, zone: str) -> tuple[datetime, datetime]:
    """The wall a second before this instant, and at it: what lies between them was never shown."""
    return shown(at - timedelta(seconds=1), zone), shown(at, zone)


def answers(at: datetime, wanted: time, zone: str) -> bool:
    """Whether the clock shows that time now, or has just been put forward over it."""
    before, after = passed_over(at, zone)
    skipped = after - before > timedelta(seconds=1)
    days = {before.date(), after.date()}
    return after.time() == wanted or (skipped and any(before < datetime.combine(day, wanted) < after for day in days))


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("22:00", "2026-11-20T21:00"),
        ("9:05", "2026-11-21T08:05"),
        ("13:00", "2026-11-21T12:00"),
        ("mon 09:00", "2026-11-23T08:00"),
        ("Monday 09:00", "2026-11-23T08:00"),
        ("fri 13:00", "2026-11-27T12:00"),
        ("fri 13:01", "2026-11-20T12:01"),
        ("today 18:00", "2026-11-20T17:00"),
        ("  TOMORROW   14:00 ", "2026-11-21T13:00"),
        ("2026-12-24 09:00", "2026-12-24T08:00"),
        ("2027-07-01 09:00", "2027-07-01T07:00"),
        ("in 2h", "2026-11-20T14:00"),
        ("2h", "2026-11-20T14:00"),
        ("90m", "2026-11-20T13:30"),
        ("1h 30m", "2026-11-20T13:30"),
        ("in 2d", "2026-11-22T12:00"),
    ],
)
def test_a_moment_is_read_by_the_wall_of_whoever_types_it(text: str, means: str) -> None:
    assert moment(text, FRIDAY, "Europe/Berlin") == datetime.fromisoformat(means).replace(tzinfo=UTC)


def test_the_day_is_the_one_on_the_wall_too() -> None:
    late = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)  # Saturday in Berlin, Friday in Chicago
    assert moment("tomorrow 10:00", late, "Europe/Berlin") == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    assert moment("tomorrow 10:00", late, "America/Chicago") == datetime(2026, 11, 21, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no moment"),
        ("noon", "is no moment"),
        ("mon", "is no moment"),
        ("09", "is no moment"),
        ("2026-12-24", "is no moment"),
        ("now", "still to come"),
        ("mon 09:00 sharp", "is no moment"),
        ("moonday 09:00", "no weekday 'moonday'"),
        ("24:00", "no time of day"),
        ("mon 9:60", "no time of day"),
        ("2026-02-30 09:00", "no day of the calendar"),
        ("2026-11-20 11:00", "in the past"),
        ("today 13:00", "in the past"),
        ("today 09:00", "in the past"),
        ("2062-12-24 09:00", "more than a year ahead"),
        ("in 5", "no length of time"),
        ("in", "no length of time"),
        ("0s", "longer than nothing"),
        ("400d", "at most a year"),
        ("٠٩:٠٠", "is no moment"),
        ("9" * 4_000, "is no moment"),
    ],
)
def test_what_is_no_moment_is_refused_in_words_that_help(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said) as no:
        moment(text, FRIDAY, "Europe/Berlin")
    assert len(str(no.value)) < 200


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_later_moment_or_a_mistake(text: str) -> None:
    with suppress(ValueError):
        assert moment(text, FRIDAY, "Europe/Berlin") > FRIDAY


@settings(max_examples=60, deadline=None)
@given(nows | near, clocks, st.sampled_from(ZONES))
def test_a_time_alone_is_the_next_minute_at_which_the_wall_shows_it(now: datetime, clock: time, zone: str) -> None:
    found = moment(f"{clock:%H:%M}", now, zone)
    assert answers(found, clock, zone)
    later = now + MINUTE
    while later < found:
        assert not answers(later, clock, zone)
        later += MINUTE


@settings(max_examples=100, deadline=None)
@given(nows | near, clocks, st.integers(0, 6), st.sampled_from(ZONES))
def test_a_weekday_is_the_next_one_and_less_than_eight_days_ahead(
    now: datetime, clock: time, day: int, zone: str
) -> None:
    found = moment(f"{DAYS[day]} {clock:%H:%M}", now, zone)
    assert now < found <= now + timedelta(days=7, hours=1)
    assert answers(found, clock, zone)
    assert day in {wall_now.weekday() for wall_now in passed_over(found, zone)}


@settings(max_examples=100, deadline=None)
@given(nows | near, st.integers(0, 2), clocks, st.sampled_from(ZONES))
def test_the_first_instant_with_a_wall_time_is_the_earliest_or_the_end_of_the_gap(
    now: datetime, ahead: int, clock: time, zone: str
) -> None:
    local = datetime.combine(now.date() + timedelta(days=ahead), clock)
    found = first(local, ZoneInfo(zone))
    before, after = passed_over(found, zone)
    assert before < local <= after, "never shown before, shown or passed over now"
    assert shown(found - timedelta(hours=1), zone) < local


def test_the_gap_of_half_an_hour_and_the_day_that_never_was() -> None:
    assert first(datetime(2026, 10, 4, 2, 15), ZoneInfo("Australia/Lord_Howe")) == datetime(  # noqa: DTZ001  # the wall
        2026, 10, 3, 15, 30, tzinfo=UTC
    )
    assert first(datetime(2026, 3, 8, 2, 30), ZoneInfo("America/Chicago")) == datetime(  # noqa: DTZ001
        2026, 3, 8, 8, 0, tzinfo=UTC
    )
    assert first(datetime(2011, 12, 30, 9, 0), ZoneInfo("Pacific/Apia")) == datetime(  # noqa: DTZ001
        2011, 12, 30, 10, 0, tzinfo=UTC
    )


def test_in_the_hour_that_comes_twice_the_next_one_is_meant() -> None:
    again = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 in Berlin, for the second time
    assert moment("02:30", again, "Europe/Berlin") == again + timedelta(minutes=20)
    assert moment("today 02:30", again, "Europe/Berlin") == again + timedelta(minutes=20)
    assert moment("02:30", again - timedelta(hours=1), "Europe/Berlin") == again - timedelta(minutes=40)


def test_a_stretch_is_a_length_or_a_moment() -> None:
    assert stretch("for 2h", FRIDAY, "Europe/Berlin") == FRIDAY + timedelta(hours=2)
    assert stretch("For 1d 2h", FRIDAY, "Europe/Berlin") == FRIDAY + timedelta(hours=26)
    assert stretch("until mon 09:00", FRIDAY, "Europe/Berlin") == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    for text in ("", "for", "until", "2h", "during 2h"):
        with pytest.raises(ValueError, match="say how long"):
            stretch(text, FRIDAY, "Europe/Berlin")
    with pytest.raises(ValueError, match="'mon' is no length of time"):
        stretch("for mon", FRIDAY, "Europe/Berlin")


def test_what_stands_on_a_wall() -> None:
    assert wall("fri 16:00") == Weekly(4, time(16, 0))
    assert wall("2026-12-20 00:00") == datetime(2026, 12, 20)  # noqa: DTZ001  # the wall
    for text in ("16:00", "fri", "tomorrow 09:00 x", "in 2h", "friday"):
        with pytest.raises(ValueError, match=r"is no moment|no weekday"):
            wall(text)


def test_an_instant_is_spoken_with_its_zone() -> None:
    assert spoken(FRIDAY, "Europe/Berlin") == "Fri 20 Nov 2026, 13:00 Europe/Berlin"
    assert spoken(FRIDAY, "UTC") == "Fri 20 Nov 2026, 12:00 UTC"


@pytest.mark.parametrize("name", ["", "Berlin", "../etc/passwd", "x" * 300, "Europe", "\0"])
def test_an_unknown_zone_is_a_mistake(name: str) -> None:
    with pytest.raises(ValueError, match="no IANA time zone"):
        zone_of(name)
