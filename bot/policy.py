"""What an environment asks before it lets a change in: approvals, proof from another environment, a checklist."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.durations import Duration, Span
from bot.who import Who


class Section(BaseModel):
    """A part of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _once(given: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(given)) < len(given):
        raise ValueError("says the same twice")
    return given


class Quorum(Section):
    """Who must say yes. Never the requester, and nobody twice; one person may count for a team and for roles."""

    count: int = Field(1, ge=0, le=10, description="How many people must approve; 0: none, still recorded.")
    teams: int = Field(0, ge=0, le=10, description="From how many different teams (people.teams) they must come.")
    roles: Annotated[tuple[str, ...], AfterValidator(_once)] = Field(
        (), description="Roles of which each must be held by at least one of those who approve (people.roles)."
    )
    no_coauthors: bool = Field(False, description="Nobody approves a change that they have written a part of.")
    nag_after: Duration = Field(timedelta(minutes=30), description="Those who may approve are reminded after this.")
    escalate_after: Duration = Field(timedelta(hours=1), description="Then `escalate_to` is asked as well.")
    escalate_to: tuple[Who, ...] = Field(
        (), description='Who is asked when nobody answers: "@group-handle", "team:<name>", ids, e-mail addresses.'
    )

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if self.teams > self.count:
            raise ValueError(f"{self.teams} teams take as many people: count must be at least that")
        if self.roles and not self.count:
            raise ValueError("roles are held by those who approve: count must be at least 1")
        return self


def _quorum(given: object) -> object:
    """A number alone; environment variables give it as text."""
    return {"count": given} if isinstance(given, int | str) and not isinstance(given, bool) else given


# `approvals: 2` is short for `approvals: {count: 2}`.
Approvals = Annotated[
    Quorum, BeforeValidator(_quorum, json_schema_input_type=Annotated[int, Field(ge=0, le=10)] | Quorum)
]


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


Item = Annotated[str, Field(min_length=1, max_length=75)]  # what stands beside a checkbox in Slack is no longer


class Policy(Section):
    """What is asked of every change of one environment of one service."""

    proven_in: Proven | None = Field(None, description="Another environment in which the version must be known good.")
    checklist: Annotated[tuple[Item, ...], AfterValidator(_once)] = Field(
        (), max_length=10, description="What whoever approves must have looked at, ticked one by one."
    )
    only_in_windows: bool = Field(False, description="Only within a maintenance window (calendar.windows).")
    digest: bool = Field(False, description="Refuse a version that no registry resolves to a digest.")
