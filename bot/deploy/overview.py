"""Looking at deploys: status, history, figures, what one would change, the Home tab, what to preselect."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot import post
from bot.approval.review import Reviews
from bot.blocks import Block, Message
from bot.catalogue import Catalogue
from bot.deploy.desk import Desk, home, waits_for_somebody
from bot.deploy.figures import stats
from bot.deploy.ledger import Ledger
from bot.deploy.lists import Links, history, queue, status
from bot.deploy.model import Deploy, State
from bot.deploy.past import Past
from bot.deploy.plan import Planner
from bot.deploy.planned import preview
from bot.deploy.stats import BY_HAND
from bot.deploy.words import stands
from bot.errors import Refusal
from bot.lock.rules import ahead
from bot.lock.standing import all_standing
from bot.lock.standing import freezes as standing_freezes
from bot.people.directory import People
from bot.people.model import Right
from bot.values import Check, Person, Place


class Overview:
    """Reads the ledger for people; changes nothing."""

    def __init__(
        self, ledger: Ledger, people: People, catalogue: Catalogue, reviews: Reviews, planner: Planner
    ) -> None:
        self.ledger, self.people, self.catalogue, self.reviews = ledger, people, catalogue, reviews
        self.planner, self.past = planner, Past(ledger.store)

    async def status(self) -> Message:
        """What is under way, for the channel."""
        active, unsigned = await self.ledger.active(), await self.reviews.unsigned()
        return status(active, await self._links(active, [one.subject for one in unsigned]), unsigned)

    async def queue(self) -> Message:
        """What waits for its time or its turn, for the channel."""
        active = await self.ledger.active()
        return queue(active, await self._links(active))

    async def history(self, service: str) -> Message:
        """What happened to a service. Raises Refusal(UNKNOWN_SERVICE)."""
        self.catalogue.service(service)
        past = await self.ledger.history(service=service)
        return history(service, past, await self._links(past))

    async def diff(self, deploy: Deploy, asks: str) -> Message:
        """What a deploy that is recorded nowhere would change; the command `asks` would ask for it.

        Everybody may look: what is shown here stands in the thread of every deploy, and only readings and dry runs are
        asked for.
        """
        derived = await self.planner.derive(deploy)
        checks = [await self._turn(deploy) if check.name == "queue" else check for check in derived.checks]
        deploy.checks = [check.model_dump(mode="json") for check in checks]
        if derived.snapshot and derived.proposal:
            deploy.before = derived.snapshot.revision.model_dump(mode="json")
            deploy.proposal = derived.proposal.model_dump(mode="json")
        return preview(deploy, asks)

    async def _turn(self, deploy: Deploy) -> Check:
        """Whether it would have to wait for others. What is only watched, or scheduled, is in nobody's way."""
        free = (State.WATCHING, State.SCHEDULED)
        there = [one for one in await self.ledger.active() if one.place == deploy.place and one.state not in free]
        if not there:
            return Check(name="queue", passed=True, text="nothing else is under way there")
        first = f"#{there[0].id} ({stands(there[0])})"
        return Check(name="queue", passed=True, text=f"it would wait for its turn, {len(there)} before it: {first}")

    async def stats(self, service: str, days: int) -> Message:
        """The four keys of the last `days`, of one service or of all. Raises Refusal(UNKNOWN_SERVICE)."""
        if service:
            self.catalogue.service(service)
        now = datetime.now(UTC)
        first = await self.past.first() or now
        since = max(first, now - timedelta(days=days))  # what was before the first deploy was no time without deploys
        runs, left_out = await self.past.runs(since - BY_HAND, service)
        if left_out:  # the oldest: from here on they are all there
            since = max(since, min(run.requested_at for run in runs))
        return await asyncio.to_thread(stats, service, runs, since, now, left_out)

    async def home(self, person: Person) -> list[Block]:
        """The blocks of this person's Home tab. Raises Unavailable."""
        now = datetime.now(UTC)
        active, recent = await self.ledger.active(), await self.ledger.history(most=10)
        waiting = [one for one in active if one.state == State.WAITING and one.requested_by != person.id]
        held = [one for one in active if waits_for_somebody(one, now)]
        unsigned = [one for one in await self.reviews.unsigned() if one.person != person.id]
        async with self.ledger.store.reading() as rows:
            locks, freezes = await all_standing(rows, now), await standing_freezes(rows, now)
        may, approve, steer = self._may, Right.DEPLOY_APPROVE, Right.DEPLOY_STEER
        desk = Desk(
            active=active,
            recent=recent,
            votes=[one for one in waiting if await may(person, approve, one.place)],
            steps=[one for one in held if await may(person, steer, one.place)],
            reviews=[one for one in unsigned if await may(person, approve, Place(*one.place.split("/")))],
            locks=locks,
            freezes=ahead(self.planner.terms.calendar, freezes, now, now),
        )
        return home(desk, await self._links([*active, *recent], [one.subject for one in unsigned]))

    async def _may(self, person: Person, right: Right, place: Place) -> bool:
        try:
            await self.people.require(person, right, place)
        except Refusal:
            return False
        return True

    async def usual(self, person: Person) -> tuple[str, str]:
        """What this person deployed last, to preselect it: service and environment; the first of each otherwise."""
        past = await self.ledger.history()
        last = next(
            (one for one in past if one.requested_by == person.id and one.service in self.catalogue.services), None
        )
        if last:
            return last.service, last.environment
        service = min(self.catalogue.services, default="")
        return service, next(iter(self.catalogue.services[service].environments), "") if service else ""

    async def _links(self, deploys: Sequence[Deploy], more: Sequence[str] = ()) -> Links:
        subjects = [*(one.subject for one in deploys), *more]
        async with self.ledger.store.reading() as rows:
            return await post.links(rows, self.ledger.outbox.slack, subjects)
