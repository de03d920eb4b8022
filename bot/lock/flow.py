"""Taking and releasing locks."""

from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError

from bot import audit
from bot.blocks import escape, when
from bot.catalogue import Catalogue
from bot.errors import Code, Refusal
from bot.lock.model import Hold, Lock
from bot.people.model import Right
from bot.people.rights import Rights
from bot.store import Store
from bot.values import Person, Place


class Locks:
    """The locks of all places; whoever may deploy there may lock and unlock."""

    def __init__(self, store: Store, rights: Rights, catalogue: Catalogue) -> None:
        self.store, self.rights, self.catalogue = store, rights, catalogue

    async def take(self, person: Person, service: str, environment: str, reason: str, source: str) -> Lock:
        """Keep everybody from changing a place. Raises Refusal, with LOCKED when it is locked already."""
        place = await self._place(person, service, environment, source)
        now = datetime.now(UTC)
        lock = Lock(place=str(place), kind=Hold.PERSON, holder=person.id, name=person.name, reason=reason, at=now)
        try:
            async with self.store.transaction() as rows:
                rows.add(lock)
                await rows.flush()
                await audit.record(rows, now, person.id, "lock.taken", str(place), "done", source=source, reason=reason)
        except IntegrityError:
            raise await self._held(place) from None
        return lock

    async def _held(self, place: Place) -> Refusal:
        async with self.store.reading() as rows:
            held = await rows.get(Lock, (str(place), Hold.PERSON))
        who = f" by {escape(held.name)} {when(held.at)}: {escape(held.reason)}" if held else " until now; try again"
        return Refusal(Code.LOCKED, f"Locked already{who}")

    async def release(self, person: Person, service: str, environment: str, source: str) -> Lock:
        """Give a place free again. Raises Refusal, with NOT_FOUND when it is not locked."""
        place = await self._place(person, service, environment, source)
        async with self.store.transaction() as rows:
            held = await rows.get(Lock, (str(place), Hold.PERSON))
            if held is None:
                raise Refusal(Code.NOT_FOUND, f"{escape(service)} in {escape(environment)} is not locked.")
            await rows.delete(held)
            now = datetime.now(UTC)
            await audit.record(rows, now, person.id, "lock.released", str(place), "done", source=source)
        return held

    async def _place(self, person: Person, service: str, environment: str, source: str) -> Place:
        self.catalogue.place(service, environment)
        place = Place(service, environment)
        await self.rights.require(person, Right.DEPLOY_REQUEST, place, source)
        return place
