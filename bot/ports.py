"""What the engine asks of the outside. An integration implements one of these; the engine never imports it.

A module `integrations/<port>/<vendor>.py` exports `Options` (a pydantic model, extra="forbid") and
`connect`, whose signature is given beside each port.
"""

from datetime import datetime
from typing import Protocol

from bot.values import Change, Check, Comparison, Fence, Job, JobLook, Progress, Revision, Series, Snapshot


class DeployTarget(Protocol):
    """One service in one environment, wherever it runs.

    `connect(places: Mapping[Place, Options]) -> dict[Place, DeployTarget]` gets all places of its vendor at once, so
    that connections are shared; it does no I/O. Every method has a deadline of its own and raises:
    `Refusal` (NOT_FOUND, TARGET_FORBIDS, FENCED, CONFLICT, INVALID) where trying again can't help,
    `Unavailable` where it may. Every method may be called again after a crash, in the middle of what it did.
    """

    async def inspect(self) -> Snapshot:
        """What runs here now: what serves, or what is being rolled out in its place. A copy beside it (canary, the
        idle colour) is not what runs."""

    async def preflight(self, change: Change) -> list[Check]:
        """Whether `change` could be made now, by asking without changing anything. Never raises Refusal: a no is a
        failed check."""

    async def difference(self, change: Change) -> list[str]:
        """What the change would alter in what runs, a line each ("containers[api].image: a → b")."""

    async def rehearse(self, revision: Revision) -> list[Check]:
        """Whether `restore(revision)` could be done now, by asking without changing anything: the rollback's own
        preflight. Never raises Refusal."""

    async def apply(self, change: Change, fence: Fence, cause: str) -> Revision:
        """Start to bring `change` about; return what is being rolled out. Idempotent for the same fence or a higher
        epoch of the same deploy. `cause` is a line for the target's own history.

        With a weight below 100 a copy is made ready first and given traffic second; on the way to a lower weight
        traffic first. With 100 the new version becomes what runs here."""

    async def observe(self, revision: Revision) -> Progress:
        """One look at the change that returned `revision`. DONE only when what it asked for is so: that revision
        serves everywhere, or, below a weight of 100, its copy is ready and traffic is split as asked. May carry a
        change on where the target needs more than one move (weight after readiness)."""

    async def restore(self, revision: Revision, fence: Fence, cause: str) -> Revision:
        """Start running exactly `revision` again, and only it; return what is being rolled out (its id may be new).
        From wherever a change stands: traffic leaves a copy first, then the copy goes. Idempotent like `apply`."""

    async def tidy(self, revision: Revision, fence: Fence, cause: str) -> None:
        """`revision` serves everything: let go of what was kept only to go back to (the canary's copy, the old
        colour). Nothing to do is fine."""

    async def start_job(self, job: Job, fence: Fence, cause: str) -> str:
        """Run something once, with the version's image; return a name to look at it with. Idempotent: the same job of
        the same deploy is started once. Raises Refusal(INVALID) where the target can't run jobs."""

    async def look_at_job(self, name: str) -> JobLook:
        """How far a job is. DONE: it succeeded."""

    async def close(self) -> None:
        """Give back connections. May be called twice."""


class MetricsBackend(Protocol):
    """Where metrics are asked for. `connect(options: Options) -> MetricsBackend`; it does no I/O.

    Every method has a deadline of its own and raises `Refusal`(INVALID) for a query that can't be answered,
    `Unavailable` where the backend is away, slow, or answers what is no answer."""

    async def range(self, query: str, start: datetime, end: datetime, step: float) -> list[Series]:
        """The query's series from `start` to `end` (aware), a point every `step` seconds; empty where there is none."""

    async def instant(self, query: str, at: datetime) -> list[Series]:
        """The query's value at one moment: series of one point each. A scalar is a series without labels."""

    async def close(self) -> None:
        """Give back connections. May be called twice."""


class Registry(Protocol):
    """Where images are kept. `connect(options: Options) -> Registry`; it does no I/O."""

    async def digest(self, image: str, version: str) -> str:
        """What `version` of a repository ("registry.example.com/shop/api") is now: "sha256:…". Raises
        Refusal(NOT_FOUND, TARGET_FORBIDS) and Unavailable."""

    async def close(self) -> None:
        """Give back connections. May be called twice."""


class SourceHistory(Protocol):
    """Where a service's commits are kept. `connect(options: Options) -> SourceHistory`; it does no I/O."""

    async def between(self, old: str, new: str) -> Comparison:
        """What lies between two versions of the service. Raises Refusal(NOT_FOUND, TARGET_FORBIDS) and Unavailable."""

    async def close(self) -> None:
        """Give back connections. May be called twice."""
