"""A store on each database that there is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.store import Store
from tests.databases import kinds, opened


@pytest.fixture(params=kinds())
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def store(kind: str, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(kind, tmp_path) as ready:
        yield ready
