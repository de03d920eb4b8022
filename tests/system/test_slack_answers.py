"""Every Slack method that the bot uses answers that it can't, or late."""

from pathlib import Path
from typing import Any

import pytest

from tests.system.stumbling import every_method_fails_once


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("kind", "how"), [("ratelimited", {"retry_after": 1}), ("http_500", {}), ("latency", {"seconds": 0.5})]
)
async def test_the_scene_ends_right_and_says_nothing_twice(
    tmp_path: Path, subtests: pytest.Subtests, kind: str, how: dict[str, Any]
) -> None:
    await every_method_fails_once(tmp_path, subtests, kind, **how)
