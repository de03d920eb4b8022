"""A step is done once, and ends the same way however often its flow is replayed."""

import logging
import time

import pytest

from bot.durable import JSON, Failed, running, step, wait_for
from bot.errors import Code, Refusal, Unavailable
from tests.durable.conftest import Start
from tests.durable.scene import Calls, doing, until


async def test_a_restart_repeats_no_finished_step_and_keeps_what_it_returned(start: Start, calls: Calls) -> None:
    async def flow() -> JSON:
        first = await step("first", note, {"list": [1, 2.5, None, True], "text": "→"})
        return [first, await wait_for("control", 60), running()]

    async def note(value: dict[str, JSON]) -> dict[str, JSON]:
        calls.append("first")
        return value

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    await until(lambda: bool(calls))
    await durable.close()
    durable = await start(flow=flow)
    await durable.signal("f:1", "control", {"by": "U1"}, "k")
    assert await durable.result("f:1", 20) == [{"list": [1, 2.5, None, True], "text": "→"}, {"by": "U1"}, "f:1"]
    assert calls == ["first"]


async def test_an_error_of_a_step_is_the_same_after_a_restart(start: Start, calls: Calls) -> None:
    errors = [
        Refusal(Code.LOCKED, "`api` is locked", "ask <@U1>"),
        Refusal(Code.NOT_FOUND, "there is no `api`"),
        Unavailable("kubernetes", "503", retry_after=1.5),
        Unavailable("slack", "no answer"),
    ]
    seen: list[dict[str, object]] = []

    async def flow() -> JSON:
        for error in errors:
            try:
                await step("fails", doing(calls, "fails", error))
            except (Refusal, Unavailable) as caught:
                seen.append(described(caught))
        return await wait_for("control", 60)

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    await until(lambda: len(seen) == 4)
    await durable.close()
    await start(flow=flow)
    await until(lambda: len(seen) == 8)
    assert seen == [described(error) for error in errors] * 2
    assert calls == ["fails"] * 4


def described(error: Exception) -> dict[str, object]:
    return {"type": type(error), "text": str(error)} | vars(error)


async def test_an_outage_is_tried_again_not_sooner_than_the_system_said(start: Start, calls: Calls) -> None:
    out = [Unavailable("slack", "503"), Unavailable("slack", "429", retry_after=0.3)]

    async def flow() -> JSON:
        return await step("posts", doing(calls, "posts", *out), attempts=3, wait=0.05)

    durable = await start(flow=flow)
    began = time.monotonic()
    await durable.start_once("flow", "f:1")
    assert await durable.result("f:1", 20) == "posts"
    assert len(calls) == 3
    assert 0.35 <= time.monotonic() - began < 2


async def test_an_outage_that_lasts_is_raised_after_the_last_attempt(start: Start, calls: Calls) -> None:
    async def flow() -> JSON:
        try:
            await step(
                "posts", doing(calls, "posts", *[Unavailable("slack", "503")] * 9), attempts=3, wait=60, most=0.01
            )
        except Unavailable as out:
            return out.system
        return None

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    assert await durable.result("f:1", 20) == "slack"
    assert len(calls) == 3


@pytest.mark.parametrize("error", [Refusal(Code.INVALID, "no"), KeyError("bug")], ids=["a refusal", "a bug"])
async def test_neither_a_refusal_nor_a_bug_is_tried_again(
    start: Start, calls: Calls, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def flow() -> JSON:
        return await step("fails", doing(calls, "fails", error), attempts=5, wait=0.01)

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    with pytest.raises(Failed, match=f"f:1: {type(error).__name__}"):
        await durable.result("f:1", 20)
    assert calls == ["fails"]
    [record] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "f:1" in record.getMessage()
    assert record.exc_info
    assert record.exc_info[1] is error or isinstance(error, Refusal)


async def test_a_step_must_return_what_json_carries(start: Start) -> None:
    async def give(value: object) -> object:
        return value

    async def flow() -> JSON:
        said: list[str] = []
        for value in ((1, 2), {1: "a"}, {"set"}, float("nan")):
            try:
                await step("gives", give, value)
            except TypeError as error:
                said.append(str(error))
        return said

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    said = await durable.result("f:1", 20)
    assert isinstance(said, list)
    assert [str(text).startswith("the result of step gives") for text in said] == [True] * 4
