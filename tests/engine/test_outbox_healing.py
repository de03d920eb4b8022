"""What was lost, doubted, deleted or refused on its way to Slack comes right by itself."""

import asyncio
import time
from datetime import UTC, datetime

import pytest

from bot.outbox import Outbox
from tests.engine.outgoing import alter, row, say, ts_of, until
from tests.engine.workspace import DEPLOYS, Office


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
