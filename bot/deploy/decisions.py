"""What people decide about a deploy: approve, reject, tick, cancel, pause, resume, promote, abort. Rights are checked
here, at that moment; a press that comes too late is answered with who decided what."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.approval.checklist import look_first, ticked
from bot.approval.model import Answer, Tick, Vote
from bot.approval.rules import may_vote, stale
from bot.approval.views import decided, said
from bot.deploy.before import Before
from bot.deploy.ledger import Also, Ledger
from bot.deploy.model import BEFORE, Deploy, State
from bot.deploy.quorums import Facts
from bot.deploy.rollout import Rollout
from bot.deploy.views import paused as paused_line
from bot.deploy.views import promoted, stands, unpaused, what
from bot.errors import Code, Refusal
from bot.people.model import Right
from bot.people.rights import Rights
from bot.values import Person


class _Moved(Exception):
    """Somebody else voted in the same moment: count again."""


class Decisions:
    """The buttons of all deploys."""

    def __init__(self, ledger: Ledger, rollout: Rollout, rights: Rights, before: Before) -> None:
        self.ledger, self.rollout, self.rights, self.before = ledger, rollout, rights, before
        self.quorums = before.quorums

    # On a request

    async def approve(self, person: Person, deploy_id: int, plan: str, source: str) -> Deploy:
        """One yes to this plan. With enough of them it goes. Raises Refusal, also for a second click."""
        deploy = await self._decidable(person, deploy_id, plan, source)
        pinged = await self.quorums.mentions(deploy) if deploy.approvals > 1 else []
        while True:
            count = self._count(person, plan, await self.quorums.facts(deploy, person.id), pinged)
            try:
                return await self._decide(deploy, [State.WAITING], "approved", person, source, count)
            except _Moved:
                continue

    def _count(self, person: Person, plan: str, facts: Facts, pinged: Sequence[str]) -> Also:
        async def count(rows: AsyncSession, now: Deploy) -> None:
            ticks = [Tick.model_validate(tick) for tick in now.ticked]
            if no := stale(plan, now.plan) or look_first(now.how.policy.checklist, ticks):
                raise no
            votes = await self.ledger.votes(rows, now)
            if any(one.person == person.id for one in votes):
                raise Refusal(Code.ALREADY_DECIDED, "You have approved this already; your approval counts once.")
            if {one.person for one in votes} - facts.keys():
                raise _Moved
            rows.add(self._vote(now, person, Answer.APPROVE))
            await rows.flush()
            votes = await self.ledger.votes(rows, now)
            view = self.quorums.request(now, votes, facts, pinged)
            if self.quorums.enough(now, votes, facts):
                await self.before.clear(rows, now)
                view = decided(what(now), "*Approved*", votes)
            await self.ledger.say(rows, now, f"approval:{now.plan}", view)

        return count

    async def reject(self, person: Person, deploy_id: int, plan: str, reason: str, source: str) -> Deploy:
        """A no with its reason: it ends the request. Raises Refusal."""
        deploy = await self._decidable(person, deploy_id, plan, source)

        async def close(rows: AsyncSession, now: Deploy) -> None:
            rows.add(self._vote(now, person, Answer.REJECT, reason))
            await rows.flush()
            now.state, now.reason = State.REJECTED, f"{person.name} said no: {reason}"
            view = decided(what(now), "*Rejected*", await self.ledger.votes(rows, now))
            await self.ledger.say(rows, now, f"approval:{now.plan}", view)

        return await self._decide(deploy, [State.WAITING], "rejected", person, source, close)

    async def may_reject(self, person: Person, deploy_id: int, plan: str, source: str) -> Deploy:
        """Whether this person may still say no, before they are asked for the reason. Raises Refusal."""
        return await self._decidable(person, deploy_id, plan, source)

    async def tick(
        self, person: Person, deploy_id: int, plan: str, shown: Collection[int], chosen: Collection[int], source: str
    ) -> Deploy:
        """Items of the checklist were ticked or unticked, by whoever may approve. Raises Refusal."""
        deploy = await self._decidable(person, deploy_id, plan, source)
        pinged, facts = await self.quorums.mentions(deploy), await self.quorums.facts(deploy)

        async def mark(rows: AsyncSession, now: Deploy) -> None:
            before = [Tick.model_validate(tick) for tick in now.ticked]
            ticks = ticked(now.how.policy.checklist, before, shown, chosen, person, datetime.now(UTC))
            now.ticked = [tick.model_dump(mode="json") for tick in ticks]
            view = self.quorums.request(now, await self.ledger.votes(rows, now), facts, pinged)
            await self.ledger.say(rows, now, f"approval:{now.plan}", view)

        return await self._decide(deploy, [State.WAITING], "ticked", person, source, mark)

    async def _decidable(self, person: Person, deploy_id: int, plan: str, source: str) -> Deploy:
        deploy = await self.ledger.get(deploy_id)
        if deploy.state != State.WAITING:
            raise await self._over(deploy)
        if plan and (no := stale(plan, deploy.plan)):
            raise no
        holders = await self.rights.people.holders(Right.DEPLOY_APPROVE, deploy.place)
        if no := may_vote(person, deploy.requester, deploy.how.quorum, deploy.how.comparison, holders):
            raise await self.rights.refused(person, Right.DEPLOY_APPROVE, deploy.place, no, source)
        await self.rights.require(person, Right.DEPLOY_APPROVE, deploy.place, source)
        return deploy

    # On the card

    async def cancel(self, person: Person, deploy_id: int, source: str) -> Deploy:
        """Take a request back before it starts: its requester, or whoever has the right. Raises Refusal."""
        deploy = await self.ledger.get(deploy_id)
        if person.id != deploy.requested_by:
            await self.rights.require(person, Right.DEPLOY_CANCEL, deploy.place, source)

        async def close(rows: AsyncSession, now: Deploy) -> None:
            if now.state == State.WAITING:
                view = decided(what(now), "*Cancelled*", await self.ledger.votes(rows, now))
                await self.ledger.say(rows, now, f"approval:{now.plan}", view)
            now.state, now.reason = State.CANCELLED, f"{person.name} cancelled it."

        return await self._decide(deploy, BEFORE, "cancelled", person, source, close)

    async def pause(self, person: Person, deploy_id: int, source: str) -> Deploy:
        """Stay at the step until somebody resumes or promotes; what goes wrong goes back all the same."""
        deploy = await self._steerable(person, deploy_id, source)

        async def mark(rows: AsyncSession, now: Deploy) -> None:
            if now.paused_by:
                raise Refusal(Code.ALREADY_DECIDED, f"It is paused already, by {now.paused_by}.")
            now.paused_by = person.name
            await self.ledger.say(rows, now, f"paused:{_stamp()}", paused_line(now))

        return await self._decide(deploy, [State.RUNNING], "paused", person, source, mark)

    async def resume(self, person: Person, deploy_id: int, source: str) -> Deploy:
        """Go on by itself again."""
        deploy = await self._steerable(person, deploy_id, source)

        async def mark(rows: AsyncSession, now: Deploy) -> None:
            if not now.paused_by:
                raise Refusal(Code.ALREADY_DECIDED, "It is not paused.")
            now.paused_by = ""
            await self.ledger.say(rows, now, f"resumed by:{_stamp()}", unpaused(now, person.name))

        return await self._decide(deploy, [State.RUNNING], "unpaused", person, source, mark)

    async def promote(self, person: Person, deploy_id: int, step: int, source: str) -> Deploy:
        """Go on to the next step now, past the gate. `step` is the one that the person saw."""
        deploy = await self._steerable(person, deploy_id, source)

        async def mark(rows: AsyncSession, now: Deploy) -> None:
            if now.step != step or now.promoted >= step:
                raise Refusal(Code.ALREADY_DECIDED, "That step is over already; look at the card.")
            now.promoted, now.paused_by = step, ""
            await self.ledger.say(rows, now, f"promoted:{step}", promoted(now, person.name))

        return await self._decide(deploy, [State.RUNNING], "promoted", person, source, mark)

    async def abort(self, person: Person, deploy_id: int, source: str) -> Deploy:
        """Stop a rollout, or end its watch window, and go back to what ran before: whoever may roll back there."""
        deploy = await self.ledger.get(deploy_id)
        await self.rights.require(person, Right.ROLLBACK_REQUEST, deploy.place, source)

        async def mark(rows: AsyncSession, now: Deploy) -> None:
            if now.aborted_by:
                raise Refusal(Code.ALREADY_DECIDED, f"It is being stopped already: {now.reason}")
            now.aborted_by, now.reason = person.id, f"{person.name} aborted it."

        return await self._decide(deploy, [State.RUNNING, State.WATCHING], "aborted", person, source, mark)

    async def undo_migration(self, person: Person, deploy_id: int, source: str) -> Deploy:
        """Undo the migration and go back: a decision like an approval, since data may be lost."""
        deploy = await self.ledger.get(deploy_id)
        await self.rights.require(person, Right.DEPLOY_APPROVE, deploy.place, source)

        async def mark(rows: AsyncSession, now: Deploy) -> None:
            if now.down_by:
                raise Refusal(Code.ALREADY_DECIDED, "It is being undone already.")
            now.down_by = person.id

        return await self._decide(deploy, [State.RUNNING, State.WATCHING], "undo_migration", person, source, mark)

    async def call_good(self, person: Person, deploy_id: int, source: str) -> Deploy:
        """Say what the watch window could not: that the version is known good."""
        deploy = await self._steerable(person, deploy_id, source)

        async def mark(rows: AsyncSession, now: Deploy) -> None:
            if now.good_at or not now.whole_at:
                raise Refusal(Code.ALREADY_DECIDED, "It is known good already.")
            now.good_at, now.reason = datetime.now(UTC), ""

        return await self._decide(deploy, [State.SUCCEEDED], "called_good", person, source, mark)

    async def _steerable(self, person: Person, deploy_id: int, source: str) -> Deploy:
        deploy = await self.ledger.get(deploy_id)
        await self.rights.require(person, Right.DEPLOY_STEER, deploy.place, source)
        return deploy

    # All of them

    async def _decide(
        self, deploy: Deploy, expected: Sequence[State], action: str, person: Person, source: str, also: Also
    ) -> Deploy:
        assert deploy.id is not None
        now = await self.ledger.change(deploy.id, expected, action, {}, actor=person.id, source=source, also=also)
        if now is None:
            raise await self._over(await self.ledger.get(deploy.id))
        await self.rollout.wake(now, f"{now.subject}:{action}:{person.id}:{_stamp()}")
        return now

    async def _over(self, deploy: Deploy) -> Refusal:
        """The answer to a click that comes too late: who decided, and when."""
        async with self.ledger.store.reading() as rows:
            votes = await self.ledger.votes(rows, deploy)
        who = f" {said(votes[-1])}." if votes else ""
        return Refusal(Code.ALREADY_DECIDED, f"Nothing to do: deploy #{deploy.id} is {stands(deploy)} already.{who}")

    def _vote(self, deploy: Deploy, person: Person, answer: Answer, reason: str = "") -> Vote:
        at = datetime.now(UTC)
        return Vote(
            subject=deploy.subject,
            plan=deploy.plan,
            person=person.id,
            name=person.name,
            answer=answer,
            reason=reason,
            at=at,
        )


def _stamp() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
