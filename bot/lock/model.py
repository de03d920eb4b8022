"""Hands off: a service in an environment that nobody may change for now."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from bot.store import Instant


class Lock(SQLModel, table=True):
    """One lock. `place` is "api/production"; there is at most one per place."""

    __tablename__ = "lock"

    place: str = Field(primary_key=True)
    reason: str
    person: str
    name: str
    at: datetime = Field(sa_type=Instant)
