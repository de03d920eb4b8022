"""What a scene is, in which the bot is killed, and what must be true after each of them, however often it died."""

import signal
from collections import Counter
from typing import ClassVar

from tests.system.crashing import Fate
from tests.system.people import PATIENCE, approve, ask
from tests.system.proof import prove
from tests.system.stage import IMMORTAL, Stage

LONGEST = 240.0  # seconds; a bot that dies thirty times is ready thirty times
BEGUN = ("requested", "planned", "started")


class Scene:
    """`asks` is what Dana types, and `ends` what the card says in the end. `runs` is the version that must run then;
    `rollouts` names how many rollouts each Deployment sees; `said` and `deeds` name what must be posted and recorded,
    once each; `may_say` what may be, once at most. `serves` is how many pods must serve at every moment."""

    asks: str
    ends: str
    namespace = "shop-production"
    number = 1
    state: str
    runs: str
    rollouts: ClassVar[dict[str, int]]
    said: tuple[str, ...] = ("card", "plan", "end")
    may_say: tuple[str, ...] = ()
    deeds: tuple[str, ...]
    votes = 0
    serves = 0

    @property
    def service(self) -> str:
        """The service that it is about."""
        return self.asks.split()[1]

    @property
    def card(self) -> str:
        """What its card says from the beginning."""
        _, service, version, environment = self.asks.split()[:4]
        return f"{service} {version} to {environment}"

    async def prepare(self, stage: Stage) -> None:
        """What must have happened before, with a bot that lives."""
        del stage

    async def play(self, stage: Stage) -> None:
        """What people do, until the card says that it is over."""
        await ask(stage.dana, self.asks, self.card)
        await self.act(stage)
        await stage.dana.wait_message("deploys", f"{self.card}: {self.ends}", within=LONGEST)

    async def act(self, stage: Stage) -> None:
        """What people do meanwhile."""
        del stage

    def counted(self, stage: Stage) -> dict[str, tuple[int, int]]:
        """By Deployment: how often what runs there was changed so far, and the number of its last rollout."""
        at, serving = self.namespace, stage.serving
        return {name: (serving.templates(at, name), serving.revisions(at, name)) for name in self.rollouts}

    async def prove(self, stage: Stage, before: dict[str, tuple[int, int]], lives: int = 0) -> None:
        """Once each: card, request, rollout, end, deed; and nothing left to do. `before` is what was `counted`, `lives`
        how many there were, of the stage's own bot by default."""
        proof = await prove(stage.environ["DATABASE_URL"], stage.slack, self.number, within=LONGEST)
        assert (proof.deploy.state, proof.holder) == (self.state, "")
        said, deeds = proof.said, proof.deeds
        resumed = Counter({key: count for key, count in said.items() if key.startswith("resumed:")})
        more = said - resumed - Counter(self.said)
        assert said - resumed - more == Counter(self.said)
        assert more <= Counter(self.may_say)
        assert deeds - Counter(resumed=deeds["resumed"]) == Counter(self.deeds)
        assert resumed.total() == deeds["resumed"] < (lives or 1 + len(stage.deaths))
        assert set(resumed.values()) <= {1}
        assert proof.votes == self.votes
        assert (proof.unsent, proof.unfinished) == ([], [])
        assert proof.broken is None
        await self.prove_cluster(stage, before)

    async def prove_cluster(self, stage: Stage, before: dict[str, tuple[int, int]]) -> None:
        """One version and nothing else; as many rollouts as it takes; and nobody was turned away meanwhile."""
        at, serving = self.namespace, stage.serving
        await stage.dana.wait(lambda: serving.left(at, self.service) == [], within=PATIENCE)
        assert serving.running(at, self.service) == self.runs
        counts = {name: (number + before[name][0], number + before[name][1]) for name, number in self.rollouts.items()}
        assert self.counted(stage) == counts
        if self.serves:
            assert serving.fewest.get((at, self.service), self.serves) >= self.serves
            assert serving.unserved(at, self.service) == 0


class Approved(Scene):
    """A deploy to production that somebody else approves."""

    asks, ends, state, runs, votes = "/deploy web v2.1 production", "done", "succeeded", "v2.1", 1
    rollouts: ClassVar = {"web": 1}
    said = ("card", "plan", "approval", "end")
    deeds = (*BEGUN, "approved", "applied", "serves")
    serves = 2

    async def act(self, stage: Stage) -> None:
        """Ari approves."""
        await approve(stage.ari, await stage.dana.wait_message("deploys", self.card, within=LONGEST))


class TurnedBack(Scene):
    """A version that can't be pulled: the bot goes back by itself."""

    asks, ends = "/deploy web v2.1-bad staging", "failed and rolled back"
    namespace, state, runs = "shop-staging", "rolled_back", "v2.0"
    rollouts: ClassVar = {"web": 2}
    said = ("card", "plan", "alert", "end", "recovery")
    deeds = (*BEGUN, "applied", "failed", "restoring", "rolled_back", "quarantine.put", "recovery")
    serves = 1


class RolledBack(Scene):
    """A rollback to the last known good version, which needs nobody's approval."""

    asks, ends = "/rollback web staging", "done"
    namespace, state, runs, number = "shop-staging", "succeeded", "v2.0", 2
    card = "web v2.0 to staging"
    rollouts: ClassVar = {"web": 1}
    deeds = (*BEGUN, "applied", "serves", "quarantine.put")
    serves = 1

    async def prepare(self, stage: Stage) -> None:
        """There must be something to go back to."""
        await stage.start()
        await ask(stage.dana, "/deploy web v2.1 staging", "web v2.1 to staging: done")
        await stage.kill()


async def enact(scene: Scene, stage: Stage, fate: Fate = IMMORTAL) -> list[str]:
    """Play it with a bot of that fate, and prove it. Returns the moments that came in the first life, in order."""
    await scene.prepare(stage)
    before = scene.counted(stage)
    await stage.start(fate)
    await scene.play(stage)
    await scene.prove(stage, before)
    assert set(stage.deaths) <= {-signal.SIGKILL}, "nothing else ends it"
    return stage.moments()
