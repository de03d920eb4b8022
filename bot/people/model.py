"""Who may do what, as config/people.yml says it."""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from bot.catalogue import Name

USER = re.compile(r"[UW][A-Z0-9]{3,20}")
EMAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,200}\.[^@\s<>]{1,60}")
HANDLE = re.compile(r"@[^\s@<>]{1,80}")
TEAM = re.compile(r"team:\S{1,80}")


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


def _person(who: str) -> str:
    if not (USER.fullmatch(who) or EMAIL.fullmatch(who)):
        raise ValueError("is nobody: write a Slack user id (U0123ABC) or an e-mail address")
    return who


def _anybody(who: str) -> str:
    if not any(form.fullmatch(who) for form in (USER, EMAIL, HANDLE, TEAM)):
        raise ValueError('is nobody: write a Slack user id, an e-mail address, "@group-handle" or "team:<name>"')
    return who


Member = Annotated[str, AfterValidator(_person)]
Who = Annotated[str, AfterValidator(_anybody)]

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
