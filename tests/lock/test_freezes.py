"""Freezes on each database: who may set them, whom they stop, and that they are kept when they are over."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import col, select

from bot.errors import Code, Refusal
from bot.lock.model import Freeze
from bot.lock.wishes import Scope, scope, split
from bot.values import Person, Place
from tests.lock.bridge import CATALOGUE, NOON, Bridge
from tests.people.workspace import ARI, CAM, DANA

API, WEB = Place("api", "production"), Place("web", "production")
PRODUCTION, ONLY_API = Scope("", "production"), Scope("api", "production")
MONDAY = NOON + timedelta(days=3)


async def frozen(bridge: Bridge, where: Scope = PRODUCTION, person: Person = CAM, until: datetime = MONDAY) -> Freeze:
    return await bridge.freezes.freeze(person, where, "release week", until, "test")


async def stopped(bridge: Bridge, place: Place) -> bool:
    checks = await bridge.locks.checks(place, DANA, bridge.clock())
    return not next(check.passed for check in checks if check.name == "freeze")


async def test_a_freeze_stops_changes_there_until_it_is_lifted_and_is_kept(bridge: Bridge) -> None:
    await frozen(bridge)
    assert await stopped(bridge, API)
    assert await stopped(bridge, WEB)
    assert not await stopped(bridge, Place("api", "staging"))
    bridge.clock.passes(hours=1)
    [lifted] = await bridge.freezes.lift(CAM, PRODUCTION, "test")
    assert (lifted.lifted_at, lifted.lifted_by) == (NOON + timedelta(hours=1), "U0CAM")
    assert not await stopped(bridge, API)
    begun, over = await bridge.said()
    assert "*production is frozen* until <!date^" in begun
    assert "by Cam Lindqvist: release week" in begun
    assert "*production is not frozen any more:* Cam Lindqvist lifted it (release week)." in over
    assert await bridge.deeds() == [("U0CAM", "freeze.set", "done"), ("U0CAM", "freeze.lifted", "done")]
    async with bridge.store.reading() as rows:
        assert len((await rows.exec(select(Freeze).where(col(Freeze.lifted_at).is_not(None)))).all()) == 1


async def test_a_freeze_is_over_by_itself(bridge: Bridge) -> None:
    await frozen(bridge, until=NOON + timedelta(hours=1))
    bridge.clock.passes(hours=1)
    assert not await stopped(bridge, API)
    with pytest.raises(Refusal) as no:
        await bridge.freezes.lift(CAM, PRODUCTION, "test")
    assert no.value.code == Code.NOT_FOUND


async def test_a_whole_environment_takes_the_right_for_each_of_its_services(bridge: Bridge) -> None:
    with pytest.raises(Refusal) as no:
        await frozen(bridge, person=ARI)
    assert no.value.code == Code.PERMISSION_DENIED
    assert "*web*" in no.value.text
    await frozen(bridge, ONLY_API, ARI)
    assert await stopped(bridge, API)
    assert not await stopped(bridge, WEB)


async def test_exactly_what_is_named_is_lifted(bridge: Bridge) -> None:
    await frozen(bridge)
    await frozen(bridge)
    await frozen(bridge, ONLY_API)
    assert len(await bridge.freezes.lift(CAM, PRODUCTION, "test")) == 2
    assert await stopped(bridge, API)
    with pytest.raises(Refusal) as no:
        await bridge.freezes.lift(CAM, PRODUCTION, "test")
    assert no.value.code == Code.NOT_FOUND
    assert "api/production" in no.value.hint
    assert "calendar" in no.value.text


async def test_the_list_has_what_is_frozen_and_what_will_be(bridge: Bridge) -> None:
    text = (await bridge.freezes.overview()).text
    assert "Nothing is frozen." in text
    assert text.count("• *production* from") == 2, "this weekend and the next"
    await frozen(bridge, ONLY_API)
    text = (await bridge.freezes.overview()).text
    assert "• *api in production* until" in text
    assert "release week (Cam Lindqvist)" in text
    bridge.clock.passes(hours=4)
    assert "• *production* until" in (await bridge.freezes.overview()).text


@pytest.mark.parametrize(
    ("typed", "where", "rest"),
    [
        ("production until 18:00 x", Scope("", "production"), ["until", "18:00", "x"]),
        ("api production for 2h x", Scope("api", "production"), ["for", "2h", "x"]),
        ("staging api production", Scope("", "staging"), ["api", "production"]),
    ],
)
def test_where_is_an_environment_or_a_service_in_it(typed: str, where: Scope, rest: list[str]) -> None:
    found, words = scope(split(typed, "/freeze"), CATALOGUE, "/freeze")
    assert found == where
    assert [word.text for word in words] == rest


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ("", Code.MISSING_WORD, "Missing: environment"),
        ("api", Code.MISSING_WORD, "Missing: environment"),
        ("prod until 18:00 x", Code.UNKNOWN_ENVIRONMENT, "There is no environment or service `prod`"),
        ("api prod until 18:00 x", Code.UNKNOWN_ENVIRONMENT, "`api` has no environment `prod`"),
    ],
)
def test_a_place_that_there_is_none_of_is_refused(typed: str, code: Code, said: str) -> None:
    with pytest.raises(Refusal) as no:
        scope(split(typed, "/freeze"), CATALOGUE, "/freeze")
    assert no.value.code == code
    assert said in no.value.text
