"""The audit log: a chain that shows where it was touched."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from bot import audit
from bot.store import Store


async def deeds(store: Store, count: int) -> None:
    for number in range(count):
        async with store.transaction() as rows:
            now = datetime.now(UTC)
            await audit.record(rows, now, "U1", "deploy.requested", f"deploy:{number}", "planned", place="api", ü="ß")


async def test_an_untouched_chain_holds(store: Store) -> None:
    await deeds(store, 5)
    assert await audit.verify(store, batch=2) == (5, None)


@pytest.mark.parametrize("change", ["actor = 'U2'", "outcome = 'done'", "at = '2020-01-01 00:00:00'", "detail = '{}'"])
async def test_the_first_changed_entry_is_named(store: Store, change: str) -> None:
    await deeds(store, 4)
    async with store.transaction() as rows:
        await (await rows.connection()).execute(text(f"UPDATE audit SET {change} WHERE id = 3"))
    assert await audit.verify(store) == (2, 3)


async def test_a_removed_entry_is_noticed_at_the_next(store: Store) -> None:
    await deeds(store, 4)
    async with store.transaction() as rows:
        await (await rows.connection()).execute(text("DELETE FROM audit WHERE id = 2"))
    assert await audit.verify(store) == (1, 3)


async def test_many_writers_make_one_chain(store: Store) -> None:
    await asyncio.gather(*(deeds(store, 5) for _ in range(8)))
    assert await audit.verify(store) == (40, None)
