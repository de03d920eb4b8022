"""What an environment asks before it lets a change in: approvals, proof from another environment, a checklist."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.durations import Duration, Span


class Section(BaseModel):
    """A part of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quorum(Section):
    """Who must say yes. Never the requester, and nobody twice."""

    count: int = Field(1, ge=0, le=10, description="How many people must approve; 0: none, still recorded.")
    teams: int = Field(0, ge=0, le=10, description="From how many different teams (people.teams) they must come.")
    roles: tuple[str, ...] = Field(
        (), description="Roles of which each must be held by at least one of those who approve (people.roles)."
    )
    no_coauthors: bool = Field(False, description="Nobody approves a change that they have written a part of.")
    nag_after: Duration = Field(timedelta(minutes=30), description="Those who may approve are reminded after this.")
    escalate_after: Duration = Field(timedelta(hours=1), description="Then `escalate_to` is asked as well.")
    escalate_to: tuple[str, ...] = Field(
        (), description='Who is asked when nobody answers: "@group-handle", "team:<name>", ids, e-mail addresses.'
    )


def _quorum(given: object) -> object:
    return {"count": given} if isinstance(given, int) and not isinstance(given, bool) else given


Approvals = Annotated[Quorum, BeforeValidator(_quorum)]


class Proven(Section):
    """Where a version must have been good before it comes here."""

    environment: str = Field(description="Another environment of the same service.")
    lasting: Span = Field(timedelta(0), alias="for", description="How long it must have been known good there.")


class Migration(Section):
    """What runs once, with the new version's image, before it gets any traffic."""

    up: tuple[str, ...] = Field(min_length=1, description="The command, for example [alembic, upgrade, head].")
    down: tuple[str, ...] = Field((), description="The way back; none: it can't be undone.")
    reversible: bool = Field(
        False, description="Whether the version before still works on the migrated database: a rollback is safe."
    )
    timeout: Duration = Field(timedelta(minutes=10), description="A job not finished by then has failed.")


class Policy(Section):
    """What is asked of every change of one environment of one service."""

    proven_in: Proven | None = Field(None, description="Another environment in which the version must be known good.")
    checklist: tuple[Annotated[str, Field(min_length=1, max_length=140)], ...] = Field(
        (), max_length=10, description="What whoever approves must have looked at, ticked one by one."
    )
    only_in_windows: bool = Field(False, description="Only within a maintenance window (calendar.windows).")
    digest: bool = Field(False, description="Refuse a version that no registry resolves to a digest.")
