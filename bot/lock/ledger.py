"""The rows of people's locks. Every change is one transaction: the row, what is said about it, the audit entry."""

from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, post
from bot.blocks import Message
from bot.lock.claims import new_token, take_turn
from bot.lock.model import Hold, Lock
from bot.lock.rules import due, ended
from bot.lock.views import ending, over
from bot.values import Person

BOT = "quarterdeck"  # the actor of what the bot does by itself


class LockLedger:
    """Works in its caller's transaction; what everybody should know is said in `channel`."""

    def __init__(self, channel: str) -> None:
        self.channel = channel

    async def turn(self, rows: AsyncSession, place: str, now: datetime) -> Lock | None:
        """The lock that stands, and stays so until this transaction is over. One that is over is ended first."""
        await take_turn(rows, place)
        lock = await rows.get(Lock, (place, Hold.PERSON), populate_existing=True)
        if lock is None or not ended(lock, now):
            return lock
        await rows.delete(lock)
        await rows.flush()
        await self.say(rows, now, lock, "over", over(lock))
        await self.record(rows, now, lock, "expired", BOT, "")
        return None

    async def put(
        self, rows: AsyncSession, place: str, person: Person, reason: str, until: datetime | None, now: datetime
    ) -> Lock:
        """Make the lock this person's, whoever held it. Take the turn first."""
        token = await new_token(rows, place, now)
        values = {"holder": person.id, "name": person.name, "reason": reason, "at": now, "until": until}
        values |= {"token": token, "warned": False}
        lock = await rows.get(Lock, (place, Hold.PERSON))
        if lock is None:
            lock = Lock.model_validate(values | {"place": place})
        else:
            lock.sqlmodel_update(values)
        rows.add(lock)
        await rows.flush()
        return lock

    async def warn(self, rows: AsyncSession, lock: Lock, now: datetime) -> None:
        """Tell the holder, once, that the lock is about to end, if it is."""
        if due(lock, now):
            lock.warned = True
            rows.add(lock)
            await self.tell(rows, now, lock, "ending", ending(lock))

    async def say(self, rows: AsyncSession, now: datetime, lock: Lock, what: str, said: Message) -> None:
        """Say it to everybody in the channel."""
        await post.put(rows, now, f"lock:{lock.place}:{lock.token}:{what}", self.channel, said)

    async def tell(self, rows: AsyncSession, now: datetime, lock: Lock, what: str, said: Message) -> None:
        """Say it to the holder alone."""
        await post.put(rows, now, f"lock:{lock.place}:{lock.token}:{what}", lock.holder, said)

    async def record(
        self, rows: AsyncSession, now: datetime, lock: Lock, deed: str, actor: str, source: str, **detail: str
    ) -> None:
        """The audit entry. It comes last: the audit log has one writer at a time."""
        until = {"until": lock.until.isoformat()} if lock.until else {}
        said = {"reason": lock.reason} | until | detail
        await audit.record(rows, now, actor, f"lock.{deed}", lock.place, "done", source=source, **said)
