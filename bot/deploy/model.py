"""A deploy: a version that somebody wants to run at a place, and what became of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel

from bot.deploy.proposal import Proposal
from bot.metrics.model import Verdict
from bot.store import Instant
from bot.values import Check, Person, Place, Progress, Revision


class Kind(StrEnum):
    """Forward to a version, or back to one that ran before."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"


class State(StrEnum):
    """Where a deploy stands."""

    PLANNED = "planned"
    QUEUED = "queued"
    WAITING = "waiting"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    WATCHING = "watching"
    ROLLING_BACK = "rolling_back"
    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ROLLED_BACK = "rolled_back"
    FAILED = "failed"


BEFORE = (State.PLANNED, State.QUEUED, State.WAITING, State.SCHEDULED)  # nothing has been changed yet
CHANGING = (State.RUNNING, State.ROLLING_BACK)
ACTIVE = (*BEFORE, *CHANGING, State.WATCHING)


def _json(nullable: bool = True) -> Any:
    return Column(JSON, nullable=nullable)


class Deploy(SQLModel, table=True):
    """The row that is the truth about one deploy.

    While it may change its place it holds the place's lock (bot.lock.claims): one change at a time. `epoch` grows each
    time the flow is started or resumed; whoever holds an older one may not change anything any more.
    `before` is what ran, `after` what was rolled out, `wanted` the recorded revision that a rollback returns to.
    `proposal` is what people approve, `plan` its hash: a vote counts for the plan that it was given to.
    `whole_at` is when the new version served everywhere, `back_at` when the bot began to go back.
    `step` counts the strategy's steps from 0; behind the last one the new version is the whole. `step_at` says since
    when it stands there: None before it has begun, and when the step is over. `good_at` says since
    when the version is known good: it stood the whole watch window. `migrated` is "up" once the migration has run,
    "down" once it has been undone; `down_by` is who asked for that.
    """

    __tablename__ = "deploy"

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    service: str = Field(index=True)
    environment: str
    version: str
    strategy: str
    state: str = Field(default=State.PLANNED, index=True)
    channel: str
    requested_by: str
    requested_name: str
    requested_at: datetime = Field(sa_type=Instant)
    approvals: int
    expires_at: datetime = Field(sa_type=Instant)
    epoch: int = Field(default=0, sa_type=BigInteger)
    runs: int = 0
    checks: list[dict[str, Any]] = Field(default_factory=list, sa_column=_json(nullable=False))
    replicas: int = 0
    before: dict[str, Any] | None = Field(default=None, sa_column=_json())
    after: dict[str, Any] | None = Field(default=None, sa_column=_json())
    wanted: dict[str, Any] | None = Field(default=None, sa_column=_json())
    progress: dict[str, Any] | None = Field(default=None, sa_column=_json())
    failure: dict[str, Any] | None = Field(default=None, sa_column=_json())
    reason: str = ""
    aborted_by: str = ""
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    resumed_at: datetime | None = Field(default=None, sa_type=Instant)
    silent_since: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    # What was asked for besides
    major: bool = False
    emergency: str = ""
    in_window: bool = False
    not_before: datetime | None = Field(default=None, sa_type=Instant)
    not_after: datetime | None = Field(default=None, sa_type=Instant)
    # What is approved
    plan: str = ""
    proposal: dict[str, Any] | None = Field(default=None, sa_column=_json())
    planned_at: datetime | None = Field(default=None, sa_type=Instant)
    reminded: str = ""
    ticked: list[dict[str, Any]] = Field(default_factory=list, sa_column=_json(nullable=False))
    # How far it is
    whole_at: datetime | None = Field(default=None, sa_type=Instant)
    back_at: datetime | None = Field(default=None, sa_type=Instant)
    step: int = 0
    step_at: datetime | None = Field(default=None, sa_type=Instant)
    paused_by: str = ""
    promoted: int = -1
    verdict: dict[str, Any] | None = Field(default=None, sa_column=_json())
    measured: dict[str, Any] | None = Field(default=None, sa_column=_json())
    watch_until: datetime | None = Field(default=None, sa_type=Instant)
    good_at: datetime | None = Field(default=None, sa_type=Instant, index=True)
    migrated: str = ""
    down_by: str = ""

    @property
    def subject(self) -> str:
        """The name under which locks, votes, messages, flows and audit entries refer to it."""
        return f"deploy:{self.id}"

    @property
    def place(self) -> Place:
        """Where."""
        return Place(self.service, self.environment)

    @property
    def requester(self) -> Person:
        """Who asked."""
        return Person(id=self.requested_by, name=self.requested_name)

    @property
    def ran(self) -> Revision | None:
        """What ran before."""
        return Revision.model_validate(self.before) if self.before else None

    @property
    def rolled_out(self) -> Revision | None:
        """What this deploy rolled out."""
        return Revision.model_validate(self.after) if self.after else None

    @property
    def looked_at(self) -> Progress | None:
        """The newest look at the rollout."""
        return Progress.model_validate(self.progress) if self.progress else None

    @property
    def preflight(self) -> list[Check]:
        """The preflight lines."""
        return [Check.model_validate(check) for check in self.checks]

    @property
    def proposed(self) -> Proposal | None:
        """What is approved; None until it has been planned."""
        return Proposal.model_validate(self.proposal) if self.proposal else None

    @property
    def how(self) -> Proposal:
        """The plan that is being carried out."""
        assert self.proposal is not None, "nothing starts without a plan"
        return Proposal.model_validate(self.proposal)

    @property
    def judged(self) -> Verdict | None:
        """The newest verdict."""
        return Verdict.model_validate(self.verdict) if self.verdict else None


class Quarantine(SQLModel, table=True):
    """A version of a service that was rolled back: refused everywhere until somebody lifts it, with a reason."""

    __tablename__ = "quarantine"

    id: int | None = Field(default=None, primary_key=True)
    service: str = Field(index=True)
    version: str
    image: str
    subject: str = Field(unique=True)
    reason: str
    at: datetime = Field(sa_type=Instant)
    lifted_at: datetime | None = Field(default=None, sa_type=Instant)
    lifted_by: str = ""
    lifted_name: str = ""
    lifted_reason: str = ""
