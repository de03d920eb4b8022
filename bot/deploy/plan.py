"""Before a rollout: what would happen, who must agree, and whether that still holds when they have."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.approval.views import approval_request, decided
from bot.deploy.ledger import Ledger
from bot.deploy.model import Deploy, State
from bot.deploy.rules import passed
from bot.deploy.views import not_started, what
from bot.durable import JSON
from bot.errors import Refusal, Unavailable
from bot.lock.model import Lock
from bot.lock.rules import unlocked
from bot.people.directory import People
from bot.ports import DeployTarget
from bot.values import Check, Place, Snapshot


class Plan:
    """Steps of the flow; each may run again after a crash and then finds what it did."""

    def __init__(self, ledger: Ledger, people: People, targets: Mapping[Place, DeployTarget]) -> None:
        self.ledger, self.people, self.targets = ledger, people, targets

    async def make(self, deploy_id: int, epoch: int) -> dict[str, JSON]:
        """Look at what is there, and put the plan on the card; ask for approval where that is needed."""
        deploy = await self.ledger.get(deploy_id)
        if deploy.state != State.PLANNED:
            return _standing(deploy)
        snapshot, checks = await self._look(deploy)
        state = State.REFUSED if not passed(checks) else State.WAITING if deploy.approvals else State.RUNNING
        pinged = await self._pinged(deploy) if state == State.WAITING else []

        async def plan(rows: AsyncSession, now: Deploy) -> None:
            now.state, now.checks = state, [check.model_dump(mode="json") for check in checks]
            if snapshot:
                now.before, now.replicas = snapshot.revision.model_dump(mode="json"), snapshot.replicas
            if state == State.REFUSED:
                now.reason = "; ".join(check.text.rstrip(".") for check in checks if not check.passed)
            if state == State.RUNNING:
                now.started_at = datetime.now(UTC)
            if state == State.WAITING:
                request = approval_request(what(now), str(now.id), now.approvals, [], now.expires_at, pinged)
                await self.ledger.say(rows, now, "approval", request)

        await self.ledger.change(deploy_id, [State.PLANNED], "planned", {}, epoch=epoch, also=plan)
        return _standing(await self.ledger.get(deploy_id))

    async def _look(self, deploy: Deploy) -> tuple[Snapshot | None, list[Check]]:
        """Ask the target and the locks at once; a target that does not answer is a failed check."""
        target = self.targets[deploy.place]
        ours = [
            unlocked(await self._lock(deploy)),
            Check(name="queue", passed=True, text="no other deploy is running there"),
        ]
        try:
            snapshot, checks = await asyncio.gather(target.inspect(), target.preflight(deploy.version))
        except (Refusal, Unavailable) as no:
            return None, [Check(name="target", passed=False, text=str(no)), *ours]
        return snapshot, [*checks, *ours]

    async def _lock(self, deploy: Deploy) -> Lock | None:
        async with self.ledger.store.reading() as rows:
            return (await rows.exec(select(Lock).where(Lock.place == str(deploy.place)))).first()

    async def _pinged(self, deploy: Deploy) -> list[str]:
        try:
            return await self.people.approver_mentions(deploy.place)
        except Unavailable:
            return []  # the request must stand even if Slack can't say who is in which group

    async def decided(self, deploy_id: int, epoch: int) -> dict[str, JSON]:
        """Where the request stands; one that nobody decided in time expires here."""
        deploy = await self.ledger.get(deploy_id)
        if deploy.state == State.WAITING and deploy.expires_at <= datetime.now(UTC):

            async def close(rows: AsyncSession, now: Deploy) -> None:
                now.state, now.reason = State.EXPIRED, "nobody decided in time."
                votes = await self.ledger.votes(rows, now)
                await self.ledger.say(rows, now, "approval", decided(what(now), "*Expired*", votes))

            await self.ledger.change(deploy_id, [State.WAITING], "expired", {}, epoch=epoch, also=close)
            deploy = await self.ledger.get(deploy_id)
        return _standing(deploy)

    async def still_holds(self, deploy_id: int, epoch: int) -> bool:
        """Whether what was approved can still be done: hours may lie between the plan and the yes."""
        deploy = await self.ledger.get(deploy_id)
        if not deploy.approvals or deploy.rolled_out:
            return True
        lock, snapshot = await asyncio.gather(self._lock(deploy), self.targets[deploy.place].inspect())
        now, then = snapshot.revision, deploy.ran
        reason = "" if lock is None else unlocked(lock).text
        if then and (now.id, now.image) != (then.id, then.image):
            reason = f"what runs there has changed since the plan, from {then.version} to {now.version}: ask again"

        async def end(rows: AsyncSession, refused: Deploy) -> None:
            await self.ledger.say(rows, refused, "end", not_started(refused))

        if reason:
            values = {"state": State.REFUSED, "reason": reason, "started_at": None}
            await self.ledger.change(deploy_id, [State.RUNNING], "refused", values, epoch=epoch, also=end)
        return not reason


def _standing(deploy: Deploy) -> dict[str, JSON]:
    return {"state": str(deploy.state), "left": (deploy.expires_at - datetime.now(UTC)).total_seconds()}
