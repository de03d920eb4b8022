"""What people said to a request: one vote each, never changed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from bot.store import Instant


class Answer(StrEnum):
    """Yes or no."""

    APPROVE = "approve"
    REJECT = "reject"


class Vote(SQLModel, table=True):
    """One person's answer to one request. `subject` names the request ("deploy:41"); a no carries its reason."""

    __tablename__ = "vote"
    __table_args__ = (UniqueConstraint("subject", "person"),)

    id: int | None = Field(default=None, primary_key=True)
    subject: str = Field(index=True)
    person: str
    name: str
    answer: str
    reason: str = ""
    at: datetime = Field(sa_type=Instant)
