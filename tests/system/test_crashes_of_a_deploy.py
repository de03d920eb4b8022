"""kill -9 at every moment of a deploy: one card, one request, one rollout, one end; the buttons go on working."""

from pathlib import Path

import pytest

from tests.system.scenes import Approved, enact
from tests.system.stage import Stage


@pytest.mark.timeout(240)
async def test_a_deploy_survives_a_kill_at_every_moment(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with Stage(tmp_path / "undisturbed") as stage:
        moments = await enact(Approved(), stage)
    assert len(moments) > 25
    for number, moment in enumerate(moments):
        with subtests.test(moment):
            async with Stage(tmp_path / f"{number}") as stage:
                await enact(Approved(), stage, moment)
