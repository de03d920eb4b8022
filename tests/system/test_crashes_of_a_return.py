"""kill -9 while the bot goes back: by itself, because somebody aborts, or because it was asked to."""

from pathlib import Path

import pytest

from tests.system.scenes import RolledBack, Scene, TurnedBack
from tests.system.scenes_of_trouble import Aborted, MigratedBack, NotMigrated, WatchFailed, Worse, WorseReplicas
from tests.system.sweeping import survives, usual

SCENES = (TurnedBack, Worse, WorseReplicas, Aborted, WatchFailed, NotMigrated, MigratedBack)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scene", SCENES)
async def test_going_back_survives_a_kill_at_all_that_it_has_of_its_own(
    tmp_path: Path, subtests: pytest.Subtests, scene: type[Scene]
) -> None:
    await survives(scene(), tmp_path / "stage", subtests, spared=await usual(tmp_path))


@pytest.mark.timeout(600)
async def test_a_rollback_survives_being_killed_again_and_again(tmp_path: Path, subtests: pytest.Subtests) -> None:
    await survives(RolledBack(), tmp_path, subtests, spared=frozenset())
