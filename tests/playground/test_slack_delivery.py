"""Delivery: three seconds, retries, duplicates, lost acknowledgements, and connections that come and go."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from playground.client import Actor, Workspace
from playground.slack import SlackWorkspace, sockets
from tests.playground.socket_line import Line


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slack gives up after a fifth of a second."""
    monkeypatch.setattr(sockets, "DEADLINE", 0.2)


async def test_a_connection_is_greeted_and_its_address_is_good_once(line: Line) -> None:
    await line.dial()
    hello = await line.next()
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"]["app_id"] == "A0QDECK"
    async with line._session.get(line.address.replace("ws", "http", 1)) as again:
        assert again.status == 401


async def test_a_late_acknowledgement_is_a_timeout_for_whoever_typed(line: Line, dana: Actor) -> None:
    await line.dial()
    answer = await dana.type("deploys", "/ship api")
    assert (answer["acked"], answer["error"]) == (False, "operation_timeout")
    assert 2_900 < answer["ack_ms"] < 3_500
    assert dana.seen()[-1] == {"type": "toast", "text": '/ship failed with the error "operation_timeout"'}


async def test_without_a_connection_a_command_fails_at_once(dana: Actor) -> None:
    answer = await dana.type("deploys", "/ship api")
    assert (answer["acked"], answer["error"]) == (False, "not_connected")
    assert "dispatch_failed" in dana.seen()[-1]["text"]


async def test_an_event_that_nobody_acknowledges_comes_again_three_times(
    line: Line, dana: Actor, people: Workspace, hurried: None
) -> None:
    direct = await dana.act("open_im", user="U0QDECK")
    await people.clock(1_000)
    await line.dial()
    await line.next()
    await dana.type(direct["channel"], "hello")
    tries = [await line.next() for _ in range(4)]
    await line.ack(tries[3])
    assert [(one["retry_attempt"], one["retry_reason"]) for one in tries] == [
        (0, ""),
        (1, "timeout"),
        (2, "timeout"),
        (3, "timeout"),
    ]
    assert len({one["payload"]["event_id"] for one in tries}) == 1
    assert len({one["envelope_id"] for one in tries}) == 4
    with pytest.raises(TimeoutError):
        await line.next(within=0.5)


async def test_an_event_sent_while_nobody_listened_arrives_as_a_retry(
    line: Line, dana: Actor, people: Workspace
) -> None:
    direct = await dana.act("open_im", user="U0QDECK")
    await dana.type(direct["channel"], "anybody there?")
    await line.dial()
    await line.next()
    await people.clock(600)
    envelope = await line.next()
    assert envelope["payload"]["event"]["text"] == "anybody there?"
    assert (envelope["retry_attempt"], envelope["retry_reason"]) == (2, "connection_failed")


async def test_each_payload_goes_to_one_of_several_connections(slack: SlackWorkspace, dana: Actor) -> None:
    async with ClientSession() as session:
        lines = [await Line(slack, session).dial() for _ in range(2)]
        assert [(await line.next())["num_connections"] for line in lines] == [1, 2]
        typing = [asyncio.create_task(dana.type("deploys", f"/ship {word}")) for word in ("a", "b")]
        heard = [await line.next() for line in lines]
        assert {one["payload"]["text"] for one in heard} == {"a", "b"}
        await lines[0].ack(heard[1])  # an acknowledgement may come back on another connection
        await lines[1].ack(heard[0])
        assert [one["acked"] for one in await asyncio.gather(*typing)] == [True, True]


async def test_the_eleventh_connection_is_one_too_many(slack: SlackWorkspace) -> None:
    async with ClientSession() as session:
        lines = [await Line(slack, session).dial() for _ in range(11)]
        assert (await lines[10].next())["reason"] == "too_many_websockets"
        assert (await lines[9].next())["type"] == "hello"


async def test_a_connection_is_warned_before_its_time_is_over(line: Line, people: Workspace) -> None:
    await line.dial("&debug_reconnects=true")
    assert (await line.next())["debug_info"]["approximate_connection_time"] == 360
    await people.clock(2_000)
    assert [(await line.next())["reason"] for _ in range(2)] == ["warning", "refresh_requested"]


async def test_bolt_reconnects_when_it_is_asked_to(
    app: AsyncApp, connected: AsyncSocketModeHandler, dana: Actor, people: Workspace
) -> None:
    @app.command("/ship")
    async def ship(ack: Any) -> None:
        await ack("still here")

    await people.fault("disconnect", reason="refresh_requested")
    await dana.wait(lambda: [one["connected"] for one in dana.changes if one["type"] == "app"][-2:] == [False, True])
    answer = await dana.type("deploys", "/ship api")
    assert answer["acked"], answer
    assert dana.seen()[-1]["text"] == "still here"


async def test_a_frozen_link_swallows_what_is_sent(line: Line, dana: Actor, people: Workspace, hurried: None) -> None:
    await line.dial()
    await line.next()
    await people.fault("freeze_socket", seconds=30)
    assert (await dana.type("deploys", "/ship lost"))["error"] == "operation_timeout"
    await people.clear_faults()
    typing = asyncio.create_task(dana.type("deploys", "/ship thawed"))
    envelope = await line.next()
    await line.ack(envelope)
    assert envelope["payload"]["text"] == "thawed"
    assert (await typing)["acked"]


async def test_a_lost_acknowledgement_is_none(line: Line, dana: Actor, people: Workspace, hurried: None) -> None:
    await line.dial()
    await line.next()
    await people.fault("drop_ack")
    typing = asyncio.create_task(dana.type("deploys", "/ship api"))
    await line.ack(await line.next())
    assert (await typing)["error"] == "operation_timeout"


async def test_an_envelope_can_come_twice_or_once_more_later(
    app: AsyncApp, connected: AsyncSocketModeHandler, dana: Actor, people: Workspace
) -> None:
    heard: list[str] = []

    @app.command("/ship")
    async def ship(ack: Any, body: Any) -> None:
        await ack()
        heard.append(body["trigger_id"])

    await people.fault("duplicate_delivery")
    await dana.type("deploys", "/ship api")
    await dana.wait(lambda: len(heard) == 2)
    await people.fault("late_delivery", seconds=0.2)
    await dana.type("deploys", "/ship api")
    await dana.wait(lambda: len(heard) == 4)
    assert heard[0] == heard[1]
    assert heard[2] == heard[3]
