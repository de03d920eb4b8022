"""What we rely on in DBOS beyond its documentation. Where one fails after an upgrade, read bot/durable/host.py."""

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from dbos import _migration
from dbos._sys_db import SystemDatabase

from bot.durable import JSON, Durable, sqlite, wait_for
from tests.durable.conftest import Start
from tests.durable.scene import until_states

PYTHONS = os.environ.get("QUARTERDECK_TEST_PYTHONS", sys.executable).split(os.pathsep)


@pytest.mark.parametrize("python", PYTHONS)
def test_flows_run_under_this_python_and_its_sqlite(python: str, tmp_path: Path) -> None:
    script = """
import asyncio, sys
from bot.durable import Durable, step, wait_for

async def number():
    return 7

async def flow():
    return [await step("number", number), await wait_for("control", 10)]

async def main():
    for _ in range(2):
        durable = Durable(sys.argv[1], poll=0.02)
        durable.flow("flow", flow)
        durable.queue("deploys")
        await durable.launch()
        await durable.start_once("flow", "f:1", queue="deploys", partition="api")
        await asyncio.sleep(0.2)
        await durable.close()
    await durable.launch()
    await durable.signal("f:1", "control", {}, "k")
    assert await durable.result("f:1", 20) == [7, {}]
    await durable.close()

asyncio.run(main())
"""
    done = subprocess.run(
        [python, "-W", "error", "-c", script, f"sqlite:///{tmp_path}/flows.db"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.fixture
def as_under_python_3_12(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let DBOS write the SQL that it writes under Python 3.12 and later."""
    old, new = "(strftime('%s','now') * 1000)", "(unixepoch('subsec') * 1000)"
    if sys.version_info < (3, 12):
        assert _migration.get_sqlite_timestamp_expr() == old
        migrations = [text.replace(old, new) for text in _migration.sqlite_migrations]
        assert migrations != _migration.sqlite_migrations
        monkeypatch.setattr("dbos._sys_db_sqlite.sqlite_migrations", migrations)

        def now(_: SystemDatabase) -> sa.ColumnElement[int]:
            return sa.cast(sa.func.unixepoch("subsec") * 1000, sa.BigInteger)

        monkeypatch.setattr(SystemDatabase, "_now_ms_sql", now)
    yield
    assert _migration.get_sqlite_timestamp_expr() in (old, new)


@pytest.mark.usefixtures("as_under_python_3_12")
@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_an_old_sqlite_counts_milliseconds_under_a_new_python(start: Start, tmp_path: Path) -> None:
    durable = await start(flow=waits)
    before = time.time() * 1000
    assert await durable.start_once("flow", "f:1", queue="deploys", partition="api")
    await durable.signal("f:1", "control", {"n": 1}, "k")
    assert await durable.result("f:1", 20) == {"n": 1}
    with sqlite3.connect(tmp_path / "flows.db") as file:
        [(sent,)] = file.execute("select created_at_epoch_ms from notifications").fetchall()
    file.close()
    assert before - 1 <= sent <= time.time() * 1000 + 1
    assert sent % 1000 or before % 1000 < 1


async def waits() -> JSON:
    return await wait_for("control", 3600)


def test_sqlite_keeps_what_was_committed_through_power_loss_and_queues_writers(tmp_path: Path) -> None:
    engine = sqlite.engine(f"{tmp_path}/flows.db")
    with engine.connect() as connection:
        said = [connection.exec_driver_sql(f"pragma {name}").scalar() for name in ("journal_mode", "synchronous")]
        assert said == ["wal", 2]
        connection.exec_driver_sql("create table t (n integer)")
        connection.exec_driver_sql("insert into t values (1)")
        other = sqlite3.connect(tmp_path / "flows.db", timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("begin immediate")
        other.close()
    engine.dispose()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_flows_that_wait_ask_the_database_nothing(start: Start) -> None:
    durable = await start(flow=waits)
    launched = time.monotonic()
    for n in range(50):
        await durable.start_once("flow", f"f:{n}", queue="deploys", partition=f"{n}")
    await until_states(durable, pending=50)
    await asyncio.sleep(max(0.6, launched + 2.1 - time.monotonic()))  # the bell calms down
    asked: list[str] = []
    sa.event.listen(sa.Engine, "before_cursor_execute", note := lambda *call: asked.append(call[2]))
    try:
        await asyncio.sleep(1.5)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert not [text for text in asked if "notifications" in text]
    assert len(asked) < 20, asked
    assert asked, "this test looks at the wrong place"


async def test_what_becomes_startable_is_started_soon_also_when_the_bell_has_calmed_down(start: Start) -> None:
    durable: Durable = await start(flow=waits)
    await asyncio.sleep(2.2)
    for n in range(3):
        began = time.monotonic()
        await durable.start_once("flow", f"f:{n}", queue="deploys", partition="api")
        await durable.signal(f"f:{n}", "control", {}, "k")
        assert await durable.result(f"f:{n}", 20) == {}
        assert time.monotonic() - began < 2  # not the five seconds of an unasked look
