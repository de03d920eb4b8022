"""The flow of one deploy, from the plan to its end. Survives a crash at any line: every effect is idempotent."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deploy.ledger import Also, Ledger, Stale
from bot.deploy.model import ACTIVE, Deploy, State
from bot.deploy.plan import Plan
from bot.deploy.views import alert, finished, rolled_back, stuck
from bot.deploy.watch import Ask, Pace, Watch
from bot.durable import JSON, Durable, step, wait_for
from bot.errors import Refusal, Unavailable
from bot.people.directory import People
from bot.ports import DeployTarget
from bot.values import Fence, Phase, Place, Revision, Trouble

FLOW = "deploy"
CONTROL = "control"  # the topic on which a decision wakes the flow; what was decided stands in the row
ABANDONED = timedelta(minutes=1)  # a row is older than its flow by milliseconds
RETRY = 10.0  # seconds between two tries at most, when a target does not answer
T = TypeVar("T")
log = structlog.get_logger()


class Rollout:
    """Runs deploys, each as the durable flow "deploy:<id>"."""

    def __init__(
        self, ledger: Ledger, durable: Durable, people: People, targets: Mapping[Place, DeployTarget], pace: Pace
    ) -> None:
        self.ledger, self.durable, self.targets = ledger, durable, targets
        self.attempts = max(2, int(pace.patience / RETRY))
        self.plan, self.watch = Plan(ledger, people, targets), Watch(ledger, targets, pace)
        durable.flow(FLOW, self.run)

    async def start(self, deploy: Deploy) -> None:
        """Start the flow of this deploy, unless it has been started."""
        await self.durable.start_once(FLOW, deploy.subject, deploy.id)

    async def wake(self, deploy: Deploy, key: str) -> None:
        """Tell the flow that the row has changed; the same key tells it once."""
        try:
            await self.durable.signal(deploy.subject, CONTROL, {}, key)
        except Refusal:  # a crash came between the row and its flow, which reads the row when it starts
            await self.start(deploy)

    async def resume(self) -> None:
        """Start and wake what a crash left between a row and its flow. Cheap and harmless: call it now and then."""
        active = {deploy.subject: deploy for deploy in await self.ledger.active()}
        pending = set(await self.durable.pending(FLOW))
        for subject in active.keys() - pending:
            if not await self.durable.start_once(FLOW, subject, active[subject].id):
                await self._abandoned(active[subject])
        for subject in pending:  # one that is not active has ended while its flow did not hear of it
            waiting = subject in active and active[subject].state in (State.PLANNED, State.WAITING)
            if not waiting:
                await self.durable.signal(subject, CONTROL, {}, f"{subject}:wake")

    async def _abandoned(self, deploy: Deploy) -> None:
        """A row whose flow has ended without it, as after the restore of an older database, must not keep its place."""
        assert deploy.id is not None
        fresh = await self.ledger.get(deploy.id)
        if fresh.state in ACTIVE and datetime.now(UTC) - fresh.requested_at > ABANDONED:
            await self._stuck(deploy.id, fresh.epoch, "nobody follows it any more; look at what runs, and start anew")

    async def run(self, deploy_id: int) -> JSON:
        """The flow: plan, wait for approval, roll out, watch; go back when it can't succeed. Returns the last state."""
        deploy = await self.ledger.begin(deploy_id)  # no step: each run of the flow gets an epoch of its own
        try:
            return await self._run(deploy_id, deploy.epoch)
        except Stale:
            return "stale"
        except Exception:  # the place must not stay taken by a flow that is no more
            reference = f"{deploy.subject}@{deploy.epoch}"
            log.exception("deploy.bug", reference=reference)
            return await step(
                "bug", self._stuck, deploy_id, deploy.epoch, f"a bug in Quarterdeck, reference {reference}."
            )

    async def _run(self, deploy_id: int, epoch: int) -> JSON:
        stands = await step("plan", self.plan.make, deploy_id, epoch)
        while stands["state"] == State.WAITING:
            await wait_for(CONTROL, max(float(str(stands["left"])), 0.1))
            stands = await step("decided", self.plan.decided, deploy_id, epoch)
        if stands["state"] == State.ROLLING_BACK:  # a flow that was started anew: its older self had turned back
            return await self._go_back(deploy_id, epoch)
        if stands["state"] != State.RUNNING:
            return stands["state"]
        try:
            if not await self._patiently("look again", self.plan.still_holds, deploy_id, epoch):
                return State.REFUSED
            await self._patiently("roll out", self._roll_out, deploy_id, epoch)
        except (Refusal, Unavailable) as no:
            return await step("not started", self._stuck, deploy_id, epoch, f"the rollout could not be started: {no}")
        outcome = await step("watch", self.watch.until_over, deploy_id, epoch, False, looks=True)
        if outcome["phase"] == Phase.DONE:
            return await step("finish", self._finish, deploy_id, epoch)
        if outcome["phase"] == Phase.SUPERSEDED:
            return await step("superseded", self._stuck, deploy_id, epoch, str(outcome["text"]))
        await step("turn back", self._turn_back, deploy_id, epoch, outcome)
        return await self._go_back(deploy_id, epoch)

    async def _go_back(self, deploy_id: int, epoch: int) -> JSON:
        try:
            await self._patiently("restore", self._restore, deploy_id, epoch)
        except (Refusal, Unavailable) as no:
            return await step("not restored", self._stuck, deploy_id, epoch, f"going back failed: {no}")
        outcome = await step("watch restore", self.watch.until_over, deploy_id, epoch, True, looks=True)
        if outcome["phase"] == Phase.DONE:
            return await step("restored", self._restored, deploy_id, epoch)
        return await step("stuck", self._stuck, deploy_id, epoch, f"going back did not end well: {outcome['text']}")

    async def _patiently(self, name: str, ask: Ask[T], deploy_id: int, epoch: int) -> T:
        """A step that asks the target, for minutes if it does not answer."""
        return await step(name, self.watch.patiently, ask, deploy_id, epoch, attempts=self.attempts, most=RETRY)

    # During

    async def _roll_out(self, deploy_id: int, epoch: int) -> None:
        deploy = await self.ledger.get(deploy_id)
        target, fence = self.targets[deploy.place], _fence(deploy, epoch)
        cause = f"{deploy.kind} to {deploy.version} by {deploy.requested_name}, Quarterdeck #{deploy.id}"
        if deploy.wanted:
            revision = await target.restore(Revision.model_validate(deploy.wanted), fence, cause)
        else:
            revision = await target.apply(deploy.version, fence, cause)
        # A run after a crash takes its fence over, but what was recorded before the crash is recorded once.
        action = "" if deploy.rolled_out == revision else "applied"
        after = revision.model_dump(mode="json")
        await self.ledger.change(deploy_id, [State.RUNNING], action, {"after": after}, epoch=epoch)

    async def _restore(self, deploy_id: int, epoch: int) -> None:
        deploy = await self.ledger.get(deploy_id)
        assert deploy.ran is not None, "a rollout starts only after a look at what runs"
        fence, cause = _fence(deploy, epoch), f"rolled back by Quarterdeck, deploy #{deploy.id}"
        revision = await self.targets[deploy.place].restore(deploy.ran, fence, cause)
        action = "" if deploy.ran == revision else "restoring"
        values = {"before": revision.model_dump(mode="json"), "progress": None}
        await self.ledger.change(deploy_id, [State.ROLLING_BACK], action, values, epoch=epoch)

    async def _turn_back(self, deploy_id: int, epoch: int, outcome: dict[str, JSON]) -> None:
        trouble = Trouble.model_validate(outcome["trouble"]) if outcome["trouble"] else None

        async def warn(rows: AsyncSession, now: Deploy) -> None:
            now.state, now.reason = State.ROLLING_BACK, str(outcome["text"])
            now.failure = trouble.model_dump(mode="json") if trouble else None
            await self.ledger.say(rows, now, "alert", alert(now, trouble), broadcast=True)

        await self.ledger.change(deploy_id, [State.RUNNING], "failed", {}, epoch=epoch, also=warn)

    # The end

    async def _finish(self, deploy_id: int, epoch: int) -> JSON:
        async def end(rows: AsyncSession, now: Deploy) -> None:
            await self.ledger.say(rows, now, "end", finished(now))

        return await self._end(deploy_id, epoch, {"state": State.SUCCEEDED}, end)

    async def _restored(self, deploy_id: int, epoch: int) -> JSON:
        async def end(rows: AsyncSession, now: Deploy) -> None:
            await self.ledger.say(rows, now, "end", rolled_back(now))

        return await self._end(deploy_id, epoch, {"state": State.ROLLED_BACK}, end)

    async def _stuck(self, deploy_id: int, epoch: int, why: str) -> JSON:
        async def end(rows: AsyncSession, now: Deploy) -> None:
            await self.ledger.say(rows, now, "end", stuck(now), broadcast=True)

        return await self._end(deploy_id, epoch, {"state": State.FAILED, "reason": why}, end)

    async def _end(self, deploy_id: int, epoch: int, values: dict[str, str], also: Also) -> JSON:
        """A second run of an end finds it ended and changes nothing."""
        await self.ledger.change(deploy_id, ACTIVE, values["state"], values, epoch=epoch, also=also)
        return (await self.ledger.get(deploy_id)).state


def _fence(deploy: Deploy, epoch: int) -> Fence:
    # the number alone would come again if the database were lost
    return Fence(deploy=f"{deploy.id}-{deploy.requested_at:%Y%m%d%H%M%S}", epoch=epoch)
