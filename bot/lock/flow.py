"""Taking and releasing locks."""

from datetime import UTC, datetime

from bot import audit
from bot.blocks import escape, when
from bot.catalogue import Catalogue
from bot.errors import Code, Refusal
from bot.lock.model import Lock
from bot.people.directory import People
from bot.people.model import Right
from bot.store import Store
from bot.values import Person, Place


class Locks:
    """The locks of all places; whoever may deploy there may lock and unlock."""

    def __init__(self, store: Store, people: People, catalogue: Catalogue) -> None:
        self.store, self.people, self.catalogue = store, people, catalogue

    async def take(self, person: Person, service: str, environment: str, reason: str, source: str) -> Lock:
        """Keep everybody from changing a place. Raises Refusal, with LOCKED when it is locked already."""
        place = await self._place(person, service, environment)
        now = datetime.now(UTC)
        lock = Lock(place=str(place), reason=reason, person=person.id, name=person.name, at=now)
        async with self.store.transaction() as rows:
            held = await rows.get(Lock, str(place))
            if held:
                raise Refusal(
                    Code.LOCKED, f"Locked already by {escape(held.name)} {when(held.at)}: {escape(held.reason)}"
                )
            rows.add(lock)
            await audit.record(rows, now, person.id, "lock.taken", str(place), "done", source=source, reason=reason)
        return lock

    async def release(self, person: Person, service: str, environment: str, source: str) -> Lock:
        """Give a place free again. Raises Refusal, with NOT_FOUND when it is not locked."""
        place = await self._place(person, service, environment)
        async with self.store.transaction() as rows:
            held = await rows.get(Lock, str(place))
            if held is None:
                raise Refusal(Code.NOT_FOUND, f"{escape(service)} in {escape(environment)} is not locked.")
            await rows.delete(held)
            now = datetime.now(UTC)
            await audit.record(rows, now, person.id, "lock.released", str(place), "done", source=source)
        return held

    async def _place(self, person: Person, service: str, environment: str) -> Place:
        self.catalogue.place(service, environment)
        place = Place(service, environment)
        await self.people.require(person, Right.DEPLOY_REQUEST, place)
        return place
