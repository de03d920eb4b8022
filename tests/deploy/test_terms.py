"""When a deploy's time has come, by whose clock, and how long its version is watched."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue import Catalogue
from bot.deploy.model import State
from bot.deploy.strategy import Step, Strategy
from bot.deploy.terms import Terms, fence
from bot.lock.calendar import Calendar
from bot.values import StrategyKind
from docs.sample_rows import sample

CHICAGO, BERLIN = ZoneInfo("America/Chicago"), ZoneInfo("Europe/Berlin")
CALENDAR = Calendar.model_validate(
    {
        "zone": "Europe/Berlin",
        "windows": [
            {"name": "night", "from": "tue 22:00", "for": "4h", "zone": "America/Chicago", "services": ["api"]},
            {"name": "sunday", "from": "sun 01:00", "until": "sun 04:00", "environments": ["production"]},
        ],
    }
)


HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def terms(**environment: Any) -> Terms:
    """Half an hour of watching, two for what is major; with the windows above."""
    production = {"target": {"type": "kubernetes"}} | environment
    api = {"owner": "shop", "environments": {"production": production}}
    return Terms(
        catalogue=Catalogue.model_validate({"services": {"api": api}}),
        strategies={
            "bare": Strategy(kind=StrategyKind.BLUE_GREEN),
            "tried": Strategy(kind=StrategyKind.BLUE_GREEN, steps=(Step(weight=0, manual=True),)),
            "rolling": Strategy(kind=StrategyKind.ROLLING),
        },
        gates={},
        signals={},
        calendar=CALENDAR,
        expires_after=4 * HOUR,
        watch=30 * MINUTE,
        watch_major=2 * HOUR,
        waits_at_most=12 * HOUR,
        review_after=48 * HOUR,
        resolution=timedelta(seconds=10),
    )


NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_what_waits_for_nothing_is_due() -> None:
    assert terms().due(sample(State.PLANNED), NOW)


@given(st.integers(-10_000, 10_000))
def test_a_moment_is_an_instant_whatever_the_zone_it_was_said_in(seconds: int) -> None:
    at = NOW + timedelta(seconds=seconds)
    for zone in (UTC, CHICAGO, BERLIN):
        deploy = sample(State.SCHEDULED, not_before=NOW.astimezone(zone))
        assert terms().due(deploy, at.astimezone(zone)) == (seconds >= 0)


@pytest.mark.parametrize(
    ("local", "due"),
    [
        (datetime(2026, 11, 24, 21, 59, 59, tzinfo=CHICAGO), False),
        (datetime(2026, 11, 24, 22, 0, tzinfo=CHICAGO), True),
        (datetime(2026, 11, 25, 1, 59, 59, tzinfo=CHICAGO), True),
        (datetime(2026, 11, 25, 2, 0, tzinfo=CHICAGO), False),
        (datetime(2026, 11, 25, 22, 0, tzinfo=CHICAGO), False),
        (datetime(2026, 11, 22, 0, 59, 59, tzinfo=BERLIN), False),
        (datetime(2026, 11, 22, 1, 0, tzinfo=BERLIN), True),
        (datetime(2026, 11, 22, 4, 0, tzinfo=BERLIN), False),
        (datetime(2026, 11, 22, 1, 0, tzinfo=UTC), True),  # 02:00 in Berlin
        (datetime(2026, 11, 22, 3, 0, tzinfo=UTC), False),  # 04:00 in Berlin
        # In summer the same hours by the wall are other instants.
        (datetime(2026, 7, 14, 22, 0, tzinfo=CHICAGO), True),
        (datetime(2026, 7, 15, 3, 0, tzinfo=UTC), True),
        (datetime(2026, 7, 15, 2, 59, tzinfo=UTC), False),
    ],
)
def test_a_window_opens_and_closes_by_the_clock_on_its_wall(local: datetime, due: bool) -> None:
    deploy = sample(State.SCHEDULED, in_window=True)
    assert terms().due(deploy, local) == due
    assert terms().due(deploy, local.astimezone(UTC)) == due


@pytest.mark.parametrize(
    ("local", "due"),
    [
        # On 28 March 2027 clocks in Berlin go from 02:00 to 03:00: the window has two hours, not three.
        (datetime(2027, 3, 28, 0, 30, tzinfo=UTC), True),
        (datetime(2027, 3, 28, 1, 30, tzinfo=UTC), True),
        (datetime(2027, 3, 28, 2, 0, tzinfo=UTC), False),
        # On 31 October 2027 they show 02:00 to 03:00 twice: it has four.
        (datetime(2027, 10, 30, 23, 0, tzinfo=UTC), True),
        (datetime(2027, 10, 31, 2, 59, tzinfo=UTC), True),
        (datetime(2027, 10, 31, 3, 0, tzinfo=UTC), False),
    ],
)
def test_a_window_over_a_change_of_the_clock(local: datetime, due: bool) -> None:
    assert terms().due(sample(State.SCHEDULED, in_window=True), local) == due


def test_who_wants_a_moment_and_a_window_waits_for_both() -> None:
    sunday = datetime(2026, 11, 22, 2, 0, tzinfo=BERLIN)
    deploy = sample(State.SCHEDULED, in_window=True, not_before=sunday)
    assert [terms().due(deploy, sunday + n * HOUR) for n in (-1, 0, 1, 2)] == [False, True, True, False]


def test_a_window_of_other_places_is_none() -> None:
    staging = sample(State.SCHEDULED, in_window=True, service="web", environment="staging")
    assert not terms().due(staging, datetime(2026, 11, 24, 23, 0, tzinfo=CHICAGO))


@pytest.mark.parametrize(
    ("own", "major", "watched"),
    [
        (None, False, 30 * MINUTE),
        (None, True, 2 * HOUR),
        ("5m", False, 5 * MINUTE),
        ("5m", True, 2 * HOUR),
        ("6h", True, 6 * HOUR),
        ("0s", False, timedelta()),
    ],
)
def test_what_is_major_is_watched_longer_and_never_shorter(own: str | None, major: bool, watched: timedelta) -> None:
    assert terms(watch=own).watched(sample(State.RUNNING, major=major)) == watched


def test_a_new_colour_stands_beside_the_old_one_first_even_where_nobody_wrote_a_step() -> None:
    of = terms().strategy
    assert of(sample(State.PLANNED, strategy="bare")).steps == (Step(weight=0),)
    assert of(sample(State.PLANNED, strategy="tried")).steps == (Step(weight=0, manual=True),)
    assert of(sample(State.PLANNED, strategy="rolling")).steps == ()


def test_a_number_that_came_again_is_another_deploy_to_the_target() -> None:
    mine, later = fence(sample(State.RUNNING), 7), fence(sample(State.RUNNING, requested_at=NOW + MINUTE), 7)
    assert mine.epoch == later.epoch == 7
    assert mine.deploy != later.deploy


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"strategy": "rolling"}, ""),
        ({"strategy": "canary"}, "there is no strategy canary any more"),
        ({"strategy": "rolling", "service": "web"}, "web/production is not in services.yml any more"),
        ({"strategy": "rolling", "environment": "staging"}, "api/staging is not in services.yml any more"),
    ],
)
def test_what_config_has_forgotten_meanwhile_is_said(changed: dict[str, str], said: str) -> None:
    assert terms().gone(sample(State.PLANNED, **changed)) == said


def test_a_place_waits_for_its_yes_as_long_as_it_says_itself() -> None:
    place = sample(State.PLANNED).place
    assert terms().patience(place) == 4 * HOUR
    assert terms(expires_after="1h").patience(place) == HOUR
