"""Watching a rollout until it is done, can't be done, or somebody aborts it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias, TypeVar

from bot.deploy.ledger import Ledger, Stale
from bot.deploy.model import Deploy, State
from bot.durable import JSON
from bot.errors import Refusal, Unavailable
from bot.ports import DeployTarget
from bot.values import Phase, Place, Progress

ABORTED = "aborted"

T = TypeVar("T")
Ask: TypeAlias = Callable[[int, int], Awaitable[T]]  # of a deploy's id and epoch


@dataclass(frozen=True, slots=True)
class Pace:
    """How a rollout is watched; all in seconds. `settle`: how long a finished one must stay finished; `timeout`: when
    an unfinished one has failed; `patience`: how long a target may be out of reach before that is a failure."""

    poll: float = 1.0
    settle: float = 5.0
    timeout: float = 900.0
    patience: float = 600.0


class Watch:
    """Looks at rollouts and writes what it sees into their rows, which makes it appear on their cards."""

    def __init__(self, ledger: Ledger, targets: Mapping[Place, DeployTarget], pace: Pace) -> None:
        self.ledger, self.targets, self.pace = ledger, targets, pace

    async def until_over(self, deploy_id: int, epoch: int, back: bool) -> dict[str, JSON]:
        """Look until it is done, can't be done or is aborted; every change of what is seen goes to the card."""
        until = time.monotonic() + self.pace.timeout
        settled = None
        while time.monotonic() < until:
            deploy = await self.ledger.get(deploy_id)
            if deploy.epoch != epoch:
                raise Stale
            if deploy.aborted_by and not back:
                return {"phase": ABORTED, "text": deploy.reason, "trouble": None}
            try:
                seen = await self._see(deploy, back)
            except Unavailable as out:
                await self._silent(deploy, epoch, datetime.now(UTC))
                await asyncio.sleep(max(self.pace.poll, out.retry_after or 0))
                continue
            if deploy.silent_since or seen.model_dump(mode="json") != deploy.progress:
                await self._note(deploy, epoch, silent_since=None, progress=seen.model_dump(mode="json"))
            if seen.phase == Phase.DONE:
                settled = settled or time.monotonic()
                if time.monotonic() - settled >= self.pace.settle:
                    return _outcome(seen)
            elif seen.phase != Phase.WAITING:
                return _outcome(seen)
            else:
                settled = None
            await asyncio.sleep(self.pace.poll)
        return {
            "phase": Phase.FAILED,
            "text": f"it was not ready after {self.pace.timeout / 60:.0f} min",
            "trouble": None,
        }

    async def patiently(self, ask: Ask[T], deploy_id: int, epoch: int) -> T:
        """Ask the target; while it does not answer, the card says so. Raises what `ask` raises."""
        try:
            answer = await ask(deploy_id, epoch)
        except Unavailable:
            await self._silent(await self.ledger.get(deploy_id), epoch, datetime.now(UTC))
            raise
        await self._silent(await self.ledger.get(deploy_id), epoch, None)
        return answer

    async def _silent(self, deploy: Deploy, epoch: int, since: datetime | None) -> None:
        """Note since when the target keeps silent; None when it has answered."""
        if bool(deploy.silent_since) != bool(since):
            await self._note(deploy, epoch, silent_since=since)

    async def _see(self, deploy: Deploy, back: bool) -> Progress:
        revision = deploy.ran if back else deploy.rolled_out
        assert revision is not None, "what is watched has been rolled out"
        try:
            return await self.targets[deploy.place].observe(revision)
        except Refusal as no:
            return Progress(phase=Phase.FAILED, text=no.text)

    async def _note(self, deploy: Deploy, epoch: int, **values: object) -> None:
        assert deploy.id is not None
        await self.ledger.change(deploy.id, [State.RUNNING, State.ROLLING_BACK], "", values, epoch=epoch)


def _outcome(seen: Progress) -> dict[str, JSON]:
    trouble = seen.trouble.model_dump(mode="json") if seen.trouble else None
    return {"phase": str(seen.phase), "text": seen.text, "trouble": trouble}
