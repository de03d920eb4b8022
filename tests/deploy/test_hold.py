"""A step's end: recorded once, whatever crashes; and a pause that comes in that very moment counts."""

from datetime import UTC, datetime, timedelta

from bot.deploy.hold import HELD, Hold
from bot.deploy.judging import Judging
from bot.deploy.model import Deploy, State
from bot.deploy.terms import Pace
from bot.deploy.watch import Watch
from bot.metrics.model import Gate, Limit, Outcome, Verdict
from bot.values import Progress
from docs.sample_rows import planned
from tests.deploy.conftest import Works
from tests.deploy.rows import asked, become

GATE = Gate(limits=(Limit(signal="errors", above=0.05),))


class Unseen(Watch):
    """Nobody looks at the cluster."""

    async def look(self, deploy: Deploy, epoch: int, back: bool = False) -> Progress | None:
        return None


class Pausing(Judging):
    """It passes; at the first question somebody pauses the rollout, at the second they resume it."""

    asked = 0
    period = timedelta(0)

    async def ask(self, deploy: Deploy, epoch: int, gate: Gate) -> Verdict:
        self.asked += 1
        assert deploy.id
        await self.ledger.change(deploy.id, [State.RUNNING], "", {"paused_by": "Cam" if self.asked == 1 else ""})
        return Verdict(outcome=Outcome.PASS, at=datetime.now(UTC))


async def standing(works: Works) -> tuple[int, int]:
    """The number and the epoch of a deploy that stands at a step with a gate, whose time is over."""
    row = planned(State.RUNNING, plan={"gates": {"standard": GATE}})
    since = datetime.now(UTC) - timedelta(hours=1)
    number = await asked(works.ledger, proposal=row.proposal, step=1, step_at=since)
    await become(works.ledger, number, State.RUNNING)
    return number, (await works.ledger.begin(number)).epoch


async def test_a_pause_while_the_gate_is_asked_keeps_the_step(works: Works) -> None:
    watch = Unseen(works.ledger, works.watch.outside, Pace(poll=0.01))
    judging = Pausing(works.ledger, works.before.terms, works.watch.outside, watch)
    hold = Hold(works.ledger, works.before.terms, works.watch.outside, watch, judging)
    number, epoch = await standing(works)
    assert (await hold.step(number, epoch))["phase"] == HELD
    assert judging.asked == 3, "passed and paused; paused and resumed; passed"
