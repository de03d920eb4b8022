"""Who is changing a place right now: one lock per place that every kind of change takes, in the caller's transaction."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.lock.model import Hold, Lock


async def claim(rows: AsyncSession, place: str, holder: str, name: str, reason: str, now: datetime) -> Lock:
    """The place's lock for changes: ours if it was free or ours already, else that of whoever has it.

    Compare `.holder`. Two who ask at once are decided by the database: the insert leaves what is there.
    """
    held = await held_by(rows, place)
    if held is None:
        mine = Lock(place=place, kind=Hold.CHANGE, holder=holder, name=name, reason=reason, at=now)
        mine.token = int(now.timestamp() * 1000)
        try:
            async with rows.begin_nested():
                rows.add(mine)
                await rows.flush()
        except IntegrityError:  # another transaction was faster by a hair
            held = await held_by(rows, place)
        else:
            return mine
    assert held is not None, "whoever was faster holds it"
    return held


async def held_by(rows: AsyncSession, place: str) -> Lock | None:
    """The place's lock for changes; None where nothing is changing it."""
    found = select(Lock).where(Lock.place == place, Lock.kind == Hold.CHANGE)
    return (await rows.exec(found.with_for_update())).first()


async def give_back(rows: AsyncSession, place: str, holder: str) -> None:
    """Give the place free, if `holder` has it."""
    mine = delete(Lock).where(col(Lock.place) == place, col(Lock.kind) == Hold.CHANGE, col(Lock.holder) == holder)
    await rows.exec(mine)
