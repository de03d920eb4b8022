"""Who may do what, as config/people.yml says it."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from bot.catalogue import Name
from bot.who import Member, Who


class Right(StrEnum):
    """Something that a role allows. The words are used in people.yml and in the audit log."""

    DEPLOY_REQUEST = "deploy.request"
    DEPLOY_APPROVE = "deploy.approve"
    DEPLOY_CANCEL = "deploy.cancel"
    DEPLOY_STEER = "deploy.steer"
    DEPLOY_EMERGENCY = "deploy.emergency"
    ROLLBACK_REQUEST = "rollback.request"
    LOCK_TAKE = "lock.take"
    LOCK_STEAL = "lock.steal"
    FREEZE_SET = "freeze.set"
    QUARANTINE_LIFT = "quarantine.lift"


# Told apart by form, so that a mistake in a list of names is not also called "not all".
Names = Annotated[
    Annotated[Literal["all"], Tag("all")] | Annotated[tuple[Name, ...], Tag("names")],
    Discriminator(lambda given: "all" if isinstance(given, str) else "names"),
]


class Grant(BaseModel):
    """A role given to people, for some services in some environments."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str = Field(description="A name from people.roles.")
    to: tuple[Who, ...] = Field(min_length=1, description='User ids, e-mail addresses, "@group-handle", "team:<name>".')
    services: Names = Field(description='"all", or names from services.yml.')
    environments: Names = Field(description='"all", or names of environments.')


class Policy(BaseModel):
    """The whole of people.yml. Whoever is not named may do nothing."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    teams: dict[Name, tuple[Member, ...]] = Field({}, description="Who answers for services: ids or e-mail addresses.")
    roles: dict[Name, tuple[Right, ...]] = Field({}, description="The rights that go together under one name.")
    grants: tuple[Grant, ...] = Field((), description="Which role whom is given, and where.")
