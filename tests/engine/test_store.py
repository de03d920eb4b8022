"""The database: the schema is the code's, instants stay instants, updates are not lost."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlmodel import SQLModel, select

from bot.lock.model import Lock
from bot.migrations import migrate
from bot.migrations.tables import TABLES
from bot.store import HEAD, Store


async def test_the_migrations_make_what_the_models_say(store: Store) -> None:
    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    assert len(TABLES) == 9
    async with store.engine.connect() as connection:
        assert await connection.run_sync(difference) == []


async def test_migrating_twice_changes_nothing(store: Store) -> None:
    assert await store.current()
    assert await migrate(store) is False
    async with store.reading() as rows:
        assert (
            await (await rows.connection()).execute(text("SELECT version_num FROM alembic_version"))
        ).scalar() == HEAD


async def test_an_instant_comes_back_in_utc_whatever_zone_it_went_in_with(store: Store) -> None:
    at = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    async with store.transaction() as rows:
        rows.add(Lock(place="api/production", reason="", holder="U1", name="Dana", at=at))
    async with store.reading() as rows:
        lock = (await rows.exec(select(Lock))).one()
    assert lock.at == at
    assert lock.at.tzinfo == UTC


async def test_a_naive_instant_is_refused(store: Store) -> None:
    with pytest.raises(Exception, match="naive"):
        async with store.transaction() as rows:
            rows.add(Lock(place="x", reason="", holder="U1", name="D", at=datetime(2026, 1, 1)))  # noqa: DTZ001  # the point


async def test_a_hundred_changes_of_one_row_at_once_all_count(store: Store) -> None:
    async with store.transaction() as rows:
        rows.add(Lock(place="x", reason="", holder="U1", name="D", at=datetime.now(UTC)))

    async def add() -> None:
        async with store.transaction() as rows:
            lock = (await rows.exec(select(Lock).where(Lock.place == "x").with_for_update())).one()
            lock.reason += "x"
            rows.add(lock)

    await asyncio.gather(*(add() for _ in range(100)))
    async with store.reading() as rows:
        assert len((await rows.exec(select(Lock))).one().reason) == 100
