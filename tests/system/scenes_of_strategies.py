"""Scenes in which all goes well: canaries, two colours, a gap, a migration, a watch window, a queue, a time."""

from typing import ClassVar

from tests.system.people import approve, ask, press
from tests.system.scenes import BEGUN, LONGEST, Scene
from tests.system.stage import Stage

STEPPED = ("applied", "step", "applied", "step", "applied")  # two steps, then the whole


class Canary(Scene):
    """A canary by a route, with a gate that passes."""

    asks, ends, state, runs = "/deploy pay v5.2 routed", "done", "succeeded", "v5.2"
    rollouts: ClassVar = {"pay": 1}
    said = ("card", "plan", "step:0", "gate:0", "step:1", "end")
    deeds = (*BEGUN, *STEPPED, "serves")
    serves = 3


class Replicas(Scene):
    """A canary by the number of replicas, with a gate that passes."""

    asks, ends, state, runs = "/deploy api v1.2 replicas", "done", "succeeded", "v1.2"
    rollouts: ClassVar = {"api": 1}
    said = Canary.said
    deeds = Canary.deeds
    serves = 3


class Steered(Scene):
    """A canary that is paused, resumed and promoted by people."""

    asks, ends, state, runs = "/deploy pay v5.2 steered", "done", "succeeded", "v5.2"
    rollouts: ClassVar = {"pay": 1}
    said = ("card", "plan", "step:0", "paused", "resumed by", "promoted:0", "step:1", "end")
    may_say = ("asks:0",)
    deeds = (*BEGUN, "paused", "unpaused", "promoted", *STEPPED, "serves")
    serves = 3

    async def act(self, stage: Stage) -> None:
        """Dana pauses; Ari resumes and promotes."""
        card = await stage.dana.wait_message("deploys", f"{self.card}: rolling out, 25 %", within=LONGEST)
        await press(stage.dana, card, "Pause", "*Paused at")
        await press(stage.ari, card, "Resume", "*Resumed* by")
        await press(stage.ari, card, "Promote", "*Promoted* to")


class BlueGreen(Scene):
    """The other colour takes over."""

    asks, ends, state, runs = "/deploy cart v3.1 colours", "done", "succeeded", "v3.1"
    rollouts: ClassVar = {"cart-green": 1, "cart-blue": 0}
    said = ("card", "plan", "step:0", "end")
    deeds = (*BEGUN, "applied", "step", "applied", "serves")
    serves = 2


class ColoursBack(Scene):
    """And the first colour takes over again."""

    asks, ends, state, runs, number = "/rollback cart colours", "done", "succeeded", "v3.0", 2
    card = "cart v3.0 to colours"
    rollouts: ClassVar = {"cart-green": 0, "cart-blue": 0}
    deeds = (*BEGUN, "applied", "serves", "quarantine.put")
    serves = 2

    async def prepare(self, stage: Stage) -> None:
        """There must be something to go back to."""
        await stage.start()
        await ask(stage.dana, BlueGreen.asks, "cart v3.1 to colours: done")
        await stage.kill()


class Recreated(Scene):
    """All old ones go before a new one comes."""

    asks, ends, state, runs = "/deploy api v1.2 open --strategy recreate", "done", "succeeded", "v1.2"
    rollouts: ClassVar = {"api": 1}
    deeds = (*BEGUN, "applied", "serves")

    async def prove_cluster(self, stage: Stage, before: dict[str, tuple[int, int]]) -> None:
        """There is a gap, and no other way of strategy is left behind."""
        await super().prove_cluster(stage, before)
        assert stage.serving.fewest[self.namespace, "api"] == 0
        strategy = stage.serving.deployment(self.namespace, "api")["spec"]["strategy"]
        assert strategy["type"] == "RollingUpdate"


class Migrated(Scene):
    """A migration runs before the new version gets traffic."""

    asks, ends, state, runs = "/deploy api v1.2 migrated", "done", "succeeded", "v1.2"
    rollouts: ClassVar = {"api": 1}
    said: tuple[str, ...] = ("card", "plan", "migration:up", "end")
    deeds: tuple[str, ...] = (*BEGUN, "migrated_up", "applied", "serves")
    serves = 3
    jobs: ClassVar = ["up"]

    async def prove_cluster(self, stage: Stage, before: dict[str, tuple[int, int]]) -> None:
        """Each Job was started once."""
        await super().prove_cluster(stage, before)
        names = [name.removeprefix("api-migrate-").partition("-")[0] for name in stage.serving.jobs(self.namespace)]
        assert sorted(names) == self.jobs


class Watched(Scene):
    """The new version stands its watch window."""

    asks, ends, state, runs = "/deploy api v1.2 watched", "done, known good", "succeeded", "v1.2"
    rollouts: ClassVar = {"api": 1}
    said = ("card", "plan", "end", "good")
    deeds = (*BEGUN, "applied", "serves", "succeeded")
    serves = 3


class Queued(Scene):
    """A second deploy waits until the first one is over, and is planned then."""

    asks, ends, state, runs, number, votes = "/deploy web v2.2 production", "done", "succeeded", "v2.2", 2, 1
    rollouts: ClassVar = {"web": 1}
    said = ("card", "plan", "approval", "turn", "end")
    deeds = (*BEGUN, "turn", "approved", "applied", "serves")
    serves = 2

    async def prepare(self, stage: Stage) -> None:
        """Another one is waiting for approval."""
        await stage.start()
        await ask(stage.dana, "/deploy web v2.1 production", "web v2.1 to production: waiting")
        await stage.kill()

    async def act(self, stage: Stage) -> None:
        """The first one is cancelled when the second one waits; Ari approves that."""
        mine = await stage.dana.wait_message("deploys", f"{self.card}: queued", within=LONGEST)
        other = await stage.dana.wait_message("deploys", "web v2.1 to production: waiting", within=LONGEST)
        await press(stage.dana, other, "Cancel", "*Cancelled*")
        await approve(stage.ari, mine)


class Scheduled(Scene):
    """A deploy that waits for its time."""

    asks, ends, state, runs = '/deploy api v1.2 open --at "in 2s"', "done", "succeeded", "v1.2"
    rollouts: ClassVar = {"api": 1}
    deeds = (*BEGUN, "planned", "due", "applied", "serves")
    serves = 3
