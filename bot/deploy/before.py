"""Before a rollout: what would happen, who must agree, when it may start, and whether the plan still holds then.

Steps of the flow; each may run again after a crash and then finds what it did.
"""

from datetime import UTC, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.approval.review import Reviews
from bot.approval.timing import Due
from bot.approval.views import decided, voided
from bot.deploy import turns
from bot.deploy.ledger import Ledger
from bot.deploy.model import BEFORE, Deploy, State
from bot.deploy.plan import Derived, Planner
from bot.deploy.quorums import Quorums
from bot.deploy.rules import passed
from bot.deploy.terms import Terms
from bot.deploy.views import not_started, plan_message, superseded, what
from bot.durable import JSON
from bot.lock.claims import new_token

LOOKING = timedelta(seconds=15)  # between two looks at what waits for its window, or for Slack to say whom to remind


PATIENT = timedelta(minutes=1)  # whoever asks just now hears at once that the target is away


class Before:
    """From the request to the moment when the first thing is changed."""

    def __init__(self, ledger: Ledger, terms: Terms, planner: Planner, quorums: Quorums, reviews: Reviews) -> None:
        self.ledger, self.terms, self.planner = ledger, terms, planner
        self.quorums, self.reviews = quorums, reviews

    async def make(self, deploy_id: int, epoch: int) -> dict[str, JSON]:
        """Look at what is there and put the plan on the card; ask for approval where that is needed and not given.
        Raises Unavailable."""
        deploy = await self.ledger.get(deploy_id)
        if deploy.state != State.PLANNED:
            return self._standing(deploy)
        derived = await self.planner.derive(deploy)
        if derived.away and datetime.now(UTC) - deploy.requested_at > PATIENT:
            raise derived.away  # whoever has waited for a turn or a time is not sent away for a hiccup
        facts, pinged = await self.quorums.facts(deploy), await self.quorums.mentions(deploy)

        async def plan(rows: AsyncSession, now: Deploy) -> None:
            now.checks = [check.model_dump(mode="json") for check in derived.checks]
            if derived.proposal is None or derived.snapshot is None or not passed(derived.checks):
                now.state = State.REFUSED
                now.reason = "; ".join(one.text.rstrip(".") for one in derived.checks if not one.passed)
                await self.ledger.say(rows, now, "plan", plan_message(now))
                if now.proposal:  # it had been planned, and people had their say: they hear why it does not start
                    await self.ledger.say(rows, now, "end", not_started(now))
                return
            await self._replace(rows, now, derived)
            if now.emergency:
                await self._announce(rows, now)
            votes = await self.ledger.votes(rows, now)
            if self.quorums.enough(now, votes, facts):
                await self.clear(rows, now)
            else:
                now.state = State.WAITING
            await self.ledger.say(rows, now, "plan", plan_message(now))
            if now.state == State.WAITING:
                asked = self.quorums.request(now, votes, facts, pinged)
                await self.ledger.say(rows, now, f"approval:{now.plan}", asked)

        await self.ledger.change(deploy_id, [State.PLANNED], "planned", {}, epoch=epoch, also=plan)
        return self._standing(await self.ledger.get(deploy_id))

    async def _replace(self, rows: AsyncSession, now: Deploy, derived: Derived) -> None:
        """The new plan takes the old one's place; what was approved is void where they differ."""
        assert derived.proposal, "checked by the caller"
        assert derived.snapshot, "there is no proposal without one"
        old, votes = now.proposed, await self.ledger.votes(rows, now)
        now.proposal, drift = derived.proposal.model_dump(mode="json"), old.drift(derived.proposal) if old else []
        now.before, now.replicas = derived.snapshot.revision.model_dump(mode="json"), derived.snapshot.replicas
        now.approvals = derived.proposal.quorum.count
        if drift and old:
            stale = decided(what(now), "*Void*: the plan has changed", votes)
            await self.ledger.say(rows, now, f"approval:{now.plan}", stale)
            await self.ledger.say(rows, now, f"void:{derived.proposal.hash}", voided(drift, votes), broadcast=True)
        if now.plan != derived.proposal.hash:
            now.ticked, now.reminded, now.planned_at = [], "", datetime.now(UTC)
            now.expires_at = max(now.expires_at, now.planned_at + self.terms.patience(now.place))
        now.plan = derived.proposal.hash

    async def _announce(self, rows: AsyncSession, now: Deploy) -> None:
        asked, place = datetime.now(UTC), str(now.place)
        due = asked + self.terms.review_after
        await self.reviews.open(rows, now.subject, place, now.channel, now.requester, now.emergency, asked, due)

    async def clear(self, rows: AsyncSession, now: Deploy) -> None:
        """Everybody has agreed: it runs, or waits for its time or its turn. In the caller's transaction."""
        at = datetime.now(UTC)
        if not self.terms.due(now, at):
            now.state = State.SCHEDULED
        elif await turns.take(rows, now, at) is not None:
            now.state = State.QUEUED
        else:
            now.state, now.started_at = State.RUNNING, at

    async def stands(self, deploy_id: int, epoch: int) -> dict[str, JSON]:
        """Where the request stands: remind, ask others, let it expire, or give it its turn, as the time says."""
        deploy = await self.ledger.get(deploy_id)
        now = datetime.now(UTC)
        if deploy.state in BEFORE and self.until(deploy) <= now:
            await self._expire(deploy, epoch)
        elif deploy.state == State.WAITING:
            await self.quorums.remind(deploy, epoch, now)
        elif deploy.state == State.SCHEDULED and self.terms.due(deploy, now):

            async def turn(rows: AsyncSession, due: Deploy) -> None:
                due.state = State.PLANNED if await turns.take(rows, due, now) is None else State.QUEUED

            await self.ledger.change(deploy_id, [State.SCHEDULED], "due", {}, epoch=epoch, also=turn)
        return self._standing(await self.ledger.get(deploy_id))

    async def _expire(self, deploy: Deploy, epoch: int) -> None:
        assert deploy.id is not None
        why = {
            State.QUEUED: "its turn did not come in time",
            State.SCHEDULED: "it could not start in time",
        }.get(State(deploy.state), "nobody decided in time")

        async def close(rows: AsyncSession, now: Deploy) -> None:
            if now.state == State.WAITING:
                closed = decided(what(now), "*Expired*", await self.ledger.votes(rows, now))
                await self.ledger.say(rows, now, f"approval:{now.plan}", closed)
            now.state, now.reason = State.EXPIRED, f"{why}."

        await self.ledger.change(deploy.id, BEFORE, "expired", {}, epoch=epoch, also=close)

    def until(self, deploy: Deploy) -> datetime:
        """When what waits is over."""
        if deploy.state == State.WAITING:
            return min(deploy.expires_at, deploy.not_after) if deploy.not_after else deploy.expires_at
        latest = (deploy.not_before or deploy.requested_at) + self.terms.waits_at_most
        return deploy.not_after or latest

    async def still_holds(self, deploy_id: int, epoch: int) -> int:
        """Whether what was approved can still be done: hours may lie between the plan and the yes. If not, 0: it is
        planned anew, and what was said to the old plan is void. If so, the epoch to go on with, which is newer than
        that of everything that has changed the place meanwhile. Raises Unavailable."""
        deploy = await self.ledger.get(deploy_id)
        if deploy.rolled_out or deploy.step_at or deploy.state != State.RUNNING:
            return deploy.epoch
        if deploy.approvals:
            derived = await self.planner.derive(deploy)
            if derived.away:  # that is no change of plan: ask again
                raise derived.away
            same = derived.proposal is not None and derived.proposal.hash == deploy.plan
            if not (same and passed(derived.checks)):
                again = {"state": State.PLANNED, "started_at": None}
                await self.ledger.change(deploy_id, [State.RUNNING], "void", again, epoch=epoch)
                return 0
        begun = await self.ledger.change(deploy_id, [State.RUNNING], "started", {}, epoch=epoch, also=self._begin)
        return begun.epoch if begun else epoch

    async def _begin(self, rows: AsyncSession, now: Deploy) -> None:
        await self._supersede(rows, now)
        token = await new_token(rows, str(now.place), datetime.now(UTC))
        now.epoch = max(token, now.epoch + 1)
        now.step_at = datetime.now(UTC)
        now.silent_since = None  # noted under the old epoch, which can't take it back any more

    async def _supersede(self, rows: AsyncSession, now: Deploy) -> None:
        """What is still being watched there will never be known good: something else takes its place, and one does not
        go back from what does not run any more."""
        if last := await self.ledger.newest(rows, now.place):
            await self.ledger.tell(rows, last, "")
        for older in await self.ledger.watched(rows, now.place):
            older.state, older.ended_at = State.SUCCEEDED, datetime.now(UTC)
            older.reason = f"deploy #{now.id} took its place before it was known good."
            await self.ledger.say(rows, older, "superseded", superseded(older, now))
            await self.ledger.tell(rows, older, "superseded")

    def _standing(self, deploy: Deploy) -> dict[str, JSON]:
        """The state, and in how many seconds to look again at the latest."""
        now = datetime.now(UTC)
        times = [self.until(deploy)]
        if deploy.state == State.WAITING:
            due, again = self.quorums.next(deploy, now)
            if again:  # what is still due after it was tried could not be done: soon again
                times.append(again if due == Due.WAIT else now + LOOKING)
        if deploy.state == State.SCHEDULED:
            times.append(deploy.not_before if deploy.not_before and deploy.not_before > now else now + LOOKING)
        left = min((at - now).total_seconds() for at in times if at > now) if any(at > now for at in times) else 0.0
        return {"state": str(deploy.state), "left": left}
