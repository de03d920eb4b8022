"""What people do with freezes: set, lift, look. Rights are checked here, at that moment."""

from collections.abc import Callable
from datetime import datetime, timedelta

from bot import audit, post
from bot.blocks import Message, escape, listed
from bot.catalogue import Catalogue
from bot.errors import Code, Refusal
from bot.lock import standing
from bot.lock.calendar import Calendar
from bot.lock.flow import server_time
from bot.lock.model import Freeze
from bot.lock.rules import ahead
from bot.lock.views import freezes, frozen_now, thawed
from bot.lock.wishes import Scope
from bot.outbox import Outbox
from bot.people.model import Right
from bot.people.rights import Rights
from bot.store import Store
from bot.values import Person, Place

COMING = timedelta(days=14)  # how far ahead the list looks


class Freezes:
    """The freezes of all environments. What happens to them is said in `channel`, in the same transaction."""

    def __init__(
        self,
        store: Store,
        rights: Rights,
        catalogue: Catalogue,
        calendar: Calendar,
        outbox: Outbox,
        channel: str,
        clock: Callable[[], datetime] = server_time,
    ) -> None:
        self.store, self.rights, self.catalogue, self.calendar = store, rights, catalogue, calendar
        self.outbox, self.channel, self.clock = outbox, channel, clock

    async def freeze(self, person: Person, scope: Scope, reason: str, until: datetime, source: str) -> Freeze:
        """Keep everybody from changing an environment, or a service there, up to `until`. Raises Refusal."""
        await self._require(person, scope, source)
        now = self.clock()
        freeze = Freeze(
            environment=scope.environment,
            service=scope.service,
            reason=reason,
            person=person.id,
            name=person.name,
            at=now,
            until=until,
        )
        async with self.store.transaction() as rows:
            rows.add(freeze)
            await rows.flush()
            await post.put(rows, now, f"freeze:{freeze.id}", self.channel, frozen_now(freeze))
            said = {"reason": reason, "until": until.isoformat()}
            await audit.record(rows, now, person.id, "freeze.set", str(scope), "done", source=source, **said)
        self.outbox.nudge()
        return freeze

    async def lift(self, person: Person, scope: Scope, source: str) -> list[Freeze]:
        """End every freeze of exactly this environment, or of this service there; they are kept for the history.
        Raises Refusal, with NOT_FOUND when there is none."""
        await self._require(person, scope, source)
        now = self.clock()
        async with self.store.transaction() as rows:
            all_of_them = await standing.freezes(rows, now, lock=True)
            found = [one for one in all_of_them if (one.service, one.environment) == scope]
            if not found:
                raise self._none(scope, [str(Scope(one.service, one.environment)) for one in all_of_them])
            for freeze in found:
                freeze.lifted_at, freeze.lifted_by = now, person.id
                rows.add(freeze)
                await post.put(rows, now, f"freeze:{freeze.id}:lifted", self.channel, thawed(freeze, person.name))
            reasons = "; ".join(freeze.reason for freeze in found)
            await audit.record(rows, now, person.id, "freeze.lifted", str(scope), "done", source=source, reason=reasons)
        self.outbox.nudge()
        return found

    async def overview(self) -> Message:
        """What is frozen now, and what will be in the next two weeks: set by people, and by the calendar."""
        now = self.clock()
        async with self.store.reading() as rows:
            set_by_people = await standing.freezes(rows, now)
        known = ahead(self.calendar, set_by_people, now, now + COMING)
        holding, coming = [one for one in known if one.start <= now], [one for one in known if one.start > now]
        return freezes(holding, coming, COMING.days)

    async def _require(self, person: Person, scope: Scope, source: str) -> None:
        """The right for each place that the freeze would close."""
        services = self.catalogue.services.values()
        there = [one.name for one in services if scope.environment in one.environments]
        for service in [scope.service] if scope.service else there:
            await self.rights.require(person, Right.FREEZE_SET, Place(service, scope.environment), source)

    def _none(self, scope: Scope, others: list[str]) -> Refusal:
        hint = f"Frozen: {escape(listed(sorted(set(others))))}." if others else ""
        by_calendar = " Freezes of the calendar stand in the configuration." if self.calendar.freezes else ""
        return Refusal(Code.NOT_FOUND, f"Nobody has frozen *{escape(str(scope))}*.{by_calendar}", hint)
