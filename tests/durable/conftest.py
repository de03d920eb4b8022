"""Engines on a fresh database: a SQLite file, and PostgreSQL too where QUARTERDECK_TEST_POSTGRES names a server.

The server is a `postgresql://` URL whose user may create databases. In CI its absence fails.
"""

import asyncio
import json
import os
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.durable import JSON, Durable
from tests.durable.scene import Calls, Scene

SERVER = os.environ.get("QUARTERDECK_TEST_POSTGRES", "")
if os.environ.get("CI") and not SERVER:
    raise pytest.UsageError("QUARTERDECK_TEST_POSTGRES must name a PostgreSQL server in CI")
collect_ignore = [] if SERVER else ["test_replicas.py"]

Start = Callable[..., Awaitable[Durable]]
Spawn = Callable[..., Awaitable[asyncio.subprocess.Process]]


def statement(text: str) -> None:
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(text.encode())


def database(name: str) -> str:
    return sa.make_url(SERVER).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template() -> Iterator[str]:
    """A database that has DBOS' tables, as making them takes longer than most tests."""
    name = f"quarterdeck_{secrets.token_hex(4)}"
    statement(f"create database {name}")

    async def migrate() -> None:
        durable = Durable(database(name))
        await durable.launch()
        await durable.close()

    asyncio.run(migrate())
    yield name
    statement(f"drop database {name} with (force)")


@pytest.fixture
def postgresql(template: str) -> Iterator[str]:
    name = f"{template}_{secrets.token_hex(4)}"
    statement(f"create database {name} template {template}")
    yield database(name)
    statement(f"drop database {name} with (force)")


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/flows.db"


@pytest.fixture(params=["sqlite", "postgresql"] if SERVER else ["sqlite"])
def url(request: pytest.FixtureRequest) -> str:
    """The database of a test: parametrize it indirectly to choose one."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
async def start(url: str) -> AsyncIterator[Start]:
    """`await start(name=run, …)` launches an engine with these flows and the queue `deploys`; the end closes it."""
    engines: list[Durable] = []

    async def started(**flows: Callable[..., Awaitable[JSON]]) -> Durable:
        durable = Durable(url, poll=0.02)
        for name, run in flows.items():
            durable.flow(name, run)
        durable.queue("deploys")
        engines.append(durable)
        await durable.launch()
        return durable

    yield started
    for durable in engines:
        await durable.close(0)


@pytest.fixture
def calls() -> Calls:
    return []


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.fixture
async def survivor(url: str, scene: Scene) -> AsyncIterator[Durable]:
    """An engine of this process that knows the scene's flows, not launched yet."""
    durable = scene.register(Durable(url, poll=0.02))
    yield durable
    await durable.close(0)


@pytest.fixture
async def spawn(url: str, tmp_path: Path) -> AsyncIterator[Spawn]:
    """`await spawn(who, *starts, sweep=0.1)` runs a replica in a process of its own; the end kills it."""
    processes: list[asyncio.subprocess.Process] = []

    async def spawned(who: str, *starts: list[str], sweep: float = 0.1) -> asyncio.subprocess.Process:
        root = Path(__file__).parents[2]
        replica = [
            sys.executable,
            "-m",
            "tests.durable.worker",
            url,
            str(tmp_path),
            who,
            json.dumps(starts),
            str(sweep),
        ]
        processes.append(await asyncio.create_subprocess_exec(*replica, cwd=root))
        return processes[-1]

    yield spawned
    for process in processes:
        if process.returncode is None:
            process.kill()
        await process.wait()
