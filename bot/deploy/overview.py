"""Looking at deploys: status, history, the Home tab, what to preselect."""

from collections.abc import Sequence

from bot import post
from bot.approval.review import Reviews
from bot.blocks import Block, Message
from bot.catalogue import Catalogue
from bot.deploy.ledger import Ledger
from bot.deploy.lists import Links, history, home, queue, status
from bot.deploy.model import Deploy, State
from bot.errors import Refusal
from bot.people.directory import People
from bot.people.model import Right
from bot.values import Person


class Overview:
    """Reads the ledger for people; changes nothing."""

    def __init__(self, ledger: Ledger, people: People, catalogue: Catalogue, reviews: Reviews) -> None:
        self.ledger, self.people, self.catalogue, self.reviews = ledger, people, catalogue, reviews

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

    async def home(self, person: Person) -> list[Block]:
        """The blocks of this person's Home tab."""
        active, recent = await self.ledger.active(), await self.ledger.history(most=10)
        waiting = [one for one in active if one.state == State.WAITING and one.requested_by != person.id]
        mine = [one for one in waiting if await self._may_approve(person, one)]
        links = await self._links([*active, *recent])
        return home([one for one in active if one not in mine], mine, recent, links)

    async def _may_approve(self, person: Person, deploy: Deploy) -> bool:
        try:
            await self.people.require(person, Right.DEPLOY_APPROVE, deploy.place)
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
