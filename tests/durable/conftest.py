"""Engines on a fresh database: a SQLite file, and PostgreSQL too where QUARTERDECK_TEST_POSTGRES names a server."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from bot.durable import JSON, Durable

SERVER = os.environ.get("QUARTERDECK_TEST_POSTGRES", "")

Start = Callable[..., Awaitable[Durable]]


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
