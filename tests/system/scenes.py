"""The scenes in which the bot is killed, and what must be true after each of them, however often it died."""

import signal
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable

from tests.system.people import PATIENCE, approve, ask
from tests.system.proof import prove
from tests.system.stage import Stage


class Scene(ABC):
    """`runs` is the version that must run in the end, `rollouts` how many that takes; `said` and `deeds` name what
    must be posted and recorded, once each."""

    service: str
    environment: str
    state: str
    runs: str
    rollouts: int
    number = 1
    said: Iterable[str] = ("card", "end")
    deeds: Iterable[str]
    votes = 0

    async def prepare(self, stage: Stage) -> None:
        """What must have happened before, with a bot that lives."""
        del stage

    @abstractmethod
    async def play(self, stage: Stage) -> None:
        """What people do, until the card says that it is over."""

    def counted(self, stage: Stage) -> tuple[int, int]:
        """How often what runs there was changed so far, and the number of its last rollout."""
        where = self.service, self.environment
        return stage.templates(*where), stage.revisions(*where)

    async def prove(self, stage: Stage, before: tuple[int, int], lives: int) -> None:
        """Once each: card, request, rollout, end, deed; and nothing left to do. `before` is what was `counted`."""
        proof = await prove(stage.environ["DATABASE_URL"], stage.slack, self.number)
        assert (proof.deploy.state, proof.deploy.active) == (self.state, None)
        said, deeds = proof.said, proof.deeds
        resumed = Counter({key: count for key, count in said.items() if key.startswith("resumed:")})
        assert said - resumed == Counter(self.said)
        assert deeds - Counter(resumed=deeds["resumed"]) == Counter(self.deeds)
        assert resumed.total() == deeds["resumed"] < lives
        assert set(resumed.values()) <= {1}
        assert proof.votes == self.votes
        assert (proof.unsent, proof.unfinished) == ([], [])
        assert proof.broken is None
        assert stage.running(self.service, self.environment) == self.runs
        assert self.counted(stage) == tuple(count + self.rollouts for count in before)


class Approved(Scene):
    """A deploy to production that somebody else approves."""

    service, environment, state, runs, rollouts, votes = "web", "production", "succeeded", "v2.1", 1, 1
    said = ("card", "approval", "end")
    deeds = ("requested", "planned", "approved", "applied", "succeeded")

    async def play(self, stage: Stage) -> None:
        """Dana asks, Ari approves."""
        card = await ask(stage.dana, "/deploy web v2.1 production", "web v2.1 to production")
        await approve(stage.ari, card)
        await stage.dana.wait_message("deploys", "web v2.1 to production: done", within=2 * PATIENCE)
        await stage.dana.wait_message("deploys", "*Done:*", thread=card["ts"], within=PATIENCE)


class TurnedBack(Scene):
    """A version that can't be pulled: the bot goes back by itself."""

    service, environment, state, runs, rollouts = "web", "staging", "rolled_back", "v2.0", 2
    said = ("card", "alert", "end")
    deeds = ("requested", "planned", "applied", "failed", "restoring", "rolled_back")

    async def play(self, stage: Stage) -> None:
        """Dana asks."""
        card = await ask(stage.dana, "/deploy web v2.1-bad staging", "web v2.1-bad to staging")
        await stage.dana.wait_message("deploys", "staging: failed and rolled back", within=2 * PATIENCE)
        await stage.dana.wait_message("deploys", "*Rolled back:*", thread=card["ts"], within=PATIENCE)


class RolledBack(Scene):
    """A rollback to the last known good version, which needs nobody's approval."""

    service, environment, state, runs, rollouts, number = "web", "staging", "succeeded", "v2.0", 1, 2
    deeds = ("requested", "planned", "applied", "succeeded")

    async def prepare(self, stage: Stage) -> None:
        """There must be something to go back to."""
        await stage.start()
        await ask(stage.dana, "/deploy web v2.1 staging", "web v2.1 to staging: done")
        await stage.kill()

    async def play(self, stage: Stage) -> None:
        """Dana asks."""
        card = await ask(stage.dana, "/rollback web staging", "web v2.0 to staging")
        await stage.dana.wait_message("deploys", "web v2.0 to staging: done", within=2 * PATIENCE)
        await stage.dana.wait_message("deploys", "*Done:*", thread=card["ts"], within=PATIENCE)


async def enact(scene: Scene, stage: Stage, *deadly: str) -> list[str]:
    """Play it with a bot that dies at each of these moments in turn, and prove it.

    Returns the moments that came in the first life, in order.
    """
    await scene.prepare(stage)
    before = scene.counted(stage)
    await stage.start(*deadly)
    await scene.play(stage)
    assert stage.deaths == [-signal.SIGKILL] * len(deadly), f"it did not die at {deadly}"
    await scene.prove(stage, before, lives=1 + len(deadly))
    return stage.moments()
