"""Locks on each database: one holder, who is told what happens to it; and an end that comes once."""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import Code, Refusal
from bot.lock.model import Lock
from bot.store import Store
from bot.values import Person, Place
from tests.lock.bridge import CREW, NOON, Bridge
from tests.people.workspace import ARI, CAM, DANA, VIC

API = Place("api", "production")
HOUR = timedelta(hours=1)


async def taken(bridge: Bridge, person: Person = DANA, until: float | None = None) -> Lock:
    """The lock of api in production, for so many hours."""
    end = None if until is None else bridge.clock() + until * HOUR
    return await bridge.locks.take(person, "api", "production", "db migration", "test", end)


async def refused(code: Code, deed: "asyncio.Future[Lock]") -> str:
    with pytest.raises(Refusal) as no:
        await deed
    assert no.value.code == code
    return f"{no.value.text} {no.value.hint}"


def ask(bridge: Bridge, deed: str, person: Person, reason: str = "hotfix") -> "asyncio.Future[Lock]":
    """Take, steal or release it."""
    if deed == "release":
        return asyncio.ensure_future(bridge.locks.release(person, "api", "production", "test"))
    do = bridge.locks.take if deed == "take" else bridge.locks.steal
    return asyncio.ensure_future(do(person, "api", "production", reason, "test"))


async def test_a_lock_is_taken_told_and_recorded_and_so_is_its_end(bridge: Bridge) -> None:
    lock = await taken(bridge, until=2)
    assert (lock.holder, lock.name, lock.until) == ("U0DANA", "Dana Ortiz", NOON + 2 * HOUR)
    assert await bridge.locks.holding(API) == lock
    assert await bridge.locks.held() == [lock]
    await ask(bridge, "release", DANA)
    assert await bridge.locks.holding(API) is None
    assert await bridge.locks.held() == []
    closed, opened = await bridge.said()
    assert "*api/production is locked* by Dana Ortiz until <!date^" in closed
    assert "db migration" in closed
    assert "*api/production is open again:* Dana Ortiz released it." in opened
    assert await bridge.deeds() == [("U0DANA", "lock.taken", "done"), ("U0DANA", "lock.released", "done")]


async def test_somebody_else_hears_whose_it_is_and_what_to_do(bridge: Bridge) -> None:
    await taken(bridge, until=2)
    text = await refused(Code.LOCKED, ask(bridge, "take", ARI))
    assert "is locked by Dana Ortiz until" in text
    assert "db migration" in text
    assert "/deploy steal api production" in text
    assert len(await bridge.deeds()) == 1


async def test_whoever_has_it_may_change_its_reason_and_its_end(bridge: Bridge) -> None:
    first = await taken(bridge, until=1)
    token = first.token
    bridge.clock.passes(minutes=30)
    again = await taken(bridge, until=4)
    assert again.until == NOON + 4.5 * HOUR
    assert again.token > token
    assert [deed for _, deed, _ in await bridge.deeds()] == ["lock.taken", "lock.changed"]


async def test_only_who_has_the_right_takes_steals_or_releases(bridge: Bridge) -> None:
    assert "You may not lock" in await refused(Code.PERMISSION_DENIED, ask(bridge, "take", VIC))
    await taken(bridge)
    for deed in ("steal", "release"):
        text = await refused(Code.PERMISSION_DENIED, ask(bridge, deed, ARI))
        assert "You may not take somebody else's lock" in text
        assert "Cam Lindqvist" in text
    assert await bridge.locks.holding(API)
    denied = [(actor, outcome) for actor, _, outcome in await bridge.deeds() if outcome != "done"]
    assert denied == [(person.id, "permission_denied") for person in (VIC, ARI, ARI)]


async def test_a_stolen_lock_is_somebody_else_s_and_its_holder_is_told(bridge: Bridge) -> None:
    old = await taken(bridge)
    token = old.token
    new = await ask(bridge, "steal", CAM, "incident <!channel>")
    assert (new.holder, new.until) == ("U0CAM", None)
    assert new.token > token
    assert await bridge.said("U0DANA") == [
        "Cam Lindqvist has taken over your lock of *api/production* (db migration): incident &lt;!channel&gt;"
    ]
    assert "by Cam Lindqvist, who took it over from Dana Ortiz, until it is released" in (await bridge.said())[-1]
    assert (await bridge.deeds())[-1] == ("U0CAM", "lock.stolen", "done")
    await refused(Code.LOCKED, ask(bridge, "take", DANA))


async def test_there_must_be_something_to_steal_or_to_release(bridge: Bridge) -> None:
    assert "/deploy lock api production" in await refused(Code.NOT_FOUND, ask(bridge, "steal", CAM))
    await refused(Code.NOT_FOUND, ask(bridge, "release", CAM))
    await ask(bridge, "take", CAM)
    await refused(Code.CONFLICT, ask(bridge, "steal", CAM))


async def test_a_lock_that_somebody_else_releases_is_told_to_its_holder(bridge: Bridge) -> None:
    await taken(bridge)
    await ask(bridge, "release", CAM)
    assert "released the lock of Dana Ortiz" in (await bridge.said())[-1]
    assert await bridge.said("U0DANA") == ["Cam Lindqvist has released your lock of *api/production* (db migration)."]


async def test_an_unknown_place_can_t_be_locked(bridge: Bridge) -> None:
    with pytest.raises(Refusal) as no:
        await bridge.locks.take(DANA, "api", "product", "x", "test")
    assert no.value.code == Code.UNKNOWN_ENVIRONMENT


async def test_of_fifty_who_lock_at_once_on_two_replicas_one_has_it(bridge: Bridge) -> None:
    other = await Bridge.manned(Store(bridge.store.engine.url.render_as_string(hide_password=False)))
    crew = [Person(id=who, name=who) for who in CREW]
    asked = [taken(one, who) for who, one in zip(crew, [bridge, other] * 25, strict=True)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    await other.store.close()
    won = [one for one in outcomes if isinstance(one, Lock)]
    lost = [one for one in outcomes if isinstance(one, Refusal)]
    assert [len(won), len(lost)] == [1, 49]
    assert {no.code for no in lost} == {Code.LOCKED}
    assert all(won[0].name in no.text for no in lost), "they hear who was faster"
    assert [deed for _, deed, _ in await bridge.deeds()] == ["lock.taken"]
    assert len(await bridge.said()) == 1


# Ends


async def test_the_holder_is_warned_once_and_then_it_ends_once_whatever_replicas_look(bridge: Bridge) -> None:
    other = await Bridge.manned(Store(bridge.store.engine.url.render_as_string(hide_password=False)))
    other.locks.clock = bridge.clock

    async def look() -> None:
        await asyncio.gather(*(one.locks.expire() for one in (bridge, other, bridge, other)))

    await taken(bridge, until=2)
    await look()
    bridge.clock.passes(minutes=109)
    await look()
    assert await bridge.said("U0DANA") == []
    bridge.clock.passes(minutes=1)
    await look()
    await look()
    [warning] = await bridge.said("U0DANA")
    assert warning.startswith("Your lock of *api/production* ends <!date^")
    assert '`/deploy lock api production "db migration" for 1h`' in warning
    assert await bridge.locks.holding(API)
    bridge.clock.passes(minutes=10)
    await look()
    await look()
    await other.store.close()
    assert await bridge.locks.holding(API) is None
    assert (await bridge.said())[1:] == [
        "*api/production is open again:* the lock of Dana Ortiz has ended (db migration)."
    ]
    assert await bridge.deeds() == [("U0DANA", "lock.taken", "done"), ("quarterdeck", "lock.expired", "done")]


async def test_a_lock_that_is_made_longer_is_warned_about_anew(bridge: Bridge) -> None:
    await taken(bridge, until=0.1)
    bridge.clock.passes(minutes=5)
    await bridge.locks.expire()
    await taken(bridge, until=0.1)
    await bridge.locks.expire()
    assert len(await bridge.said("U0DANA")) == 1
    bridge.clock.passes(minutes=5)
    await bridge.locks.expire()
    assert len(await bridge.said("U0DANA")) == 2


async def test_what_is_over_stops_nobody_even_before_it_was_cleared_away(bridge: Bridge) -> None:
    await taken(bridge, until=1)
    bridge.clock.passes(hours=1)
    assert await bridge.locks.holding(API) is None
    assert all(check.passed for check in await bridge.locks.checks(Place("api", "staging"), ARI, bridge.clock()))
    lock = await ask(bridge, "take", ARI)
    assert lock.holder == "U0ARI"
    assert [deed for _, deed, _ in await bridge.deeds()] == ["lock.taken", "lock.expired", "lock.taken"]


async def test_a_lock_without_an_end_does_not_end(bridge: Bridge) -> None:
    await taken(bridge)
    bridge.clock.passes(days=400)
    await bridge.locks.expire()
    assert await bridge.locks.holding(API)
    assert await bridge.said("U0DANA") == []


# Preflight


async def test_preflight_looks_at_the_lock_the_freeze_and_the_window_at_the_time_in_question(bridge: Bridge) -> None:
    await taken(bridge, until=2)

    async def found(person: Person, hours: float) -> dict[str, bool]:
        checks = await bridge.locks.checks(API, person, NOON + hours * HOUR, windows_only=True)
        return {check.name: check.passed for check in checks}

    assert await found(ARI, 0) == {"lock": False, "freeze": True, "window": False}
    assert await found(DANA, 0) == {"lock": True, "freeze": True, "window": False}
    assert await found(ARI, 2) == {"lock": True, "freeze": True, "window": False}
    assert await found(ARI, 3) == {"lock": True, "freeze": False, "window": False}, "16:00 in Berlin"
    tuesday_night = 24 * 4 + 10
    assert await found(ARI, tuesday_night) == {"lock": True, "freeze": True, "window": True}
    assert [check.name for check in await bridge.locks.checks(API, ARI, NOON)] == ["lock", "freeze"]


async def test_it_may_start_at_once_after_the_freeze_or_in_the_window(bridge: Bridge) -> None:
    assert await bridge.locks.start(API, NOON) == (NOON, "")
    after = await bridge.locks.start(API, NOON + 4 * HOUR)
    assert after == (NOON + timedelta(days=2, hours=19), "the end of the freeze (weekend)")
    night = await bridge.locks.start(API, NOON, in_window=True)
    assert night == (NOON + timedelta(days=4, hours=9), "the window night")
    assert await bridge.locks.start(Place("api", "staging"), NOON, in_window=True) is None
