"""kill -9 at all that other strategies have of their own: steps, gates, colours, jobs, windows, queues, times."""

from pathlib import Path

import pytest

from tests.system.scenes import Scene
from tests.system.scenes_of_strategies import (
    BlueGreen,
    Canary,
    ColoursBack,
    Migrated,
    Queued,
    Recreated,
    Replicas,
    Scheduled,
    Steered,
    Watched,
)
from tests.system.sweeping import survives, usual

SCENES = (Canary, Replicas, Steered, BlueGreen, Migrated, Watched, Queued, Scheduled)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scene", SCENES)
async def test_it_survives_a_kill_at_all_that_it_has_of_its_own(
    tmp_path: Path, subtests: pytest.Subtests, scene: type[Scene]
) -> None:
    await survives(scene(), tmp_path / "stage", subtests, spared=await usual(tmp_path))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("scene", [Recreated, ColoursBack])
async def test_it_survives_being_killed_again_and_again(
    tmp_path: Path, subtests: pytest.Subtests, scene: type[Scene]
) -> None:
    await survives(scene(), tmp_path, subtests, spared=frozenset())
