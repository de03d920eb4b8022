"""Where this machine can test: SQLite always, PostgreSQL when QUARTERDECK_TEST_POSTGRES names a server."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from bot.migrations import migrate
from bot.store import Store


def kinds() -> list[str]:
    """ "sqlite", and "postgresql" where there is a server; in CI a missing server is a failure, not an omission."""
    server = os.environ.get("QUARTERDECK_TEST_POSTGRES")
    assert server or not os.environ.get("CI"), "CI tests on PostgreSQL: set QUARTERDECK_TEST_POSTGRES"
    return ["sqlite", "postgresql"] if server else ["sqlite"]


@asynccontextmanager
async def database(kind: str, folder: Path) -> AsyncIterator[str]:
    """The URL of an empty database, gone afterwards."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'quarterdeck.db'}"
        return
    server = os.environ["QUARTERDECK_TEST_POSTGRES"]
    name = sql.Identifier(fresh := f"quarterdeck_{secrets.token_hex(6)}")
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            yield make_url(server).set(database=fresh).render_as_string(hide_password=False)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncIterator[Store]:
    """A store with the newest schema."""
    async with database(kind, folder) as url:
        store = Store(url)
        await migrate(store)
        try:
            yield store
        finally:
            await store.close()
