"""kill -9 at every moment of a deploy: one card, one request, one rollout, one end; the buttons go on working."""

from pathlib import Path

import pytest

from tests.system.scenes import Approved
from tests.system.sweeping import survives, sweep


@pytest.mark.timeout(600)
async def test_a_deploy_survives_a_kill_at_every_moment(tmp_path: Path, subtests: pytest.Subtests) -> None:
    await sweep(Approved(), tmp_path, subtests)


@pytest.mark.timeout(600)
async def test_a_bot_that_dies_as_soon_as_it_goes_on_still_does_it_once(
    tmp_path: Path, subtests: pytest.Subtests
) -> None:
    await survives(Approved(), tmp_path, subtests, spared=frozenset())
