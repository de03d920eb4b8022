"""What people do with locks: take, take over, release; and how locks end. Rights are checked here, at that moment."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from bot.blocks import code, escape, when
from bot.catalogue import Catalogue
from bot.errors import Code, Refusal
from bot.lock import standing
from bot.lock.calendar import Calendar
from bot.lock.ledger import LockLedger
from bot.lock.model import Lock
from bot.lock.rules import Start, due, frozen, in_window, not_frozen, start, unlocked
from bot.lock.views import locked, opened, robbed, taken_over, typed
from bot.lock.views import unlocked as released
from bot.outbox import Outbox
from bot.people.model import Right
from bot.people.rights import Rights
from bot.store import Store
from bot.values import Check, Person, Place

REASON = '"<reason>"'


def server_time() -> datetime:
    """Now, by the clock that decides."""
    return datetime.now(UTC)


class Locks:
    """The locks of all places. What happens to them is said in `channel`, in the same transaction."""

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
        self.ledger = LockLedger(channel)

    # Asking

    async def holding(self, place: Place) -> Lock | None:
        """The lock that a person has on a place now; None where it is open."""
        async with self.store.reading() as rows:
            return await standing.standing(rows, str(place), self.clock())

    async def held(self) -> Sequence[Lock]:
        """All locks of people that hold now, by place."""
        async with self.store.reading() as rows:
            return await standing.all_standing(rows, self.clock())

    async def checks(self, place: Place, asker: Person, at: datetime, windows_only: bool = False) -> list[Check]:
        """The preflight lines of a change that starts at `at`: lock, freeze and, where that is asked, window."""
        async with self.store.reading() as rows:
            lock = await standing.standing(rows, str(place), at)
            freezes = await standing.freezes(rows, at)
        zone = self.calendar.zone
        held = frozen(self.calendar, freezes, place, at)
        found = [unlocked(lock, asker.id, zone), not_frozen(held, zone)]
        return [*found, in_window(self.calendar, place, at)] if windows_only else found

    async def start(self, place: Place, at: datetime, *, in_window: bool = False) -> Start | None:
        """When a change may start, not before `at`: after all freezes and, with `in_window`, in a maintenance window.
        None: never, as things are. Ask again when it is due: freezes come and go."""
        async with self.store.reading() as rows:
            freezes = await standing.freezes(rows, at)
        return start(self.calendar, freezes, place, at, in_window=in_window)

    # Deeds

    async def take(
        self, person: Person, service: str, environment: str, reason: str, source: str, until: datetime | None = None
    ) -> Lock:
        """Keep everybody else from changing a place, up to `until` or until it is released. Whoever has the lock
        already changes its reason and its end. Raises Refusal, with LOCKED when it is somebody else's."""
        place = await self._place(person, service, environment, Right.LOCK_TAKE, source)
        now = self.clock()
        async with self.store.transaction() as rows:
            before = await self.ledger.turn(rows, place, now)
            if before and before.holder != person.id:
                raise _taken(before)
            lock = await self.ledger.put(rows, place, person, reason, until, now)
            await self.ledger.say(rows, now, lock, "taken", locked(lock))
            await self.ledger.record(rows, now, lock, "changed" if before else "taken", person.id, source)
        self.outbox.nudge()
        return lock

    async def steal(
        self, person: Person, service: str, environment: str, reason: str, source: str, until: datetime | None = None
    ) -> Lock:
        """Take somebody else's lock, who is told. Raises Refusal, with NOT_FOUND when there is none."""
        place = await self._place(person, service, environment, Right.LOCK_STEAL, source)
        now = self.clock()
        async with self.store.transaction() as rows:
            held = await self.ledger.turn(rows, place, now)
            if held is None:
                raise _open(place, f"Lock it: {code(typed('lock', place, REASON))}.")
            if held.holder == person.id:
                raise Refusal(Code.CONFLICT, f"*{escape(place)}* is locked by you already.")
            before = Lock(**held.model_dump())
            lock = await self.ledger.put(rows, place, person, reason, until, now)
            await self.ledger.say(rows, now, lock, "taken", taken_over(lock, before))
            await self.ledger.tell(rows, now, before, "stolen", robbed(before, lock))
            await self.ledger.record(rows, now, lock, "stolen", person.id, source, holder=before.holder)
        self.outbox.nudge()
        return lock

    async def release(self, person: Person, service: str, environment: str, source: str) -> Lock:
        """Give a place free again: one's own lock, or any with the right to steal it; its holder is told. Raises
        Refusal, with NOT_FOUND when it is not locked."""
        self.catalogue.place(service, environment)
        place = Place(service, environment)
        seen = await self.holding(place)
        if seen and seen.holder != person.id:
            await self.rights.require(person, Right.LOCK_STEAL, place, source)
        now = self.clock()
        async with self.store.transaction() as rows:
            lock = await self.ledger.turn(rows, str(place), now)
            if lock is None:
                raise _open(str(place))
            if lock.holder != person.id and (seen is None or lock.token != seen.token):
                raise _taken(lock)  # this very moment: it is not the lock that we have asked the right for
            await rows.delete(lock)
            await rows.flush()
            await self.ledger.say(rows, now, lock, "released", released(lock, person.name))
            if lock.holder != person.id:
                await self.ledger.tell(rows, now, lock, "opened", opened(lock, person.name))
            await self.ledger.record(rows, now, lock, "released", person.id, source)
        self.outbox.nudge()
        return lock

    async def expire(self) -> None:
        """End what is over and warn whose lock is about to end: each once, however many replicas look."""
        async with self.store.reading() as rows:
            ending = await standing.with_an_end(rows)
        now = self.clock()
        for seen in (one for one in ending if due(one, now)):
            async with self.store.transaction() as rows:
                if lock := await self.ledger.turn(rows, seen.place, now):
                    await self.ledger.warn(rows, lock, now)
            self.outbox.nudge()

    async def _place(self, person: Person, service: str, environment: str, right: Right, source: str) -> str:
        self.catalogue.place(service, environment)
        place = Place(service, environment)
        await self.rights.require(person, right, place, source)
        return str(place)


def _taken(lock: Lock) -> Refusal:
    until = f" until {when(lock.until)}" if lock.until else ""
    said = f"*{escape(lock.place)}* is locked by {escape(lock.name)}{until}, since {when(lock.at)}"
    instead = code(typed("steal", lock.place, REASON))
    return Refusal(Code.LOCKED, f"{said}: {escape(lock.reason)}", f"Ask them, or take it over: {instead}.")


def _open(place: str, hint: str = "") -> Refusal:
    return Refusal(Code.NOT_FOUND, f"*{escape(place)}* is not locked.", hint)
