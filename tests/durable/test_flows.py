"""What shape a flow may have, and how it may change while flows are under way."""

import pytest

from bot.durable import JSON, Failed, patched, running, sleep, step, wait_for
from tests.durable.conftest import Start
from tests.durable.scene import Calls, doing, until


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
    await durable.close()
    durable = await start(flow=new)
    await durable.start_once("flow", "later")
    await until(lambda: calls == ["check", "verify", "check"])
    await durable.close()
    durable = await start(flow=new)
    for id in ("under way", "later"):
        await durable.signal(id, "control", {}, "go on")
    assert [await durable.result(id, 20) for id in ("under way", "later")] == ["old", "new"]
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
    await durable.close()
    durable = await start(flow=new)
    with pytest.raises(Failed, match="DBOSUnexpectedStepError"):
        await durable.result("f:1", 20)
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
        await durable.result("f:1", 20)
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
    assert await durable.result("p:1", 20) == [True, False]
    assert await durable.result("c:1", 20) == [7, {"from": "p:1"}]
