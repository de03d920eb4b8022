"""Starting, queueing, stopping and forgetting flows."""

import asyncio
import logging
import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.durable import JSON, Durable, step, wait_for
from bot.errors import Code, Refusal
from tests.durable.conftest import Start
from tests.durable.scene import until, until_states


async def waits() -> JSON:
    return await wait_for("control", 60)


async def test_of_many_starts_under_one_id_one_starts_a_run(start: Start) -> None:
    runs: list[JSON] = []

    async def flow(n: int) -> JSON:
        runs.append(n)
        return n

    durable = await start(flow=flow)
    answers = await asyncio.gather(
        *(durable.start_once("flow", "f:1", n) for n in range(3)),
        *(durable.start_once("flow", "f:1", n, queue="deploys", partition="api") for n in range(3, 6)),
    )
    assert answers.count(True) == 1
    await durable.result("f:1", 20)
    assert not await durable.start_once("flow", "f:1", 9)
    await asyncio.sleep(0.2)
    assert len(runs) == 1


async def test_one_flow_of_a_partition_runs_at_a_time_also_after_a_restart(start: Start) -> None:
    durable = await start(flow=waits)
    for id, partition in (("a:1", "api"), ("a:2", "api"), ("b:1", "web")):
        began = time.monotonic()
        await durable.start_once("flow", id, queue="deploys", partition=partition)
    await until_states(durable, pending=2, enqueued=1)
    assert time.monotonic() - began < 1
    await durable.close()
    durable = await start(flow=waits)
    await until_states(durable, pending=2, enqueued=1)
    assert await durable.pending("flow") == ["a:1", "a:2", "b:1"]
    await durable.signal("a:2", "control", {}, "k")
    with pytest.raises(TimeoutError):
        await durable.result("a:2", 0.2)
    began = time.monotonic()
    await durable.signal("a:1", "control", {}, "k")
    assert await durable.result("a:2", 20) == {}
    assert time.monotonic() - began < 1
    await until_states(durable, pending=1, success=2)


async def test_what_can_not_work_is_said_at_once(start: Start) -> None:
    durable = await start(flow=waits)
    with pytest.raises(ValueError, match="needs a partition"):
        await durable.start_once("flow", "f:1", queue="deploys")
    with pytest.raises(ValueError, match="must be registered"):
        await durable.start_once("flow", "f:1", queue="rollbacks", partition="api")
    with pytest.raises(ValueError, match="no flow 'nothing'"):
        await durable.start_once("nothing", "f:1")
    for ask in (durable.signal("f:1", "control", {}, "k"), durable.result("f:1", 1)):
        with pytest.raises(Refusal, match="no flow `f:1`") as refused:
            await ask
        assert refused.value.code == Code.NOT_FOUND
    with pytest.raises(ValueError, match="sqlite:///<file> or postgresql"):
        Durable("sqlite://")
    with pytest.raises(RuntimeError, match="already launched"):
        await start(flow=waits)
    await durable.close()
    with pytest.raises(RuntimeError, match="not launched"):
        await durable.states()


async def test_close_lets_a_step_end_and_begins_no_other(start: Start) -> None:
    done: list[str] = []

    async def slowly() -> None:
        done.append("begun")
        await asyncio.sleep(0.3)
        done.append("ended")

    async def soon() -> None:
        done.append("next")

    async def flow() -> JSON:
        await step("slowly", slowly)
        await step("soon", soon)
        return None

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    await until(lambda: done == ["begun"])
    await durable.close()
    assert done == ["begun", "ended"]
    durable = await start(flow=flow)
    await durable.result("f:1", 20)
    assert done == ["begun", "ended", "next"]


async def test_close_does_not_wait_longer_than_it_was_told(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    begun: list[str] = []

    async def long() -> None:
        begun.append("begun")
        await asyncio.sleep(60)

    async def flow() -> JSON:
        await step("long", long)
        return None

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    await until(lambda: bool(begun))
    began = time.monotonic()
    await durable.close(0.1)
    assert time.monotonic() - began < 1.5
    assert "1 steps did not end" in caplog.text
    await start(flow=flow)
    await until(lambda: len(begun) == 2)


async def test_close_does_not_wait_for_a_step_that_only_looks(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    looks: list[str] = []

    async def look() -> str:
        looks.append("look")
        await asyncio.sleep(60 if len(looks) == 1 else 0)
        return "seen"

    async def flow() -> JSON:
        return await step("look", look, looks=True)

    durable = await start(flow=flow)
    await durable.start_once("flow", "f:1")
    await until(lambda: bool(looks))
    began = time.monotonic()
    await durable.close(20)
    assert time.monotonic() - began < 1.5
    assert "did not end" not in caplog.text
    durable = await start(flow=flow)
    assert await durable.result("f:1", 20) == "seen"
    assert len(looks) == 2


async def test_starting_and_stopping_with_flows_that_wait_says_nothing(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    durable = await start(flow=waits)
    for n in range(5):
        await durable.start_once("flow", f"f:{n}")
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await durable.close()
    assert time.monotonic() - began < 1
    durable = await start(flow=waits)
    assert len(await durable.pending("flow")) == 5
    await durable.signal("f:3", "control", {"n": 3}, "k")
    assert await durable.result("f:3", 20) == {"n": 3}
    await durable.close()
    assert caplog.records == []
    assert logging.getLogger("dbos").propagate
    assert [type(handler) for handler in logging.getLogger("dbos").handlers] == [logging.NullHandler]


async def test_the_loops_threads_work_after_close(start: Start) -> None:
    for _ in range(2):
        durable = await start(flow=waits)
        await durable.start_once("flow", "f:1")
        await durable.close()
        assert await asyncio.to_thread(lambda: "alive") == "alive"


async def test_a_launch_that_fails_can_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "flows.db").write_text("this is no database, but long enough to be looked at as one")
    durable = Durable(f"sqlite:///{tmp_path}/flows.db")
    with pytest.raises(Exception, match="not a database"):
        await durable.launch()
    (tmp_path / "flows.db").unlink()
    await durable.launch()
    await durable.close()


async def test_only_flows_that_finished_long_ago_are_forgotten(start: Start) -> None:
    async def ends() -> JSON:
        return "done"

    durable = await start(waits=waits, ends=ends)
    await durable.start_once("waits", "w:1")
    for n in range(3):
        await durable.start_once("ends", f"e:{n}")
        await durable.result(f"e:{n}", 20)
    assert await durable.retain(timedelta(hours=1)) == 0
    await asyncio.sleep(1.1)  # DBOS counts whole seconds on SQLite
    assert await durable.retain(timedelta()) == 3
    assert await durable.states() == {"enqueued": 0, "pending": 1, "success": 0, "error": 0}
    assert await durable.start_once("ends", "e:1")
