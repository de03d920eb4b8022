"""What all tests share: a fresh world, and honesty about what is missing on this machine."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.world import World


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `real` need Chromium. Without it they are left out, and said to be; in CI they fail instead."""
    if os.environ.get("CI") or shutil.which("chromium") or os.environ.get("QUARTERDECK_CHROMIUM"):
        return
    left_out = [item for item in items if item.get_closest_marker("real")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A workspace, a cluster and the bot, all new."""
    async with World(tmp_path) as fresh:
        yield fresh
