"""Who runs the flows: one process on a SQLite file, any number on PostgreSQL, each known to be alive by its lease."""

import fcntl
import hashlib
import os
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

import psycopg
import sqlalchemy as sa

from bot.errors import Code, Refusal


class FileLease:
    """An exclusive lock on `<file>.lock`, which the kernel lets go of when the process ends, however it ends."""

    def __init__(self, database: Path, executor: str) -> None:
        self.executor = executor
        self._path = database.with_name(database.name + ".lock")
        self._file: IO[str] | None = None

    async def acquire(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise Refusal(
                Code.ALREADY_RUNNING,
                f"{self._path.with_suffix('')} is in use by the process {holder}",
                "Stop that process, or use PostgreSQL to run several",
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file

    async def release(self) -> None:
        if self._file:
            self._file.close()
            self._file = None


class LeaseLost(Exception):
    """The session that held our lease is gone: others may take us for dead."""


class SessionLease:
    """A session's advisory lock named after the executor: PostgreSQL lets go of it when process or connection dies."""

    def __init__(self, dsn: str, executor: str) -> None:
        self._dsn, self.executor = dsn, executor
        self._session: psycopg.AsyncConnection[tuple[bool]] | None = None

    async def acquire(self) -> None:
        self._session = await psycopg.AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            # The server too must notice that a machine has vanished: by its own default it holds the lock for hours.
            options="-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
        )
        await self._session.execute("select pg_advisory_lock(%s)", (_key(self.executor),))

    async def release(self) -> None:
        if self._session:
            await self._session.close()
            self._session = None

    async def check(self) -> None:
        """LeaseLost unless our own lease still stands."""
        await self._ask("select true")

    @asynccontextmanager
    async def of_the_dead(self, executor: str) -> AsyncIterator[bool]:
        """Hold the lease of another executor. Yields False, holding nothing, while that one is alive."""
        taken = await self._ask("select pg_try_advisory_lock(%s)", _key(executor))
        try:
            yield taken
        finally:
            if taken:
                await self._ask("select pg_advisory_unlock(%s)", _key(executor))

    async def _ask(self, query: str, *args: int) -> bool:
        try:
            if not self._session:
                raise LeaseLost
            row = await (await self._session.execute(query.encode(), args)).fetchone()
        except psycopg.OperationalError as error:
            raise LeaseLost from error
        return bool(row and row[0])


def lease(url: sa.URL, executor: str | None) -> FileLease | SessionLease:
    """The lease for a database. Executors are named anew at each start; on a file one follows the other."""
    match url.get_backend_name(), url.database:
        case "sqlite", str(path) if path != ":memory:":
            return FileLease(Path(path), executor or "local")
        case "postgresql", _:
            dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
            return SessionLease(dsn, executor or f"{socket.gethostname()}-{secrets.token_hex(4)}")
        case _:
            raise ValueError(f"flows need sqlite:///<file> or postgresql://…, not {url!r}")


def _key(executor: str) -> int:
    digest = hashlib.blake2b(f"quarterdeck:{executor}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)
