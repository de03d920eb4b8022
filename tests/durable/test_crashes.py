"""A process is killed: what it left is finished by the next, and nothing that was finished is repeated."""

import asyncio

import pytest
import sqlalchemy as sa
from dbos import DBOSClient, DBOSPortableJSONSerializer

from bot.durable import Durable, sqlite
from bot.errors import Code, Refusal
from tests.durable.conftest import Spawn
from tests.durable.scene import Scene, until


async def test_a_killed_process_is_continued_where_it_was(
    url: str, scene: Scene, spawn: Spawn, survivor: Durable
) -> None:
    first = await spawn("first", ["waits", "w:1", ""], ["is held", "h:1", "api"], ["waits", "w:2", "api"])
    await until(lambda: len(scene.lines()) == 3)
    assert sorted(scene.lines()) == ["before by first", "first by first", "held by first"]
    if url.startswith("sqlite"):
        with pytest.raises(Refusal, match=rf"flows\.db is in use by the process {first.pid}$") as refused:
            await survivor.launch()
        assert refused.value.code == Code.ALREADY_RUNNING

    first.kill()
    await first.wait()
    await asyncio.to_thread(send_while_nobody_runs, url, "w:1")
    scene.let_go()
    await survivor.launch()
    await survivor.signal("w:2", "control", {"by": "U2"}, "k")
    await survivor.adopt_orphans()  # PostgreSQL may have missed the death when we launched
    assert await survivor.result("w:1", 20) == {"by": "U1"}
    assert await survivor.result("w:2", 20) == {"by": "U2"}
    assert await survivor.result("h:1", 20) == "done"

    # The step in which it died ran again, no other; the second of the partition began when the first had ended.
    after = scene.lines()[3:]
    assert sorted(after) == ["after by test", "after by test", "before by test", "held by test", "last by test"]
    assert after.index("before by test") > after.index("last by test")


def send_while_nobody_runs(url: str, id: str) -> None:
    at = sa.make_url(url)
    is_file = at.get_backend_name() == "sqlite"
    engine = sqlite.engine(at.database or "") if is_file else sa.create_engine(at.set(drivername="postgresql+psycopg"))
    client = DBOSClient(system_database_url=url, system_database_engine=engine, serializer=DBOSPortableJSONSerializer())
    client.send(id, {"by": "U1"}, "control")
    client.destroy()
    engine.dispose()
