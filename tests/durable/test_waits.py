"""A wait ends by its message or at its deadline, whatever happens to the process meanwhile."""

import asyncio
import gc
import time
from functools import partial
from statistics import median

from bot.durable import JSON, running, sleep, wait_for
from tests.durable.conftest import Start
from tests.durable.scene import until


async def test_messages_come_in_the_order_in_which_they_were_sent_once_each(start: Start) -> None:
    async def flow() -> JSON:
        return [await wait_for("control", 0.5 if n == 9 else 5) for n in range(10)]

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    for n in range(9):
        await durable.signal("f:1", "control", {"n": n}, f"key {9 - n}")
        await durable.signal("f:1", "control", {"n": n, "again": True}, f"key {9 - n}")
        await durable.signal("f:1", "other", {"n": n}, f"key {9 - n}")
    assert await durable.result("f:1", 20) == [*({"n": n} for n in range(9)), None]


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
    assert await durable.result("f:1", 20) == [{"n": 1}, {"n": 2}]


async def test_an_abort_ends_a_long_wait_at_once(start: Start) -> None:
    ended: dict[str | None, float] = {}

    async def flow() -> JSON:
        message = await wait_for("control", 3600)
        ended[running()] = time.monotonic()
        return message

    durable = await start(flow=flow)
    ids = [f"f:{n}" for n in range(5)]
    for id in ids:
        await durable.start_once("flow", id)
    await asyncio.sleep(0.3)
    gc.collect()  # a flow that waits is held by nobody else
    took: list[float] = []
    for id in ids:
        began = time.monotonic()
        await durable.signal(id, "control", {"action": "abort"}, "k")
        await until(partial(ended.__contains__, id))
        took.append(ended[id] - began)
    assert median(took) < 0.2


async def test_a_deadline_passes_while_nobody_runs(start: Start) -> None:
    waited: list[float] = []

    async def flow() -> JSON:
        began = time.monotonic()
        message = await wait_for("control", 0.8)
        await sleep(0.8)
        waited.append(time.monotonic() - began)
        return message

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    await asyncio.sleep(0.2)
    await durable.close()
    await asyncio.sleep(0.7)
    durable = await start(flow=flow)
    assert await durable.result("f:1", 20) is None
    assert 0.8 <= waited[0] < 1.5
