"""Killing the bot at the moments of a scene: at which ones, and how often in one play."""

import os
from pathlib import Path

import pytest

from tests.system.crashing import Fate, kind
from tests.system.scenes import Approved, Scene, enact
from tests.system.stage import Stage

ALL = "QUARTERDECK_TEST_ALL_MOMENTS" in os.environ  # takes half an hour
DEATHS = 9  # in one play of a sweep; after each there is time to recover
_usual: set[str] = set()


async def usual(folder: Path) -> frozenset[str]:
    """The kinds of moments of every deploy: those of a plain one, which is swept by itself."""
    if not _usual:
        async with Stage(folder / "usual") as stage:
            _usual.update(map(kind, await enact(Approved(), stage)))
    return frozenset(_usual)


async def survives(scene: Scene, folder: Path, subtests: pytest.Subtests, *, spared: frozenset[str]) -> None:
    """Play the scene with a bot that dies once at every second kind of moment, the next one as soon as it goes on, but
    for those that are `spared`; other scenes die at the other ones. With ALL sweep it instead."""
    if ALL:
        await sweep(scene, folder, subtests)
        return
    async with Stage(folder) as stage:
        await enact(scene, stage, Fate(but=spared, seed=type(scene).__name__))
        assert stage.died_at, "it has no moment of its own"


async def sweep(scene: Scene, folder: Path, subtests: pytest.Subtests) -> None:
    """Kill it at every moment: play the scene undisturbed, then with a few deaths far apart, each time at others. What
    did not come, because of a death before, is met later, in the end alone."""
    async with Stage(folder / "undisturbed") as stage:
        left = await enact(scene, stage)
    number = 0
    while left:
        number += 1
        chosen = left[:: max(1, len(left) // DEATHS)]
        with subtests.test("; ".join(chosen)):
            async with Stage(folder / f"{number}") as stage:
                await enact(scene, stage, Fate(at=frozenset(chosen)))
        died_at = set(stage.died_at) or {chosen[0]}
        left = [moment for moment in left if moment not in died_at]
