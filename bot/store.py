"""The database: the only module that opens a session.

Rows are the truth. State changes go through `UPDATE … WHERE state = :old` and its row count (`changed`), because a
read-modify-write loses updates silently on both databases.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Executable, event, inspect, text
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.types import TypeDecorator
from sqlmodel.ext.asyncio.session import AsyncSession

# On PostgreSQL a replica that freezes in the middle of a transaction holds the others up for ten seconds, not for ever.
SHARED = {"pool_pre_ping": True, "connect_args": {"options": "-c idle_in_transaction_session_timeout=10s"}}
HEAD = "0002"  # the newest migration; a test keeps it equal to what Alembic says


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC: SQLite gives naive ones back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database; a naive value is a bug."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: every instant has a zone")
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def async_url(url: str) -> str:
    """The URL with the driver that we use: sqlite:///x and postgresql://… as people write them."""
    parsed = make_url(url)
    driver = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
    return parsed.set(drivername=driver[parsed.get_backend_name()]).render_as_string(hide_password=False)


class Store:
    """One database, SQLite or PostgreSQL."""

    def __init__(self, url: str) -> None:
        parsed = make_url(async_url(url))
        self.sqlite = parsed.get_backend_name() == "sqlite"
        if self.sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self.engine: AsyncEngine = create_async_engine(parsed, **({} if self.sqlite else SHARED))
        if self.sqlite:
            event.listen(self.engine.sync_engine, "connect", _configure)
            event.listen(self.engine.sync_engine, "begin", _begin)
        self._sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that commits at the end, or rolls everything back when something is raised."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for looking only: on SQLite it does not wait for whoever writes."""
        async with self._sessions() as session, session.begin():
            await session.connection(execution_options={"reading": True})
            yield session

    async def current(self) -> bool:
        """Whether the schema is the one that this code was written for."""
        async with self.engine.connect() as connection:
            return await connection.run_sync(_revision) == HEAD

    async def alive(self) -> bool:
        """Whether the database answers."""
        async with self.engine.connect() as connection:
            return bool((await connection.execute(text("SELECT 1"))).scalar())

    async def close(self) -> None:
        """Give back all connections."""
        await self.engine.dispose()


async def changed(session: AsyncSession, statement: Executable) -> int:
    """Run an UPDATE, INSERT or DELETE; return how many rows it changed."""
    return (await (await session.connection()).execute(statement)).rowcount


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin ourselves, below
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reading") else "BEGIN IMMEDIATE")


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


assert sqlite3.sqlite_version_info >= (3, 35), "SQLite 3.35 or newer is needed (RETURNING)"
