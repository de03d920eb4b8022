"""Standing still and looking: at a step of a rollout, and in the watch window after it.

Long steps of the flow that only look. They begin anew after a crash: all that they know stands in the row.
"""

import asyncio
from datetime import UTC, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deploy.judging import Judging
from bot.deploy.ledger import Ledger
from bot.deploy.model import CHANGING, Deploy, State
from bot.deploy.moves import Go, Move, next_move, window_over
from bot.deploy.terms import Outside, Terms, fence
from bot.deploy.views import asks, gate_said
from bot.deploy.watch import ABORTED, Watch, outcome
from bot.durable import JSON
from bot.errors import Refusal, Unavailable
from bot.metrics.model import Gate, Verdict
from bot.values import Phase

HELD = "held"  # a step that may go on
GONE = "gone"  # somebody has ended the watch window meanwhile
UNDECIDED = "undecided"


class _Paused(Exception):
    """Somebody was faster: the step stays."""


class Hold:
    """The pauses and gates of rollouts, and their watch windows."""

    def __init__(self, ledger: Ledger, terms: Terms, outside: Outside, watch: Watch, judging: Judging) -> None:
        self.ledger, self.terms, self.outside, self.watch, self.judging = ledger, terms, outside, watch, judging

    async def step(self, deploy_id: int, epoch: int) -> dict[str, JSON]:
        """Stay at the step until it may go on or must go back."""
        verdict, asked_at = None, None
        while True:
            deploy = await self.watch.current(deploy_id, epoch)
            if deploy.aborted_by:
                return _over(ABORTED, deploy.reason)
            if deploy.step_at is None:  # a run before a crash has left it
                return _over(HELD, "")
            step = deploy.how.strategy.steps[deploy.step]
            gate = deploy.how.gate(step.gate)
            seen = await self.watch.look(deploy, epoch)
            if seen and seen.phase in (Phase.FAILED, Phase.SUPERSEDED):
                return outcome(seen)
            now = datetime.now(UTC)
            if gate and (asked_at is None or now - asked_at >= self.judging.period):
                deploy, asked_at = await self.watch.current(deploy_id, epoch), now
                verdict = await self.judging.ask(deploy, epoch, gate)
            move = next_move(deploy, step, gate, verdict, now, self.terms.waits_at_most)
            if move.go == Go.BACK:
                await self.watch.note(deploy, epoch, paused_by="")
                return _over(Phase.FAILED, move.why)
            if move.go == Go.ON and await self._left(deploy, epoch, verdict, move):
                return _over(HELD, move.why)
            if move.go == Go.ASK:
                await self._ask(deploy, epoch, move, verdict)
            await asyncio.sleep(self.watch.pace.poll)

    async def _left(self, deploy: Deploy, epoch: int, verdict: Verdict | None, move: Move) -> bool:
        """Leave the step, unless somebody has paused it while it was looked at."""
        assert deploy.id is not None

        async def leave(rows: AsyncSession, now: Deploy) -> None:
            if now.paused_by and now.promoted < now.step:
                raise _Paused
            now.paused_by, now.step_at = "", None
            if verdict:
                await self.ledger.say(rows, now, f"gate:{now.step}", gate_said(now, verdict, move.why))

        try:
            await self.ledger.change(deploy.id, CHANGING, "step", {}, epoch=epoch, also=leave)
        except _Paused:
            return False
        return True

    async def _ask(self, deploy: Deploy, epoch: int, move: Move, verdict: Verdict | None) -> None:
        """Say once per step that it waits for a person, and what for."""
        assert deploy.id is not None

        async def tell(rows: AsyncSession, now: Deploy) -> None:
            await self.ledger.say(rows, now, f"asks:{now.step}", asks(now, move.why, verdict), broadcast=True)

        await self.ledger.change(deploy.id, [*CHANGING, State.WATCHING], "", {}, epoch=epoch, also=tell)

    async def window(self, deploy_id: int, epoch: int) -> dict[str, JSON]:
        """Watch the new version until its window is over; what was kept only to go back to is let go of in time."""
        verdict, asked_at, tidied = None, None, False
        while True:
            deploy = await self.watch.current(deploy_id, epoch)
            if deploy.state != State.WATCHING:
                return _over(GONE, "")
            if deploy.aborted_by:
                return _over(ABORTED, deploy.reason)
            seen = await self.watch.look(deploy, epoch)
            if seen and seen.phase in (Phase.FAILED, Phase.SUPERSEDED):
                return outcome(seen)
            now = datetime.now(UTC)
            strategy = deploy.how.strategy
            gate = deploy.how.gate(strategy.watch)
            if gate and (asked_at is None or now - asked_at >= self.judging.period):
                asked_at = now
                verdict = await self.judging.ask(deploy, epoch, gate)
                if verdict.outcome == "fail":
                    return _over(Phase.FAILED, "it is worse than what ran before")
            over = deploy.watch_until is None or now >= deploy.watch_until
            kept = deploy.whole_at or now
            if not tidied and (over or now - kept >= strategy.warm):
                tidied = await self.tidy(deploy, epoch)
            if over and tidied:
                return await self._window_over(deploy, epoch, gate, verdict)
            await asyncio.sleep(self.watch.pace.poll)

    async def _window_over(
        self, deploy: Deploy, epoch: int, gate: Gate | None, verdict: Verdict | None
    ) -> dict[str, JSON]:
        move = window_over(verdict, gate)
        if move.go == Go.ASK:
            await self._ask(deploy, epoch, move, verdict)
            return _over(UNDECIDED, move.why)
        return _over(Phase.DONE, "")

    async def tidy(self, deploy: Deploy, epoch: int) -> bool:
        """Let go of what was kept only to go back to; whether that is done."""
        assert deploy.rolled_out is not None, "it serves"
        cause = f"tidied by Quarterdeck, deploy #{deploy.id}"
        try:
            await self.outside.targets[deploy.place].tidy(deploy.rolled_out, fence(deploy, epoch), cause)
        except Unavailable:
            return False
        except Refusal:  # somebody else has changed the place: what is left there is theirs
            return True
        return True


def _over(phase: str, text: str) -> dict[str, JSON]:
    return {"phase": str(phase), "text": text, "trouble": None}
