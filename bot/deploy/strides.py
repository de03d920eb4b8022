"""What the steps of a rollout do to the target: reach a weight, stand there, let go of what is left over.

Steps of the flow; each may run again after a crash and then finds what it did.
"""

import asyncio
import time
from datetime import UTC, datetime

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deploy.hold import Hold
from bot.deploy.ledger import Ledger
from bot.deploy.model import Deploy, State
from bot.deploy.terms import Outside, fence
from bot.deploy.views import step_reached
from bot.deploy.watch import Watch
from bot.values import Revision

log = structlog.get_logger()


class Strides:
    """The moves of all rollouts."""

    def __init__(self, ledger: Ledger, outside: Outside, watch: Watch, hold: Hold) -> None:
        self.ledger, self.outside, self.watch, self.hold = ledger, outside, watch, hold

    async def span(self, deploy_id: int, epoch: int) -> list[int]:
        """The step to begin with (that of an older self of the flow), and how many there are."""
        deploy = await self.watch.current(deploy_id, epoch)
        return [deploy.step, 0 if deploy.wanted else len(deploy.how.strategy.steps)]

    async def touched(self, deploy_id: int, epoch: int) -> bool:
        """Whether anything has been changed yet."""
        return (await self.watch.current(deploy_id, epoch)).after is not None

    async def reach(self, deploy_id: int, epoch: int, number: int) -> None:
        """Ask the target for a step's weight; behind the last one, for the whole."""
        deploy = await self.watch.current(deploy_id, epoch)
        if deploy.aborted_by:
            return  # whoever watches sees it first
        steps = deploy.how.strategy.steps
        target, mine = self.outside.targets[deploy.place], fence(deploy, epoch)
        cause = f"{deploy.kind} to {deploy.version} by {deploy.requested_name}, Quarterdeck #{deploy.id}"
        if deploy.wanted:
            revision = await target.restore(Revision.model_validate(deploy.wanted), mine, cause)
        else:
            weight = steps[number].weight if number < len(steps) else 100
            revision = await target.apply(deploy.how.change(weight), mine, cause)

        async def note(rows: AsyncSession, now: Deploy) -> None:
            now.step_at = now.step_at if now.step == number and now.step_at else datetime.now(UTC)
            now.step, now.verdict = number, now.verdict if now.step == number else None
            now.after = revision.model_dump(mode="json")

        # A run after a crash takes its fence over, but what was recorded before the crash is recorded once.
        action = "" if deploy.rolled_out == revision else "applied"
        await self.ledger.change(deploy_id, [State.RUNNING], action, {}, epoch=epoch, also=note)

    async def stand(self, deploy_id: int, epoch: int) -> None:
        """The weight is reached: from now on the step's time counts, and what is measured."""

        async def note(rows: AsyncSession, now: Deploy) -> None:
            now.step_at = datetime.now(UTC)
            await self.ledger.say(rows, now, f"step:{now.step}", step_reached(now))

        await self.ledger.change(deploy_id, [State.RUNNING], "", {}, epoch=epoch, also=note)

    async def tidy(self, deploy_id: int, epoch: int) -> None:
        """Let go of the copy beside it at once, where it is not kept warm; its pods take a moment to go."""
        until = time.monotonic() + self.watch.pace.patience
        deploy = await self.watch.current(deploy_id, epoch)
        while not deploy.how.strategy.warm and not await self.hold.tidy(deploy, epoch):
            if time.monotonic() > until:
                log.warning("deploy.untidy", deploy=deploy.id)  # the watch window, if there is one, tries again
                return
            await asyncio.sleep(self.watch.pace.poll)
            deploy = await self.watch.current(deploy_id, epoch)
