"""Whose turn it is at a place: one change at a time, the rest in a queue. All in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deploy.model import BEFORE, Deploy, State
from bot.lock.claims import claim, give_back, held_by

LETS_GO = (State.SUCCEEDED, State.WATCHING, State.SCHEDULED)  # and every other end


async def take(rows: AsyncSession, deploy: Deploy, now: datetime) -> Deploy | None:
    """Take the place for `deploy`; None when it has it now, else the deploy that has it."""
    why = f"{deploy.kind} to {deploy.version}"
    lock = await claim(rows, str(deploy.place), deploy.subject, deploy.requested_name, why, now)
    return None if lock.holder == deploy.subject else await _holder(rows, lock.holder)


async def holding(rows: AsyncSession, deploy: Deploy) -> Deploy | None:
    """The other deploy that has this one's place; None where there is none."""
    lock = await held_by(rows, str(deploy.place))
    return await _holder(rows, lock.holder) if lock and lock.holder != deploy.subject else None


async def push_in(rows: AsyncSession, deploy: Deploy, now: datetime) -> Deploy | None:
    """Take the place from a deploy that has not changed anything yet, which goes back to the queue and is returned.

    What is going wrong is put right before anything new begins. Call it only where `movable` says so.
    """
    other = await take(rows, deploy, now)
    if other is None:
        return None
    other.state = State.QUEUED
    rows.add(other)
    await give_back(rows, str(deploy.place), other.subject)
    await take(rows, deploy, now)
    return other


def movable(other: Deploy | None) -> bool:
    """Whether a deploy that has the place can be put back into the queue: it has changed nothing yet."""
    return other is None or other.state in BEFORE


async def leave(rows: AsyncSession, deploy: Deploy, now: datetime) -> Deploy | None:
    """Give the place free; the deploy whose turn it is then, planned anew, if one waits."""
    await give_back(rows, str(deploy.place), deploy.subject)
    for waiting in await queue(rows, deploy):
        mine = select(Deploy).where(Deploy.id == waiting.id, Deploy.state == State.QUEUED)  # not cancelled meanwhile
        following = (await rows.exec(mine.with_for_update())).first()
        if following is None or following.id == deploy.id:
            continue
        if await take(rows, following, now) is not None:
            return None
        following.state = State.PLANNED
        rows.add(following)
        return following
    return None


async def queue(rows: AsyncSession, deploy: Deploy) -> Sequence[Deploy]:
    """Everything that waits for this deploy's place, in its order: rollbacks first, then as it was asked for."""
    at = (Deploy.service == deploy.service, Deploy.environment == deploy.environment)
    found = await rows.exec(select(Deploy).where(*at, Deploy.state == State.QUEUED).order_by(col(Deploy.id)))
    return sorted(found.all(), key=lambda one: one.kind != "rollback")


async def _holder(rows: AsyncSession, subject: str) -> Deploy:
    number = int(subject.removeprefix("deploy:"))
    return (await rows.exec(select(Deploy).where(Deploy.id == number))).one()
