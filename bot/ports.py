"""What the engine asks of the outside. An integration implements one of these; the engine never imports it.

A module `integrations/<port>/<vendor>.py` exports `Options` (a pydantic model, extra="forbid") and
`connect`, whose signature is given beside each port.
"""

from typing import Protocol

from bot.values import Check, Fence, Progress, Revision, Snapshot


class DeployTarget(Protocol):
    """One service in one environment, wherever it runs.

    `connect(places: Mapping[Place, Options]) -> dict[Place, DeployTarget]` gets all places of its vendor at once, so
    that connections are shared; it does no I/O. Every method has a deadline of its own and raises:
    `Refusal` (NOT_FOUND, TARGET_FORBIDS, FENCED, CONFLICT, INVALID) where trying again can't help,
    `Unavailable` where it may.
    """

    async def inspect(self) -> Snapshot:
        """What runs here now."""

    async def preflight(self, version: str) -> list[Check]:
        """Whether `version` could be rolled out now, by asking without changing anything. Never raises Refusal:
        a no is a failed check."""

    async def apply(self, version: str, fence: Fence, cause: str) -> Revision:
        """Start rolling out `version`; return what is being rolled out. Idempotent for the same fence or a higher
        epoch of the same deploy. `cause` is a line for the target's own history."""

    async def observe(self, revision: Revision) -> Progress:
        """One look at the rollout of `revision`. DONE only when that revision is what runs, everywhere."""

    async def restore(self, revision: Revision, fence: Fence, cause: str) -> Revision:
        """Start running exactly `revision` again; return what is being rolled out (its id may be new). Idempotent
        like `apply`."""

    async def close(self) -> None:
        """Give back connections. May be called twice."""
