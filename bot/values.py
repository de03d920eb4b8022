"""What crosses the ports: plain, frozen, JSON-able values. No behaviour beyond reading them."""

from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """A frozen value; `model_dump(mode="json")` and `model_validate` carry it through the database."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Value):
    """Somebody in the workspace. `zone` is an IANA time zone name; `email` is None where the workspace hides it."""

    id: str
    name: str
    email: str | None = None
    zone: str = "UTC"


class Place(NamedTuple):
    """Where a version runs: one service in one environment. Both are names from the catalogue."""

    service: str
    environment: str

    def __str__(self) -> str:
        return f"{self.service}/{self.environment}"


class Fence(Value):
    """Who may change a place. A target refuses a change whose epoch is lower than the one it has seen.

    `deploy` names the deploy for people; `epoch` only ever grows for a place, also each time a deploy is resumed.
    """

    deploy: str
    epoch: int


class Check(Value):
    """One preflight line: what was looked at, whether it is as it must be, and what was seen (mrkdwn-free text)."""

    name: str
    passed: bool
    text: str


class Revision(Value):
    """Something that ran or runs at a place and can be run again.

    `id` is the target's own name for it ("12", a task definition ARN); `version` is what people call it; `image` is
    what is pulled; `restore` is the target's own record of how to run exactly this again (opaque to everybody else).
    """

    id: str
    version: str
    image: str
    restore: dict[str, object] = {}


class Snapshot(Value):
    """What a place runs now. `replicas` is what is wanted, `ready` is what serves."""

    revision: Revision
    replicas: int
    ready: int


class Phase(StrEnum):
    """How far a rollout is. SUPERSEDED: something else changed the place since; FAILED: it can't succeed by itself."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class Trouble(Value):
    """Why a rollout can't succeed, with evidence. `log` holds the last lines of the container, oldest first."""

    reason: str
    message: str
    pod: str = ""
    container: str = ""
    log: tuple[str, ...] = ()


class Progress(Value):
    """One look at a rollout. Counts are replicas: `new` and `old` exist, `ready` of the new ones serve."""

    phase: Phase
    text: str
    wanted: int = 0
    new: int = 0
    old: int = 0
    ready: int = 0
    trouble: Trouble | None = None
