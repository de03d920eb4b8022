"""How deploys end: well, watched, turned back, restored, or in the hands of a person. Steps of the flow: a second run
of one finds it done and changes nothing."""

import asyncio
from datetime import UTC, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.blocks import Message
from bot.deploy import turns
from bot.deploy.judging import RECOVERY, Judging
from bot.deploy.ledger import Also, Ledger
from bot.deploy.model import ACTIVE, Deploy, Kind, State
from bot.deploy.quarantine import Quarantines
from bot.deploy.terms import Outside, Terms, fence
from bot.deploy.views import (
    alert,
    back_to_normal,
    finished,
    known_good,
    not_measured,
    rolled_back,
    served,
    stuck,
    way_back,
)
from bot.durable import JSON
from bot.metrics.model import Evidence, Gate, Outcome, Verdict
from bot.values import Trouble


class Ends:
    """The ends of the flow's ways."""

    def __init__(
        self, ledger: Ledger, terms: Terms, outside: Outside, quarantines: Quarantines, judging: Judging
    ) -> None:
        self.ledger, self.terms, self.outside = ledger, terms, outside
        self.quarantines, self.judging = quarantines, judging

    async def serves(self, deploy_id: int, epoch: int) -> JSON:
        """The new version serves everywhere: it is watched from now on, or known good where nobody watches."""
        begun = await self.ledger.get(deploy_id)
        window = self.terms.watched(begun)

        async def end(rows: AsyncSession, now: Deploy) -> None:
            now.whole_at = now.step_at = datetime.now(UTC)
            now.verdict, now.watch_until = None, now.whole_at + window
            now.state = State.WATCHING if window else State.SUCCEEDED
            now.good_at = None if window else now.whole_at
            if now.kind == Kind.ROLLBACK and now.ran:
                await self.quarantines.put(
                    rows, now, now.ran, f"{now.requested_name} rolled back from it", now.whole_at
                )
            if not window:
                now.ended_at = now.whole_at
            await self.ledger.say(rows, now, "end", served(now) if window else finished(now))

        await self.ledger.change(deploy_id, [State.RUNNING], "serves", {}, epoch=epoch, also=end)
        return str((await self.ledger.get(deploy_id)).state)

    async def good(self, deploy_id: int, epoch: int) -> JSON:
        """It stood its watch window: from now on it is what one goes back to."""

        async def end(rows: AsyncSession, now: Deploy) -> None:
            now.good_at = datetime.now(UTC)
            await self.ledger.say(rows, now, "good", known_good(now))

        return await self.end(deploy_id, epoch, {"state": State.SUCCEEDED}, end)

    async def undecided(self, deploy_id: int, epoch: int, why: str) -> JSON:
        """It serves, and nobody can tell whether it is good: a person may say so later."""
        return await self.end(deploy_id, epoch, {"state": State.SUCCEEDED, "reason": f"{why}."}, None)

    async def turn_back(self, deploy_id: int, epoch: int, outcome: dict[str, JSON]) -> JSON:
        """It must not stay: say why, and take the place for the way back. Where somebody else is changing the place
        already, their change goes on and this deploy is over."""
        trouble = Trouble.model_validate(outcome["trouble"]) if outcome["trouble"] else None

        async def warn(rows: AsyncSession, now: Deploy) -> None:
            at = datetime.now(UTC)
            if now.state == State.WATCHING:
                other = await turns.holding(rows, now)
                if not turns.movable(other):
                    now.state, now.reason = State.SUCCEEDED, "another change of the place had begun."
                    return
                if moved := await turns.push_in(rows, now, at):
                    await self.ledger.put_back(rows, moved)
            now.state, now.reason, now.back_at = State.ROLLING_BACK, str(outcome["text"]), at
            now.failure = trouble.model_dump(mode="json") if trouble else None
            await self.ledger.say(rows, now, "alert", alert(now, trouble), broadcast=True)
            if now.down_by:
                await self.ledger.say(rows, now, "way back", way_back(now, now.reason))

        expected = [State.RUNNING, State.WATCHING]
        await self.ledger.change(deploy_id, expected, "failed", {}, epoch=epoch, also=warn)
        return str((await self.ledger.get(deploy_id)).state)

    async def restore(self, deploy_id: int, epoch: int) -> None:
        """Ask the target for what ran before."""
        deploy = await self.ledger.get(deploy_id)
        assert deploy.ran is not None, "a rollout starts only after a look at what runs"
        cause = f"rolled back by Quarterdeck, deploy #{deploy.id}"
        revision = await self.outside.targets[deploy.place].restore(deploy.ran, fence(deploy, epoch), cause)
        action = "" if deploy.ran == revision else "restoring"
        values = {"before": revision.model_dump(mode="json"), "progress": None}
        await self.ledger.change(deploy_id, [State.ROLLING_BACK], action, values, epoch=epoch)

    async def restored(self, deploy_id: int, epoch: int) -> JSON:
        """What ran before serves again; the version is kept out from now on."""

        async def end(rows: AsyncSession, now: Deploy) -> None:
            revision = now.rolled_out
            if revision:
                await self.quarantines.put(rows, now, revision, now.reason, datetime.now(UTC))
            await self.ledger.say(rows, now, "end", rolled_back(now))

        return await self.end(deploy_id, epoch, {"state": State.ROLLED_BACK}, end)

    async def recovery(self, deploy_id: int, epoch: int) -> JSON:
        """Measure whether the service is back to normal, and say so: not to assume it is the point."""
        deploy = await self.ledger.get(deploy_id)
        if await self.ledger.said(deploy, "recovery"):
            return None
        gate = self._gate(deploy)
        if gate is None:
            await self._say_recovery(deploy_id, not_measured("the strategy names no gate for the whole service"))
            return None
        since = deploy.ended_at or datetime.now(UTC)
        verdict: Verdict | None = None
        evidence: Evidence | None = None
        for _ in range(RECOVERY):
            await asyncio.sleep(self.judging.period.total_seconds())
            verdict, evidence = await self.judging.recovered(deploy, gate, since)
            if verdict.outcome == Outcome.PASS:
                break
        assert verdict, "asked at least once"
        assert evidence, "asked at least once"
        told = back_to_normal(deploy, verdict, evidence, self.judging.units(evidence))
        await self._say_recovery(deploy_id, told)
        return str(verdict.outcome)

    async def _say_recovery(self, deploy_id: int, told: Message) -> None:
        async def tell(rows: AsyncSession, now: Deploy) -> None:
            await self.ledger.say(rows, now, "recovery", told)

        await self.ledger.change(deploy_id, [State.ROLLED_BACK], "recovery", {}, also=tell)

    def _gate(self, deploy: Deploy) -> Gate | None:
        """What tells whether the whole service is well: the limits of the watch window's gate, else of the last
        step's. Without a copy beside it there is nothing to compare."""
        how = deploy.how
        names = [how.strategy.watch, *(step.gate for step in reversed(how.strategy.steps))]
        gate = next((how.gate(name) for name in names if name), None)
        return gate.model_copy(update={"compare": (), "min_requests": 0}) if gate and gate.limits else None

    async def stuck(self, deploy_id: int, epoch: int, why: str) -> JSON:
        """It did not end well, and the bot can't mend it."""

        async def end(rows: AsyncSession, now: Deploy) -> None:
            await self.ledger.say(rows, now, "end", stuck(now), broadcast=True)

        return await self.end(deploy_id, epoch, {"state": State.FAILED, "reason": why}, end)

    async def end(self, deploy_id: int, epoch: int, values: dict[str, str], also: Also | None) -> JSON:
        """The one way to an end."""
        await self.ledger.change(deploy_id, ACTIVE, values["state"], values, epoch=epoch, also=also)
        return str((await self.ledger.get(deploy_id)).state)
