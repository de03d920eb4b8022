"""Messages follow their rows: sent once, brought up to date, healed."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import col

from bot.blocks import Message, message, section
from bot.outbox import CLAIM, Outbox
from bot.post import Post, links, put
from bot.store import Store, changed
from tests.engine.workspace import DEPLOYS, Office, open_office

INTERVAL = 0.4  # seconds


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as office:
        yield office


@pytest.fixture
async def outbox(store: Store, office: Office) -> AsyncIterator[Outbox]:
    outbox = Outbox(store, office.slack, "us", INTERVAL)
    yield outbox
    await outbox.close()


def said(text: str) -> Message:
    return message(section(text))


async def say(
    outbox: Outbox, key: str, text: str, *, parent: str = "", delay: float = 0, channel: str = DEPLOYS
) -> None:
    async with outbox.store.transaction() as rows:
        await put(rows, datetime.now(UTC), key, channel, said(text), parent=parent, delay=delay)
    outbox.nudge()


async def alter(outbox: Outbox, key: str, **values: object) -> None:
    async with outbox.store.transaction() as rows:
        await changed(rows, update(Post).where(col(Post.key) == key).values(**values))


async def row(outbox: Outbox, key: str) -> Post:
    async with outbox.store.reading() as rows:
        post = await rows.get(Post, key)
    assert post
    return post


async def ts_of(outbox: Outbox, office: Office, key: str) -> str:
    """The ts of a message, once it is noted."""

    async def look() -> str:
        return (await row(outbox, key)).ts

    return str(await office.dana.wait(look))


async def until(office: Office, texts: list[str], thread: str | None = None, within: float = 5) -> None:
    async def look() -> bool:
        return await office.texts(thread) == texts

    await office.dana.wait(look, within)


# Sending


async def test_a_message_is_posted_and_then_says_what_its_row_says(outbox: Outbox, office: Office) -> None:
    outbox.start()
    await say(outbox, "a", "one")
    await until(office, ["one"])
    await say(outbox, "a", "two")
    await until(office, ["two"])
    await say(outbox, "a", "two")
    await asyncio.sleep(INTERVAL + 0.1)
    assert len(await office.calls("chat.update")) == 1, "what is shown already is not sent again"
    assert len(await office.calls("chat.postMessage")) == 1


async def test_what_was_put_before_the_start_is_sent_oldest_first_lines_after_their_head(
    outbox: Outbox, office: Office
) -> None:
    for number in range(3):
        await say(outbox, f"head:{number}", f"head {number}")
        await say(outbox, f"line:{number}", f"line {number}", parent=f"head:{number}")
    outbox.start()
    for number in range(3):
        await office.dana.wait_message(DEPLOYS, f"head {number}")
        head = await ts_of(outbox, office, f"head:{number}")
        await until(office, [f"line {number}"], head)


async def test_a_state_that_is_soon_replaced_passes_unseen(outbox: Outbox, office: Office) -> None:
    outbox.start()
    await say(outbox, "a", "checking", delay=0.5)
    await asyncio.sleep(0.1)
    assert await office.texts() == []
    await say(outbox, "a", "waiting")
    await until(office, ["waiting"], within=0.3)
    assert await office.calls("chat.update") == []


async def test_a_message_is_edited_once_per_interval_and_ends_with_the_last_state(
    outbox: Outbox, office: Office
) -> None:
    outbox.start()
    await say(outbox, "a", "0")
    await until(office, ["0"])
    begun = time.monotonic()
    for number in range(1, 11):
        await say(outbox, "a", str(number))
        await asyncio.sleep(0.05)
    await until(office, ["10"])
    allowed = (time.monotonic() - begun) / INTERVAL + 1
    assert 1 <= len(await office.calls("chat.update")) <= allowed


async def test_a_line_does_not_wait_behind_the_edits_of_its_head(outbox: Outbox, office: Office) -> None:
    await say(outbox, "a", "head")
    outbox.start()
    await until(office, ["head"])
    await say(outbox, "a", "head, edited")
    await say(outbox, "b", "line", parent="a")
    await until(office, ["line"], await ts_of(outbox, office, "a"), within=INTERVAL / 2)


# Healing


async def test_what_may_have_been_posted_is_looked_for_and_brought_up_to_date(outbox: Outbox, office: Office) -> None:
    await office.people.fault("reset_after", method="chat.postMessage")
    outbox.start()
    await say(outbox, "a", "one")
    await until(office, ["one"])
    await say(outbox, "a", "two")
    await until(office, ["two"])
    assert len(await office.calls("chat.postMessage")) == 1


async def test_a_deleted_message_comes_back_with_its_next_state(outbox: Outbox, office: Office) -> None:
    outbox.start()
    await say(outbox, "a", "one")
    await until(office, ["one"])
    await office.slack.call("chat.delete", channel=DEPLOYS, ts=await ts_of(outbox, office, "a"))
    await say(outbox, "a", "two")
    await until(office, ["two"])
    await say(outbox, "b", "line", parent="a")
    await until(office, ["line"], await ts_of(outbox, office, "a"))
    assert len(await office.texts()) == 1


async def test_a_line_whose_head_was_deleted_brings_it_back(outbox: Outbox, office: Office) -> None:
    outbox.start()
    await say(outbox, "a", "head")
    await office.slack.call("chat.delete", channel=DEPLOYS, ts=await ts_of(outbox, office, "a"))
    await say(outbox, "b", "line", parent="a")
    await until(office, ["head"])
    await until(office, ["line"], await ts_of(outbox, office, "a"))


async def test_what_slack_refuses_is_noted_and_holds_nobody_up(outbox: Outbox, office: Office) -> None:
    outbox.start()
    await say(outbox, "a", "nowhere", channel="C0NOWHERE")
    await say(outbox, "b", "here")
    await until(office, ["here"])
    await office.dana.wait(lambda: failed(outbox, "a", "channel_not_found"))
    await asyncio.sleep(0.3)
    assert len(await office.people.calls("chat.postMessage")) == 2, "it is not asked again at once"


async def failed(outbox: Outbox, key: str, word: str) -> bool:
    return (await row(outbox, key)).failure == word


async def test_lines_without_a_head_wait_without_asking_the_database_all_the_time(
    outbox: Outbox, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[float] = []
    look = outbox._round

    async def counted() -> float:
        rounds.append(time.monotonic())
        return await look()

    monkeypatch.setattr(outbox, "_round", counted)
    await say(outbox, "a", "head", delay=60)
    await say(outbox, "b", "line", parent="a")
    outbox.start()
    await asyncio.sleep(0.5)
    assert await office.texts() == []
    assert 1 <= len(rounds) <= 4
    await alter(outbox, "a", due_at=datetime.now(UTC))
    outbox.nudge()
    await until(office, ["head"])
    await until(office, ["line"], await ts_of(outbox, office, "a"))


async def test_the_database_may_be_away_for_a_while(
    outbox: Outbox, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as away:
        away.setattr(outbox.store, "reading", None)
        outbox.start()
        await asyncio.sleep(0.05)
    await say(outbox, "a", "one")
    await until(office, ["one"])


async def test_stopping_lets_a_message_that_is_being_posted_get_there(outbox: Outbox, office: Office) -> None:
    await office.people.fault("latency", method="chat.postMessage", seconds=0.3)
    outbox.start()
    await say(outbox, "a", "one")
    await asyncio.sleep(0.15)
    await outbox.close()
    assert (await row(outbox, "a")).ts
    assert await office.texts() == ["one"]


# Replicas


async def test_two_replicas_post_a_message_once(outbox: Outbox, office: Office) -> None:
    other = Outbox(outbox.store, office.slack, "them", INTERVAL)
    outbox.start()
    other.start()
    for number in range(8):
        await say(outbox, str(number), f"message {number}")
        other.nudge()
    await office.dana.wait(lambda: many(office, 8))
    await other.close()
    assert len(await office.calls("chat.postMessage")) == 8


async def many(office: Office, count: int) -> bool:
    return len(await office.texts()) == count


@pytest.mark.parametrize(("age", "sent"), [(CLAIM / 2, False), (CLAIM * 2, True)])
async def test_what_another_replica_has_begun_is_left_to_it_until_it_must_be_dead(
    outbox: Outbox, office: Office, age: timedelta, sent: bool
) -> None:
    await say(outbox, "a", "one")
    then = datetime.now(UTC) - age
    await alter(outbox, "a", sender="them", claimed_at=then, tried_at=then)
    outbox.start()
    await asyncio.sleep(0.3)
    assert await office.texts() == (["one"] if sent else [])


# Reading


async def test_a_message_can_be_linked_to_once_slack_has_it(outbox: Outbox, office: Office) -> None:
    await say(outbox, "a", "one")
    assert await outbox.link("a") == await outbox.link("unknown") == ""
    outbox.start()
    await until(office, ["one"])
    ts = await ts_of(outbox, office, "a")
    expected = f"{office.people.url}/archives/{DEPLOYS}/p{ts.replace('.', '')}"
    assert await outbox.link("a") == expected
    async with outbox.store.reading() as rows:
        assert await links(rows, office.slack, ["a", "unknown"]) == {"a": expected}
