"""A store on each database that there is, people with rights, and a clock that moves only when it is told to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.store import Store
from tests.databases import kinds, opened
from tests.lock.bridge import Bridge


@pytest.fixture(params=kinds())
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def store(kind: str, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(kind, tmp_path) as ready:
        yield ready


@pytest_asyncio.fixture
async def bridge(store: Store) -> Bridge:
    return await Bridge.manned(store)
