"""A store on each database that there is, a workspace, and an outbox between them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.outbox import Outbox
from bot.store import Store
from tests.databases import kinds, opened
from tests.engine.outgoing import INTERVAL
from tests.engine.workspace import Office, open_office


@pytest.fixture(params=kinds())
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest_asyncio.fixture
async def store(kind: str, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(kind, tmp_path) as ready:
        yield ready


@pytest_asyncio.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as office:
        yield office


@pytest_asyncio.fixture
async def outbox(store: Store, office: Office) -> AsyncIterator[Outbox]:
    """Not started yet."""
    outbox = Outbox(store, office.slack, "us", INTERVAL)
    yield outbox
    await outbox.close()
