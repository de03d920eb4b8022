"""The connection of every Slack method that the bot uses breaks before or after Slack has done it, or hangs."""

from pathlib import Path

import pytest

from tests.system.stumbling import every_method_fails_once


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", ["reset_before", "reset_after", "hang"])
async def test_the_scene_ends_right_and_says_nothing_twice(
    tmp_path: Path, subtests: pytest.Subtests, kind: str
) -> None:
    await every_method_fails_once(tmp_path, subtests, kind)
