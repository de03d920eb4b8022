"""Messages follow their rows: in order, paced, once, whoever sends them."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.outbox import CLAIM, Outbox
from bot.post import links
from tests.engine.outgoing import INTERVAL, alter, say, ts_of, until
from tests.engine.workspace import DEPLOYS, Office


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
