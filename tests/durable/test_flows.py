"""What a flow can rely on: steps once, messages in order, deadlines and errors through restarts."""

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable

import pytest

from bot.durable import JSON, Durable, Failed, patched, running, sleep, step, wait_for
from bot.errors import Code, Refusal, Unavailable
from tests.durable.conftest import Start
from tests.durable.scene import until

Calls = list[str]


@pytest.fixture
def calls() -> Calls:
    return []


def doing(calls: Calls, name: str, *errors: Exception) -> Callable[[], Awaitable[str]]:
    """A step's function that notes its call, raises `errors` one after the other, then returns its name."""
    left = list(errors)

    async def run() -> str:
        calls.append(name)
        if left:
            raise left.pop(0)
        return name

    return run


async def restarted(durable: Durable, start: Start, **flows: Callable[..., object]) -> Durable:
    await durable.close(0)
    return await start(**flows)


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
    durable = await restarted(durable, start, flow=flow)
    await durable.signal("f:1", "control", {"by": "U1"}, "k")
    assert await durable.result("f:1", 5) == [{"list": [1, 2.5, None, True], "text": "→"}, {"by": "U1"}, "f:1"]
    assert calls == ["first"]


@pytest.mark.parametrize(
    "error",
    [
        Refusal(Code.LOCKED, "`api` is locked", "ask <@U1>"),
        Refusal(Code.NOT_FOUND, "there is no `api`"),
        Unavailable("kubernetes", "503", retry_after=1.5),
        Unavailable("slack", "no answer"),
    ],
    ids=repr,
)
async def test_an_error_of_a_step_is_the_same_after_a_restart(start: Start, calls: Calls, error: Exception) -> None:
    seen: list[dict[str, object]] = []

    async def flow() -> JSON:
        try:
            await step("fails", doing(calls, "fails", error))
        except (Refusal, Unavailable) as caught:
            seen.append({"type": type(caught), "text": str(caught)} | vars(caught))
        await wait_for("control", 60)
        return None

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    await until(lambda: len(seen) == 1)
    await restarted(durable, start, flow=flow)
    await until(lambda: len(seen) == 2)
    assert seen == [{"type": type(error), "text": str(error)} | vars(error)] * 2
    assert calls == ["fails"]


async def test_an_outage_is_tried_again_not_sooner_than_the_system_said(start: Start, calls: Calls) -> None:
    out = [Unavailable("slack", "503"), Unavailable("slack", "429", retry_after=0.3)]

    async def flow() -> JSON:
        return await step("posts", doing(calls, "posts", *out), attempts=3, wait=0.05)

    durable = await start(flow=flow)
    began = time.monotonic()
    await durable.start_once("flow", "f:1")
    assert await durable.result("f:1", 5) == "posts"
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
    assert await durable.result("f:1", 5) == "slack"
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
        await durable.result("f:1", 5)
    assert calls == ["fails"]
    [record] = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert "f:1" in record.getMessage()
    assert record.exc_info
    assert record.exc_info[1] is error or isinstance(error, Refusal)


@pytest.mark.parametrize("value", [(1, 2), {1: "a"}, {"set"}, float("nan")], ids=repr)
async def test_a_step_must_return_what_json_carries(start: Start, value: object) -> None:
    async def give() -> object:
        return value

    async def flow() -> JSON:
        try:
            await step("gives", give)
        except TypeError as error:
            return str(error)
        return None

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    assert str(await durable.result("f:1", 5)).startswith("the result of step gives")


async def test_messages_come_in_the_order_in_which_they_were_sent_once_each(start: Start) -> None:
    async def flow() -> JSON:
        return [await wait_for("control", 0.5 if n == 9 else 5) for n in range(10)]

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    for n in range(9):
        await durable.signal("f:1", "control", {"n": n}, f"key {9 - n}")
        await durable.signal("f:1", "control", {"n": n, "again": True}, f"key {9 - n}")
        await durable.signal("f:1", "other", {"n": n}, f"key {9 - n}")
    assert await durable.result("f:1", 10) == [*({"n": n} for n in range(9)), None]


async def test_a_signal_that_comes_again_does_not_end_a_later_wait(start: Start) -> None:
    async def flow() -> JSON:
        return [await wait_for("control", 60), await wait_for("control", 60)]

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    await durable.signal("f:1", "control", {"n": 1}, "first click")
    await asyncio.sleep(0.1)
    await durable.signal("f:1", "control", {"n": 1}, "first click")
    await asyncio.sleep(0.1)
    await durable.signal("f:1", "control", {"n": 2}, "second click")
    assert await durable.result("f:1", 5) == [{"n": 1}, {"n": 2}]


async def test_an_abort_ends_a_long_wait_at_once(start: Start) -> None:
    ended = asyncio.Event()

    async def flow() -> JSON:
        message = await wait_for("control", 3600)
        ended.set()
        return message

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    await asyncio.sleep(0.3)
    gc.collect()  # a flow that waits is held by nobody else
    began = time.monotonic()
    await durable.signal("f:1", "control", {"action": "abort"}, "k")
    await asyncio.wait_for(ended.wait(), 5)
    assert time.monotonic() - began < 0.2


async def test_a_deadline_passes_while_nobody_runs(start: Start) -> None:
    async def flow() -> JSON:
        message = await wait_for("control", 0.8)
        await sleep(0.1)
        return message

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    began = time.monotonic()
    await asyncio.sleep(0.2)
    await durable.close()
    await asyncio.sleep(0.7)
    durable = await start(flow=flow)
    assert await durable.result("f:1", 5) is None
    assert time.monotonic() - began < 1.8


async def test_a_flow_under_way_keeps_its_old_shape_behind_patched(start: Start, calls: Calls) -> None:
    async def old() -> JSON:
        await step("check", doing(calls, "check"))
        await wait_for("control", 60)
        return "old"

    async def new() -> JSON:
        if fresh := await patched("verify first"):
            await step("verify", doing(calls, "verify"))
        await step("check", doing(calls, "check"))
        await wait_for("control", 60)
        return "new" if fresh else "old"

    durable = await start(flow=old)
    await durable.start_once("flow", "under way")
    await until(lambda: calls == ["check"])
    durable = await restarted(durable, start, flow=new)
    await durable.start_once("flow", "later")
    await until(lambda: calls == ["check", "verify", "check"])
    durable = await restarted(durable, start, flow=new)
    for id in ("under way", "later"):
        await durable.signal(id, "control", {}, "go on")
    assert [await durable.result(id, 5) for id in ("under way", "later")] == ["old", "new"]
    assert calls == ["check", "verify", "check"]


async def test_a_change_of_shape_without_patched_fails_and_says_so(start: Start, calls: Calls) -> None:
    async def old() -> JSON:
        await step("check", doing(calls, "check"))
        return await wait_for("control", 60)

    async def new() -> JSON:
        return await step("verify", doing(calls, "verify"))

    durable = await start(flow=old)
    await durable.start_once("flow", "f:1")
    await until(lambda: bool(calls))
    durable = await restarted(durable, start, flow=new)
    with pytest.raises(Failed, match="DBOSUnexpectedStepError"):
        await durable.result("f:1", 5)
    assert calls == ["check"]


async def test_steps_and_waits_work_only_inside_of_a_flow(start: Start, calls: Calls) -> None:
    for outside in (step("s", doing(calls, "s")), wait_for("t", 1), sleep(1), patched("p")):
        with pytest.raises(RuntimeError, match="only inside of a flow"):
            await outside
    assert running() is None

    async def nested() -> None:
        await step("inner", doing(calls, "inner"))

    async def flow() -> JSON:
        await step("outer", nested)
        return None

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    with pytest.raises(Failed, match="steps don't nest"):
        await durable.result("f:1", 5)
    assert calls == []


async def test_a_step_can_start_and_signal_other_flows(start: Start) -> None:
    async def child(n: int) -> JSON:
        return [n, await wait_for("control", 60)]

    async def call() -> bool:
        started = await durable.start_once("child", "c:1", 7)
        await durable.signal("c:1", "control", {"from": running()}, "k")
        return started

    async def parent() -> JSON:
        return [await step("starts", call), await durable.start_once("child", "c:1", 7)]

    durable = await start(parent=parent, child=child)
    await durable.start_once("parent", "p:1")
    assert await durable.result("p:1", 5) == [True, False]
    assert await durable.result("c:1", 5) == [7, {"from": "p:1"}]
