"""What people said to a request: one vote each, never changed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.store import Instant
from bot.values import Value


class Answer(StrEnum):
    """Yes or no."""

    APPROVE = "approve"
    REJECT = "reject"


class Vote(SQLModel, table=True):
    """One person's answer to one request. `subject` names the request ("deploy:41"), `plan` the hash of what they
    said it to: it counts for that alone. A no carries its reason."""

    __tablename__ = "vote"
    __table_args__ = (UniqueConstraint("subject", "plan", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(index=True)
    plan: str = ""
    person: str
    name: str
    answer: str
    reason: str = ""
    at: datetime = Field(sa_type=Instant)


class Tick(Value):
    """One item of the checklist that somebody has looked at. Kept with the request, in JSON."""

    item: str
    person: str
    name: str
    at: datetime


class Review(SQLModel, table=True):
    """What was done without the yes of another, and waits for one afterwards. `due_at` is when it is asked for again.

    `subject` names what was done ("deploy:41") and heads the thread; `place` is "api/production".
    """

    __tablename__ = "review"

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(unique=True)
    place: str
    channel: str
    reason: str
    person: str
    name: str
    at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant, index=True)
    signed_by: str = ""
    signed_name: str = ""
    signed_at: datetime | None = Field(default=None, sa_type=Instant)
    note: str = ""
