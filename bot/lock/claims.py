"""Who is changing a place right now: one lock per place that every kind of change takes, in the caller's transaction.

Whoever decides about a place first takes their turn, which is a row that stays: it makes the others wait until this
transaction is over, and it keeps the last token, so that tokens grow for ever whatever the clocks of replicas say. Ask
before the audit entry is written: the audit log has one writer at a time, who should not wait for a place.
"""

from datetime import UTC, datetime

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.lock.model import Hold, Lock
from bot.store import changed

ALWAYS = datetime.fromtimestamp(0, UTC)  # a turn is nobody's, and has no beginning


async def claim(rows: AsyncSession, place: str, holder: str, name: str, reason: str, now: datetime) -> Lock:
    """The place's lock for changes: ours if it was free or ours already, else that of whoever has it.

    Compare `.holder`, the subject of what changes the place ("deploy:41"); `name` is a person's, for people. The answer
    stays true until this transaction is over.
    """
    held = await held_by(rows, place)
    if held is None:
        token = await new_token(rows, place, now)
        held = Lock(place=place, kind=Hold.CHANGE, holder=holder, name=name, reason=reason, at=now, token=token)
        rows.add(held)
        await rows.flush()
    return held


async def held_by(rows: AsyncSession, place: str) -> Lock | None:
    """The place's lock for changes; None where nothing changes it. Stays so until this transaction is over."""
    await take_turn(rows, place)
    return await rows.get(Lock, (place, Hold.CHANGE), populate_existing=True)


async def renew(rows: AsyncSession, place: str, holder: str, now: datetime) -> int | None:
    """A new token for `holder`, which shuts out whatever works with an older one; None: it has not got the place."""
    held = await held_by(rows, place)
    if held is None or held.holder != holder:
        return None
    held.token = await new_token(rows, place, now)
    rows.add(held)
    await rows.flush()
    return held.token


async def holds(rows: AsyncSession, place: str, holder: str, token: int) -> bool:
    """Whether `holder` has the place and `token` is its newest: no other run of it has taken over."""
    held = await held_by(rows, place)
    return held is not None and (held.holder, held.token) == (holder, token)


async def give_back(rows: AsyncSession, place: str, holder: str) -> bool:
    """Give the place free; False where `holder` has not got it, who then has waited for nobody."""
    mine = (col(Lock.place) == place, col(Lock.kind) == Hold.CHANGE, col(Lock.holder) == holder)
    if (await rows.exec(select(Lock.holder).where(*mine))).first() is None:
        return False
    await take_turn(rows, place)
    return (await rows.exec(delete(Lock).where(*mine))).rowcount == 1


async def take_turn(rows: AsyncSession, place: str) -> None:
    """Wait for whoever decides about this place, and let all others wait until this transaction is over."""
    insert = sqlite.insert if rows.get_bind().dialect.name == "sqlite" else postgresql.insert
    turn = {"place": place, "kind": Hold.TURN, "holder": "", "name": "", "reason": "", "at": ALWAYS}
    row = insert(Lock).values(**turn, token=0, warned=False)
    await changed(rows, row.on_conflict_do_update(index_elements=["place", "kind"], set_={"kind": Hold.TURN}))


async def new_token(rows: AsyncSession, place: str, now: datetime) -> int:
    """The next token of a place, greater than any before it: the time in ms, or one more. Take the turn first."""
    last = (await rows.exec(select(func.max(Lock.token)).where(col(Lock.place) == place))).one()
    token = max(int(now.timestamp() * 1000), last + 1)
    turn = update(Lock).where(col(Lock.place) == place, col(Lock.kind) == Hold.TURN)
    await changed(rows, turn.values(token=token))
    return token
