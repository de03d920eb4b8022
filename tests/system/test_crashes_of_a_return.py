"""kill -9 while the bot goes back, by itself or because it was asked to; and at every step of one deploy in turn."""

from pathlib import Path

import pytest

from tests.system.scenes import Approved, RolledBack, TurnedBack, enact
from tests.system.stage import Stage


@pytest.mark.timeout(180)
async def test_going_back_survives_a_kill_at_every_moment(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with Stage(tmp_path / "undisturbed") as stage:
        moments = await enact(TurnedBack(), stage)
    back = moments[moments.index("deploy.failed: in its transaction") :]
    assert len(back) > 15, "what comes before happens in every deploy"
    for number, moment in enumerate(back):
        with subtests.test(moment):
            async with Stage(tmp_path / f"{number}") as stage:
                await enact(TurnedBack(), stage, moment)


@pytest.mark.timeout(180)
async def test_a_rollback_survives_a_kill_in_every_step_and_after_it(tmp_path: Path, subtests: pytest.Subtests) -> None:
    async with Stage(tmp_path / "undisturbed") as stage:
        moments = await enact(RolledBack(), stage)
    steps = [moment for moment in moments if moment.startswith("step ") or moment == "patched"]
    assert len(steps) > 8
    for number, moment in enumerate(steps):
        with subtests.test(moment):
            async with Stage(tmp_path / f"{number}") as stage:
                await enact(RolledBack(), stage, moment)


@pytest.mark.timeout(120)
async def test_a_bot_that_dies_in_every_step_of_one_deploy_still_does_it_once(tmp_path: Path) -> None:
    async with Stage(tmp_path / "undisturbed") as stage:
        moments = await enact(Approved(), stage)
    # Of its own approval a flow may hear in one step or in the next, and after the last step it is over.
    steps = [moment for moment in moments if moment.startswith("step ")]
    deadly = [moment for moment in steps if "decided" not in moment and "finish" not in moment]
    assert len(deadly) >= 8
    async with Stage(tmp_path / "cursed") as stage:
        await enact(Approved(), stage, *deadly)
