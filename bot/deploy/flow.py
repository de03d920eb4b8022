"""What people ask of deploys: request, approve, reject, cancel, abort. Rights are checked here, at that moment."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.approval.model import Answer, Vote
from bot.approval.rules import enough, own_request
from bot.approval.views import approval_request, decided, said
from bot.catalogue import Catalogue
from bot.deploy.ledger import Also, Ledger
from bot.deploy.model import Deploy, Kind, State
from bot.deploy.rollout import Rollout
from bot.deploy.rules import approvals_needed, last_known_good, recorded
from bot.deploy.views import STANDS, what
from bot.errors import Code, Refusal
from bot.people.model import Right
from bot.people.rights import Rights
from bot.values import Person, Place, Revision


class Deploys:
    """Deploys and rollbacks of every service."""

    def __init__(
        self, ledger: Ledger, rollout: Rollout, rights: Rights, catalogue: Catalogue, expires_after: timedelta
    ) -> None:
        self.ledger, self.rollout, self.rights, self.catalogue = ledger, rollout, rights, catalogue
        self.expires_after = expires_after

    # Asking

    async def request(self, person: Person, service: str, version: str, environment: str, source: str) -> Deploy:
        """Ask for `version` to run. Raises Refusal; otherwise the deploy is recorded and goes on by itself.

        `source` says from where it was asked ("slash C123"), for the audit log.
        """
        found, env = self.catalogue.place(service, environment)
        wanted = self.catalogue.version(found, version)
        place = Place(service, environment)
        await self.rights.require(person, Right.DEPLOY_REQUEST, place, source)
        return await self._open(person, place, Kind.DEPLOY, wanted, env.approvals, source)

    async def request_rollback(
        self, person: Person, service: str, environment: str, version: str, source: str
    ) -> Deploy:
        """Ask to run what ran before: `version`, or the last known good one when it is empty. Raises Refusal."""
        found, env = self.catalogue.place(service, environment)
        place = Place(service, environment)
        await self.rights.require(person, Right.ROLLBACK_REQUEST, place, source)
        past = await self.ledger.history(place=place)
        good = None
        if version:
            wanted = self.catalogue.version(found, version)
            revision = recorded(past, wanted)
        else:
            snapshot = await self.rollout.targets[place].inspect()
            revision = good = last_known_good(past, snapshot.revision.version, place)
            wanted = revision.version
        needed = approvals_needed(Kind.ROLLBACK, good is not None, env.approvals)
        return await self._open(person, place, Kind.ROLLBACK, wanted, needed, source, revision)

    async def _open(
        self,
        person: Person,
        place: Place,
        kind: Kind,
        version: str,
        needed: int,
        source: str,
        revision: Revision | None = None,
    ) -> Deploy:
        now = datetime.now(UTC)
        env = self.catalogue.services[place.service].environments[place.environment]
        deploy = Deploy(
            kind=kind,
            service=place.service,
            environment=place.environment,
            version=version,
            strategy=env.strategy,
            active=str(place),
            channel=self.ledger.channel,
            requested_by=person.id,
            requested_name=person.name,
            requested_at=now,
            approvals=needed,
            expires_at=now + (env.expires_after or self.expires_after),
            wanted=revision.model_dump(mode="json") if revision else None,
        )
        await self.ledger.open(deploy, source)
        await self.rollout.start(deploy)
        return deploy

    # Deciding

    async def approve(self, person: Person, deploy_id: int, source: str) -> Deploy:
        """One yes. With enough of them the rollout starts. Raises Refusal, also for a second click."""
        deploy = await self._decidable(person, deploy_id, source)
        pinged = await self.rights.people.approver_mentions(deploy.place) if deploy.approvals > 1 else []
        vote = self._vote(deploy, person, Answer.APPROVE)

        async def count(rows: AsyncSession, now: Deploy) -> None:
            if any(one.person == person.id for one in await self.ledger.votes(rows, now)):
                raise Refusal(Code.ALREADY_DECIDED, "You have approved this already; your approval counts once.")
            rows.add(vote)
            await rows.flush()
            votes = await self.ledger.votes(rows, now)
            view = approval_request(what(now), str(now.id), now.approvals, votes, now.expires_at, pinged)
            if enough(votes, now.approvals):
                now.state, now.started_at = State.RUNNING, vote.at
                view = decided(what(now), "*Approved*", votes)
            await self.ledger.say(rows, now, "approval", view)

        return await self._decide(deploy, [State.WAITING], "approved", person, source, count)

    async def reject(self, person: Person, deploy_id: int, reason: str, source: str) -> Deploy:
        """A no with its reason: it ends the request. Raises Refusal."""
        deploy = await self._decidable(person, deploy_id, source)
        vote = self._vote(deploy, person, Answer.REJECT, reason)

        async def close(rows: AsyncSession, now: Deploy) -> None:
            rows.add(vote)
            await rows.flush()
            now.state, now.reason = State.REJECTED, f"{person.name} said no: {reason}"
            view = decided(what(now), "*Rejected*", await self.ledger.votes(rows, now))
            await self.ledger.say(rows, now, "approval", view)

        return await self._decide(deploy, [State.WAITING], "rejected", person, source, close)

    async def may_reject(self, person: Person, deploy_id: int, source: str) -> Deploy:
        """Whether this person may still say no, before they are asked for the reason. Raises Refusal."""
        return await self._decidable(person, deploy_id, source)

    async def cancel(self, person: Person, deploy_id: int, source: str) -> Deploy:
        """Take a request back before it starts: its requester, or whoever has the right. Raises Refusal."""
        deploy = await self.ledger.get(deploy_id)
        if person.id != deploy.requested_by:
            await self.rights.require(person, Right.DEPLOY_CANCEL, deploy.place, source)

        async def close(rows: AsyncSession, now: Deploy) -> None:
            if now.state == State.WAITING:
                view = decided(what(now), "*Cancelled*", await self.ledger.votes(rows, now))
                await self.ledger.say(rows, now, "approval", view)
            now.state, now.reason = State.CANCELLED, f"{person.name} cancelled it."

        return await self._decide(deploy, [State.PLANNED, State.WAITING], "cancelled", person, source, close)

    async def abort(self, person: Person, deploy_id: int, source: str) -> Deploy:
        """Stop a rollout and go back to what ran before: whoever may roll back there. Raises Refusal."""
        deploy = await self.ledger.get(deploy_id)
        await self.rights.require(person, Right.ROLLBACK_REQUEST, deploy.place, source)

        async def mark(rows: AsyncSession, now: Deploy) -> None:
            now.aborted_by, now.reason = person.id, f"{person.name} aborted it."

        return await self._decide(deploy, [State.RUNNING], "aborted", person, source, mark)

    async def _decidable(self, person: Person, deploy_id: int, source: str) -> Deploy:
        deploy = await self.ledger.get(deploy_id)
        if deploy.state != State.WAITING:
            raise await self._over(deploy)
        if person.id == deploy.requested_by:
            no = own_request(person, await self.rights.people.holders(Right.DEPLOY_APPROVE, deploy.place))
            raise await self.rights.refused(person, Right.DEPLOY_APPROVE, deploy.place, no, source)
        await self.rights.require(person, Right.DEPLOY_APPROVE, deploy.place, source)
        return deploy

    async def _decide(
        self, deploy: Deploy, expected: Sequence[State], action: str, person: Person, source: str, also: Also
    ) -> Deploy:
        assert deploy.id is not None
        now = await self.ledger.change(deploy.id, expected, action, {}, actor=person.id, source=source, also=also)
        if now is None:
            raise await self._over(await self.ledger.get(deploy.id))
        await self.rollout.wake(now, f"{now.subject}:{action}:{person.id}")
        return now

    async def _over(self, deploy: Deploy) -> Refusal:
        """The answer to a click that comes too late: who decided, and when."""
        async with self.ledger.store.reading() as rows:
            votes = await self.ledger.votes(rows, deploy)
        who = f" {said(votes[-1])}." if votes else ""
        text = f"Nothing to do: deploy #{deploy.id} is {STANDS[State(deploy.state)]} already.{who}"
        return Refusal(Code.ALREADY_DECIDED, text)

    def _vote(self, deploy: Deploy, person: Person, answer: Answer, reason: str = "") -> Vote:
        at = datetime.now(UTC)
        return Vote(subject=deploy.subject, person=person.id, name=person.name, answer=answer, reason=reason, at=at)
