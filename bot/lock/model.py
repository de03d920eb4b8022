"""Hands off: a service in an environment that nobody may change for now."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from bot.store import Instant


class Hold(StrEnum):
    """Why a place is held: PERSON, somebody has locked it; CHANGE, something is changing it right now. TURN is
    nobody's: whoever decides about the place waits for that row, which stays and keeps the last token.
    """

    PERSON = "person"
    CHANGE = "change"
    TURN = "turn"


class Lock(SQLModel, table=True):
    """One lock. `place` is "api/production"; there is at most one of each kind per place, and the database keeps it so.

    `holder` is a person's id, or the subject of what changes the place ("deploy:41"); `token` only ever grows for a
    place: whoever holds an older one has lost it. `until` ends it by itself; `warned` says that the holder has been
    told so.
    """

    __tablename__ = "lock"

    place: str = Field(primary_key=True)
    kind: str = Field(primary_key=True, default=Hold.PERSON)
    holder: str
    name: str
    reason: str
    at: datetime = Field(sa_type=Instant)
    until: datetime | None = Field(default=None, sa_type=Instant)
    token: int = Field(default=0, sa_type=BigInteger)
    warned: bool = False


class Freeze(SQLModel, table=True):
    """An environment, or one service of it, that nothing may change until a moment. Kept when it is over.

    `service` is empty where it holds for all of them.
    """

    __tablename__ = "freeze"

    id: int | None = Field(default=None, primary_key=True)
    environment: str = Field(index=True)
    service: str = ""
    reason: str
    person: str
    name: str
    at: datetime = Field(sa_type=Instant)
    until: datetime = Field(sa_type=Instant)
    lifted_at: datetime | None = Field(default=None, sa_type=Instant)
    lifted_by: str = ""
