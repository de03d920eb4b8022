"""Replicas on PostgreSQL: the living resume the flows of the dead, and the dead that come back change nothing."""

import asyncio
import os
import signal

import psycopg
import pytest

from bot.durable import Durable
from tests.durable.conftest import Spawn
from tests.durable.scene import Scene, until, until_states


@pytest.fixture
def url(postgresql: str) -> str:
    return postgresql


async def test_a_replica_adopts_the_flows_of_a_dead_one_and_keeps_their_partition(
    scene: Scene, spawn: Spawn, survivor: Durable
) -> None:
    first = await spawn("first", ["waits", "w:1", "api"], ["waits", "w:2", "api"], ["waits", "w:3", ""])
    await until(lambda: scene.lines() == ["before by first"] * 2)
    await survivor.launch()
    assert await survivor.adopt_orphans() == 0  # it lives
    first.kill()
    await first.wait()
    await until_adopted(survivor, 2)
    await until_states(survivor, enqueued=1, pending=2)
    await asyncio.sleep(0.2)
    await until_states(survivor, enqueued=1, pending=2)
    for id in ("w:1", "w:2", "w:3"):
        await survivor.signal(id, "control", {}, "k")
        assert await survivor.result(id, 20) == {}
    assert scene.lines()[2:] == ["after by test", "before by test", "after by test", "after by test"]
    assert await survivor.adopt_orphans() == 0


async def until_adopted(survivor: Durable, wanted: int) -> None:
    adopted = 0
    for _ in range(200):
        adopted += await survivor.adopt_orphans()
        if adopted >= wanted:
            break
        await asyncio.sleep(0.02)
    assert adopted == wanted


async def test_of_two_that_adopt_at_once_one_takes_each_flow(scene: Scene, spawn: Spawn, survivor: Durable) -> None:
    first = await spawn("first", *(["waits", f"w:{n}", ""] for n in range(5)))
    second = await spawn("second")
    await until(lambda: len(scene.lines()) == 5)
    await survivor.launch()
    first.kill()
    await first.wait()
    for _ in range(20):  # while the second sweeps ten times a second
        await survivor.adopt_orphans()
        await asyncio.sleep(0.02)
    for n in range(5):
        await survivor.signal(f"w:{n}", "control", {}, "k")
        assert await survivor.result(f"w:{n}", 20) == {}
    assert second.returncode is None
    assert len(scene.lines()) == 10


@pytest.mark.parametrize("sweep", [60, 0.1], ids=["that does not look", "that looks"])
async def test_a_frozen_replica_that_comes_back_is_fenced(
    url: str, scene: Scene, spawn: Spawn, survivor: Durable, sweep: float
) -> None:
    first = await spawn("first", ["is held", "h:1", "api"], ["waits", "w:1", ""], sweep=sweep)
    await until(lambda: len(scene.lines()) == 3)
    await asyncio.sleep(0.2)  # not within a transaction, which would block us until PostgreSQL ends it
    os.kill(first.pid, signal.SIGSTOP)
    cut_leases(url)
    await survivor.launch()
    await until(lambda: scene.lines()[3:] == ["held by test"])
    scene.let_go()
    await survivor.signal("w:1", "control", {}, "k")
    assert await survivor.result("h:1", 20) == "done"
    assert await survivor.result("w:1", 20) == {}
    os.kill(first.pid, signal.SIGCONT)
    if sweep < 1:
        assert await asyncio.wait_for(first.wait(), 10) == 3
    else:  # its step under way ends, and the flow goes no further
        await asyncio.sleep(0.5)
        assert first.returncode is None
    assert sorted(scene.lines()[3:]) == ["after by test", "held by test", "last by test"]


def cut_leases(url: str) -> None:
    """End the sessions that hold a lease, as a broken network would."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(
            "select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)"
            " where locktype = 'advisory' and state = 'idle' and datname = current_database()"
        )


async def test_a_lost_lease_is_told_and_no_step_begins_any_more(url: str, scene: Scene, survivor: Durable) -> None:
    lost: list[str] = []
    survivor.on_lost = lambda: lost.append("lost")
    await survivor.launch()
    await survivor.start_once("waits", "w:1")
    await until(lambda: scene.lines() == ["before by test"])
    cut_leases(url)
    assert await survivor.adopt_orphans() == 0
    assert await survivor.adopt_orphans() == 0
    assert lost == ["lost"]
    await survivor.signal("w:1", "control", {}, "k")
    await asyncio.sleep(0.2)
    assert scene.lines() == ["before by test"]
