"""Scenes in which the new version does not stay: it is worse, somebody aborts it, its migration fails."""

import asyncio
from typing import ClassVar

from tests.system.people import press
from tests.system.scenes import BEGUN, LONGEST, Scene
from tests.system.scenes_of_strategies import Migrated
from tests.system.stage import Stage

BACK = ("failed", "restoring", "rolled_back", "quarantine.put", "recovery")
TURNED = ("alert", "end", "recovery")


class Worse(Scene):
    """A canary by a route that fails nine of ten requests: the gate says so."""

    asks, ends, state, runs = "/deploy pay v5.2-err90 routed", "failed and rolled back", "rolled_back", "v5.1"
    rollouts: ClassVar = {"pay": 0}
    said = ("card", "plan", "step:0", *TURNED)
    deeds = (*BEGUN, "applied", *BACK)
    serves = 3


class WorseReplicas(Scene):
    """The same by the number of replicas."""

    asks, ends, state, runs = "/deploy api v1.2-err90 replicas", "failed and rolled back", "rolled_back", "v1.1"
    rollouts: ClassVar = {"api": 0}
    said, deeds, serves = Worse.said, Worse.deeds, 3


class Aborted(Scene):
    """Two people abort at a step, of whom one is faster."""

    asks, ends, state, runs = "/deploy pay v5.2 steered", "failed and rolled back", "rolled_back", "v5.1"
    rollouts: ClassVar = {"pay": 0}
    said = ("card", "plan", "step:0", *TURNED)
    may_say = ("asks:0",)
    deeds = (*BEGUN, "applied", "aborted", *BACK)
    serves = 3

    async def act(self, stage: Stage) -> None:
        """Dana and Cam abort, both at once."""
        card = await stage.dana.wait_message("deploys", f"{self.card}: rolling out, 25 %", within=LONGEST)
        await stage.dana.wait_message("deploys", "*Step 1 of 2: 25 %", card["ts"], within=LONGEST)
        pressing = [press(one, card, "Abort and go back", "failed in steered") for one in (stage.dana, stage.cam)]
        await asyncio.gather(*pressing)


class WatchFailed(Scene):
    """It serves everywhere, and is worse than what ran before."""

    asks, ends, state, runs = "/deploy api v1.2-err90 doubted", "failed and rolled back", "rolled_back", "v1.1"
    rollouts: ClassVar = {"api": 2}
    said = ("card", "plan", "end", "alert", "recovery")
    deeds = (*BEGUN, "applied", "serves", *BACK)
    serves = 3


class NotMigrated(Migrated):
    """The migration fails: the new version gets no traffic."""

    asks, ends, state, runs = "/deploy api v1.2-badmigration migrated", "failed", "failed", "v1.1"
    rollouts: ClassVar = {"api": 0}
    deeds = (*BEGUN, "failed")


class MigratedBack(Migrated):
    """Worse, and the database has moved on: a person has the migration undone."""

    asks, ends, state, runs = "/deploy api v1.2-err90 guarded", "failed and rolled back", "rolled_back", "v1.1"
    rollouts: ClassVar = {"api": 2}
    said = ("card", "plan", "migration:up", "end", "way back", "alert", "migration:down", "recovery")
    deeds = (*BEGUN, "migrated_up", "applied", "serves", "undo_migration", "migrated_down", *BACK)
    jobs: ClassVar = ["down", "up"]

    async def act(self, stage: Stage) -> None:
        """Ari says what is to become of it."""
        card = await stage.dana.wait_message("deploys", self.card, within=LONGEST)
        asked = await stage.dana.wait_message("deploys", "The way back needs a person", card["ts"], within=LONGEST)
        await press(stage.ari, asked, "Undo it and go back", "failed in guarded", thread=card["ts"])
