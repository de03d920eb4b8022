"""The SQLite engine under the flows."""

import sqlite3
import time

import sqlalchemy as sa


def engine(path: str) -> sa.Engine:
    """A write-ahead log that survives power loss, and writers that queue instead of failing."""
    made = sa.create_engine(sa.URL.create("sqlite", database=path))
    sa.event.listen(made, "connect", _prepare)
    return made


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    if sqlite3.sqlite_version_info < (3, 42):
        # Under Python 3.12 DBOS asks for unixepoch('subsec'), which SQLite answers with NULL before 3.42.
        connection.create_function("unixepoch", -1, _unixepoch)


def _unixepoch(*modifiers: str) -> float:
    return round(time.time(), 3) if modifiers == ("subsec",) else int(time.time())
