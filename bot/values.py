"""What crosses the ports: plain, frozen, JSON-able values. No behaviour beyond reading them."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field


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


class StrategyKind(StrEnum):
    """How a new version takes the old one's place."""

    ROLLING = "rolling"
    RECREATE = "recreate"
    CANARY = "canary"
    BLUE_GREEN = "blue_green"


class Change(Value):
    """What a target is asked to bring about: so much of the traffic of a place on `version`.

    `digest` ("sha256:…") pins what the version resolved to, where a registry was asked. `weight` is in per cent: 100 is
    the whole (only then the healthy copy is replaced); less means a copy of the new version beside it, which only
    canary and blue-green know; 0 is a copy that serves nobody yet.
    """

    version: str
    digest: str = ""
    strategy: StrategyKind = StrategyKind.ROLLING
    weight: int = Field(100, ge=0, le=100)


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
    """One look at a rollout. Counts are replicas: `new` and `old` exist, `ready` of the new ones serve.

    `weight` is the share of traffic, in per cent, that the new version really has now (None: the target can't tell).
    `new_selector` and `old_selector` tell the two copies apart in metrics: label name -> anchored RE2 expression.
    """

    phase: Phase
    text: str
    wanted: int = 0
    new: int = 0
    old: int = 0
    ready: int = 0
    weight: float | None = None
    new_selector: dict[str, str] = {}
    old_selector: dict[str, str] = {}
    trouble: Trouble | None = None


class Job(Value):
    """Something that a target runs once, with the image of a version: a migration, up or down. `timeout` in seconds."""

    name: str
    change: Change
    command: tuple[str, ...]
    timeout: float = 600.0


class JobLook(Value):
    """One look at a job. `log` holds its last lines, oldest first, whatever its phase."""

    phase: Phase
    text: str
    log: tuple[str, ...] = ()


class Series(Value):
    """One time series. Points are (Unix time in seconds, value), oldest first; a value that is no number is None."""

    labels: dict[str, str]
    points: tuple[tuple[float, float | None], ...]


class Commit(Value):
    """One commit. `emails` are its author's and its co-authors', in lower case; `at` is when it was written, by its
    author's clock (aware; None: the source does not say)."""

    sha: str
    title: str
    author: str
    emails: tuple[str, ...] = ()
    at: datetime | None = None


class Comparison(Value):
    """What lies between two versions, newest first; `total` counts also those that are not listed. `url` shows it to
    people. `behind` counts commits that the old version has and the new one lacks: more than 0 means going back."""

    url: str
    total: int
    behind: int = 0
    commits: tuple[Commit, ...] = ()
