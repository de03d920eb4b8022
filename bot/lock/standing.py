"""Which locks and freezes stand, read in the caller's session."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.lock.model import Freeze, Hold, Lock
from bot.lock.rules import ended


async def standing(rows: AsyncSession, place: str, at: datetime) -> Lock | None:
    """The person's lock that holds at `at`; None where the place is open."""
    lock = await rows.get(Lock, (place, Hold.PERSON), populate_existing=True)
    return None if lock is None or ended(lock, at) else lock


async def all_standing(rows: AsyncSession, at: datetime) -> Sequence[Lock]:
    """Every person's lock that holds at `at`, by place."""
    endless = or_(col(Lock.until).is_(None), col(Lock.until) > at)
    return (await rows.exec(select(Lock).where(Lock.kind == Hold.PERSON, endless).order_by(Lock.place))).all()


async def with_an_end(rows: AsyncSession) -> Sequence[Lock]:
    """Every person's lock that ends by itself, those that are over among them."""
    ending = select(Lock).where(Lock.kind == Hold.PERSON, col(Lock.until).is_not(None))
    return (await rows.exec(ending.order_by(Lock.place))).all()


async def freezes(rows: AsyncSession, at: datetime, *, lock: bool = False) -> Sequence[Freeze]:
    """Every freeze that somebody has set and nobody has lifted, and that is not over at `at`; `lock` to change them."""
    found = select(Freeze).where(col(Freeze.lifted_at).is_(None), col(Freeze.until) > at).order_by(col(Freeze.id))
    return (await rows.exec(found.with_for_update() if lock else found)).all()
