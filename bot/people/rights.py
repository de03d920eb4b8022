"""The one question about rights, asked at the moment of the deed by every command, button and API; a no is recorded."""

from datetime import UTC, datetime

from bot import audit
from bot.errors import Refusal
from bot.people.directory import People
from bot.people.model import Right
from bot.store import Store
from bot.values import Person, Place


class Rights:
    """Asks People, and writes every no into the audit log."""

    def __init__(self, people: People, store: Store) -> None:
        self.people, self.store = people, store

    async def require(self, person: Person, right: Right, place: Place, source: str) -> None:
        """Return when `person` has `right` at `place`. Raises Refusal(PERMISSION_DENIED), which names the missing role
        and who has it, and Unavailable. `source` says from where it was asked."""
        try:
            await self.people.require(person, right, place)
        except Refusal as no:
            raise await self.refused(person, right, place, no, source) from None

    async def refused(self, person: Person, right: Right, place: Place, no: Refusal, source: str) -> Refusal:
        """The same refusal, recorded."""
        async with self.store.transaction() as rows:
            await audit.record(rows, datetime.now(UTC), person.id, right, str(place), no.code, source=source)
        return no
