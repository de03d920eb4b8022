"""One change of a place at a time, whoever asks and however many at once; tokens only ever grow."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from bot.lock.claims import claim, give_back, held_by, holds, renew
from bot.lock.model import Hold, Lock
from bot.store import Store

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PLACE = "api/production"


async def claimed(store: Store, holder: str, place: str = PLACE, now: datetime = NOW) -> Lock:
    async with store.transaction() as rows:
        return await claim(rows, place, holder, "Dana Ortiz", "deploy to v1.2", now)


async def freed(store: Store, holder: str) -> bool:
    async with store.transaction() as rows:
        return await give_back(rows, PLACE, holder)


async def test_the_second_hears_who_has_the_place_and_changes_nothing(store: Store) -> None:
    first = await claimed(store, "deploy:41")
    second = await claimed(store, "runbook:7")
    assert (first.holder, first.name, first.reason, first.at) == ("deploy:41", "Dana Ortiz", "deploy to v1.2", NOW)
    assert second == first
    assert (await claimed(store, "runbook:7", "web/production")).holder == "runbook:7"


async def test_whoever_has_it_may_ask_again(store: Store) -> None:
    first = await claimed(store, "deploy:41")
    assert await claimed(store, "deploy:41", now=NOW + timedelta(hours=1)) == first


async def test_a_place_that_is_given_back_is_free_and_only_its_holder_gives_it_back(store: Store) -> None:
    await claimed(store, "deploy:41")
    assert not await freed(store, "deploy:42")
    assert (await claimed(store, "deploy:42")).holder == "deploy:41"
    assert await freed(store, "deploy:41")
    assert not await freed(store, "deploy:41"), "it is gone already"
    async with store.transaction() as rows:
        assert await held_by(rows, PLACE) is None
    assert (await claimed(store, "deploy:42")).holder == "deploy:42"


async def test_a_person_s_lock_is_another_matter(store: Store) -> None:
    async with store.transaction() as rows:
        rows.add(Lock(place=PLACE, kind=Hold.PERSON, holder="U0CAM", name="Cam", reason="migration", at=NOW))
    assert (await claimed(store, "deploy:41")).holder == "deploy:41"
    assert await freed(store, "deploy:41")
    async with store.reading() as rows:
        assert (await rows.exec(select(Lock.holder).where(Lock.kind == Hold.PERSON))).all() == ["U0CAM"]


async def test_it_can_be_passed_on_within_one_transaction(store: Store) -> None:
    await claimed(store, "deploy:41")
    async with store.transaction() as rows:
        assert (await claim(rows, PLACE, "deploy:42", "Ari", "urgent", NOW)).holder == "deploy:41"
        assert await give_back(rows, PLACE, "deploy:41")
        assert (await claim(rows, PLACE, "deploy:42", "Ari", "urgent", NOW)).holder == "deploy:42"
    assert (await claimed(store, "deploy:41")).holder == "deploy:42"


async def test_what_is_rolled_back_was_never_taken(store: Store) -> None:
    async def falls() -> None:
        async with store.transaction() as rows:
            await claim(rows, PLACE, "deploy:41", "Dana", "", NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await falls()
    assert (await claimed(store, "deploy:42")).holder == "deploy:42"


async def test_of_fifty_at_once_on_two_replicas_one_gets_it_and_all_hear_who(store: Store) -> None:
    other = Store(store.engine.url.render_as_string(hide_password=False))
    try:
        asked = [claimed(one, f"deploy:{number}") for number, one in enumerate([store, other] * 25)]
        answers = await asyncio.gather(*asked)
    finally:
        await other.close()
    assert len({answer.holder for answer in answers}) == 1
    assert len({answer.token for answer in answers}) == 1


async def test_many_that_take_it_and_give_it_back_are_never_two_at_once_and_their_tokens_grow(store: Store) -> None:
    tokens: list[int] = []
    inside: list[str] = []

    async def work(holder: str) -> None:
        for attempt in range(1_000):
            if (await claimed(store, holder)).holder == holder:
                break
            await asyncio.sleep(0.001 * attempt)
        inside.append(holder)
        assert inside == [holder]
        tokens.append((await claimed(store, holder)).token)
        await asyncio.sleep(0)
        inside.remove(holder)
        assert await freed(store, holder)

    await asyncio.gather(*(work(f"deploy:{number}") for number in range(12)))
    assert len(tokens) == 12
    assert tokens == sorted(set(tokens))


async def test_a_token_is_greater_than_any_before_it_though_the_place_was_free_and_the_clock_went_back(
    store: Store,
) -> None:
    first = await claimed(store, "deploy:41")
    await freed(store, "deploy:41")
    second = await claimed(store, "deploy:42", now=NOW - timedelta(days=1))
    assert first.token == int(NOW.timestamp() * 1000)
    assert second.token == first.token + 1
    await freed(store, "deploy:42")
    assert (await claimed(store, "deploy:43", now=NOW + timedelta(days=1))).token > second.token


async def test_whoever_renews_shuts_out_what_works_with_the_older_token(store: Store) -> None:
    old = (await claimed(store, "deploy:41")).token
    async with store.transaction() as rows:
        assert await holds(rows, PLACE, "deploy:41", old)
        new = await renew(rows, PLACE, "deploy:41", NOW)
    assert new is not None
    assert new > old
    async with store.transaction() as rows:
        assert not await holds(rows, PLACE, "deploy:41", old)
        assert not await holds(rows, PLACE, "deploy:42", new)
        assert await holds(rows, PLACE, "deploy:41", new)
        assert await renew(rows, PLACE, "deploy:42", NOW) is None
    await freed(store, "deploy:41")
    async with store.transaction() as rows:
        assert not await holds(rows, PLACE, "deploy:41", new)
        assert await renew(rows, PLACE, "deploy:41", NOW) is None


async def test_the_answer_stays_true_until_whoever_asked_is_done(store: Store) -> None:
    """Else what has just queued behind a change could wait for one that has ended."""
    await claimed(store, "deploy:41")
    asked, ended = asyncio.Event(), asyncio.Event()

    async def ends() -> None:
        await asked.wait()
        await freed(store, "deploy:41")
        ended.set()

    async def waits() -> None:
        async with store.transaction() as rows:
            assert (await claim(rows, PLACE, "deploy:42", "Ari", "", NOW)).holder == "deploy:41"
            asked.set()
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(ended.wait(), 0.2)

    await asyncio.gather(ends(), waits())
    assert ended.is_set()


async def test_whoever_gives_back_what_is_not_theirs_does_not_wait(store: Store) -> None:
    """A queued change that is cancelled may do so while another one is being decided about."""
    await claimed(store, "deploy:41")
    if store.sqlite:
        return  # one writer at a time, whatever they write
    async with store.transaction() as rows:
        await held_by(rows, PLACE)
        assert await asyncio.wait_for(freed(store, "deploy:42"), 5) is False
        assert (await rows.exec(select(Lock.holder).where(col(Lock.kind) == Hold.CHANGE))).all() == ["deploy:41"]
