"""What has become of deploys, read for those who look back: much at once, without holding anybody up."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from bot.approval.model import Vote
from bot.deploy.model import ACTIVE, Deploy, Kind
from bot.deploy.stats import Run, run_of
from bot.store import Store
from bot.values import Place

PAGE = 20  # rows; each carries a plan, and to read thousands of those takes seconds in which nobody else is heard
MOST = 2_000  # runs


class Runs(NamedTuple):
    """Runs, newest first; `left_out` were too many to be read."""

    found: list[Run]
    left_out: int


class Good(NamedTuple):
    """A version, and since when it was known good."""

    version: str
    since: datetime


class Past:
    """Reads the rows of deploys that are over."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def runs(self, since: datetime, service: str = "", most: int = MOST) -> Runs:
        """What ended after `since`, or has come to serve since then, of one service or of all."""
        relevant = [col(Deploy.ended_at) >= since, col(Deploy.whole_at) >= since]
        query = select(Deploy).where(relevant[0] | relevant[1])
        if service:
            query = query.where(Deploy.service == service)
        found = [run async for page in self._pages(query, most) for run in map(run_of, page)]
        async with self.store.reading() as rows:
            count = (await rows.exec(select(func.count()).select_from(query.subquery()))).one()
        return Runs(found, max(0, count - len(found)))

    async def first(self) -> datetime | None:
        """When the first deploy of all was asked for."""
        async with self.store.reading() as rows:
            return (await rows.exec(select(Deploy.requested_at).order_by(col(Deploy.id)).limit(1))).first()

    async def carried_out(self, since: datetime, most: int) -> Sequence[Deploy]:
        """Deploys, no rollbacks, that began after `since` and are over, newest first."""
        over = (col(Deploy.state).not_in(ACTIVE), Deploy.kind == Kind.DEPLOY, col(Deploy.started_at) >= since)
        return [one async for page in self._pages(select(Deploy).where(*over), most) for one in page]

    async def votes(self, deploys: Sequence[Deploy]) -> dict[str, list[Vote]]:
        """What people said to the plans that were carried out, by subject, oldest first."""
        plans = {deploy.subject: deploy.plan for deploy in deploys}
        found: dict[str, list[Vote]] = {subject: [] for subject in plans}
        asked = select(Vote).where(col(Vote.subject).in_(list(plans))).order_by(col(Vote.at))
        async with self.store.reading() as rows:
            for vote in (await rows.exec(asked)).all():
                if vote.plan == plans[vote.subject]:
                    found[vote.subject].append(vote)
        return found

    async def _pages(self, query: SelectOfScalar[Deploy], most: int) -> AsyncIterator[Sequence[Deploy]]:
        """The rows of a query, newest first, at most so many."""
        newest, left = query.order_by(col(Deploy.id).desc()), most
        while left > 0:
            async with self.store.reading() as rows:
                page = (await rows.exec(newest.limit(min(PAGE, left)))).all()
            yield page
            if len(page) < PAGE:
                return
            left -= len(page)
            newest = newest.where(col(Deploy.id) < page[-1].id)

    async def known_good(self, places: Iterable[Place]) -> dict[Place, list[Good]]:
        """What has been known good at these places."""
        found: dict[Place, list[Good]] = {}
        for place in dict.fromkeys(places):
            there = (Deploy.service == place.service, Deploy.environment == place.environment)
            query = select(Deploy.version, Deploy.good_at).where(*there, col(Deploy.good_at).is_not(None))
            async with self.store.reading() as rows:
                read = (await rows.exec(query)).all()
            found[place] = [Good(version, since) for version, since in read if since]
        return found
