"""What came in, once. Slack delivers again and people click twice; a request's key is a unique row."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, SQLModel, col

from bot.store import Instant, Store, changed


class Request(SQLModel, table=True):
    """One request of a person. `key` is what Slack repeats with it; `text` is what was typed or clicked."""

    __tablename__ = "request"

    key: str = Field(primary_key=True)
    kind: str
    name: str
    person: str
    channel: str = ""
    text: str = ""
    at: datetime = Field(sa_type=Instant, index=True)


@dataclass(slots=True)
class _Waiting:
    request: Request
    admitted: asyncio.Future[bool]


class Inbox:
    """Admits each request once. All that come in while one transaction runs share the next: a storm costs a few."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        dialect = sqlite if store.sqlite else postgresql
        self._insert = dialect.insert(Request).on_conflict_do_nothing().returning(col(Request.key))

    async def admit(self, request: Request) -> bool:
        """Record it; False when it has been here before. Raises what the database raises."""
        waiting = _Waiting(request, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write(), name="inbox")
        return await waiting.admitted

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    new = await self._record({one.request.key: one.request for one in batch})
                except Exception as error:  # each of them hears of it
                    for one in batch:
                        one.admitted.set_exception(error)
                    continue
                for one in batch:
                    one.admitted.set_result(one.request.key in new)
                    new.discard(one.request.key)
        finally:
            self._writer = None

    async def _record(self, requests: dict[str, Request]) -> set[str]:
        values = [request.model_dump() for request in requests.values()]
        async with self.store.transaction() as rows:
            # parameters beside the statement: with values in it, SQLAlchemy would compile it anew each time
            return set((await (await rows.connection()).execute(self._insert, values)).scalars())

    async def forget(self, now: datetime, older_than: timedelta) -> int:
        """Delete what Slack will not repeat any more."""
        async with self.store.transaction() as rows:
            return await changed(rows, delete(Request).where(col(Request.at) < now - older_than))
