"""Who did what, when, from where, with what outcome. Append-only; each entry carries the hash of the one before."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, text
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.store import Instant, Store

GENESIS = "0" * 64
CHAIN_LOCK = 0x51444B  # PostgreSQL advisory lock: one writer of the chain at a time


class AuditEntry(SQLModel, table=True):
    """One deed. `actor` is a person's id, or "quarterdeck" for what the bot does by itself."""

    __tablename__ = "audit"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant)
    actor: str
    action: str
    subject: str
    outcome: str
    source: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    previous: str
    hash: str


async def record(
    rows: AsyncSession,
    now: datetime,
    actor: str,
    action: str,
    subject: str,
    outcome: str,
    *,
    source: str = "",
    **detail: Any,
) -> None:
    """Append an entry within the caller's transaction, so that a deed and its record stand or fall together."""
    if rows.get_bind().dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(:key)").bindparams(key=CHAIN_LOCK)
        await (await rows.connection()).execute(lock)
    last = (await rows.exec(select(AuditEntry.hash).order_by(col(AuditEntry.id).desc()).limit(1))).first()
    entry = AuditEntry(
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        outcome=outcome,
        source=source,
        detail=detail,
        previous=last or GENESIS,
        hash="",
    )
    entry.hash = digest(entry)
    rows.add(entry)
    await rows.flush()


def digest(entry: AuditEntry) -> str:
    """SHA-256 over everything in the entry but its id and its own hash."""
    said = [
        entry.previous,
        entry.at.isoformat(timespec="microseconds"),
        entry.actor,
        entry.action,
        entry.subject,
        entry.outcome,
        entry.source,
        entry.detail,
    ]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


async def verify(store: Store, batch: int = 1_000) -> tuple[int, int | None]:
    """Walk the chain; return how many entries hold, and the id of the first that does not (None: all hold)."""
    held, previous, after = 0, GENESIS, 0
    while True:
        async with store.reading() as rows:
            query = select(AuditEntry).where(col(AuditEntry.id) > after).order_by(col(AuditEntry.id)).limit(batch)
            entries = (await rows.exec(query)).all()
        if not entries:
            return held, None
        for entry in entries:
            if entry.previous != previous or entry.hash != digest(entry):
                return held, entry.id
            held, previous, after = held + 1, entry.hash, entry.id or 0
