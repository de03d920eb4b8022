"""Watching a rollout until it is done, can't be done, or somebody aborts it."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.deploy.ledger import Ledger, Stale
from bot.deploy.model import Deploy, State
from bot.durable import JSON
from bot.errors import Refusal, Unavailable
from bot.ports import DeployTarget
from bot.values import Phase, Place, Progress

ABORTED = "aborted"


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
        silent, settled = False, None
        while time.monotonic() < until:
            deploy = await self.ledger.get(deploy_id)
            if deploy.epoch != epoch:
                raise Stale
            if deploy.aborted_by and not back:
                return {"phase": ABORTED, "text": deploy.reason, "trouble": None}
            try:
                seen = await self._see(deploy, back)
            except Unavailable as out:
                if not silent:
                    silent = await self._note(deploy, epoch, silent_since=datetime.now(UTC))
                await asyncio.sleep(max(self.pace.poll, out.retry_after or 0))
                continue
            if silent or seen.model_dump(mode="json") != deploy.progress:
                silent = not await self._note(deploy, epoch, silent_since=None, progress=seen.model_dump(mode="json"))
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

    async def _see(self, deploy: Deploy, back: bool) -> Progress:
        revision = deploy.ran if back else deploy.rolled_out
        assert revision is not None, "what is watched has been rolled out"
        try:
            return await self.targets[deploy.place].observe(revision)
        except Refusal as no:
            return Progress(phase=Phase.FAILED, text=no.text)

    async def _note(self, deploy: Deploy, epoch: int, **values: object) -> bool:
        assert deploy.id is not None
        states = [State.RUNNING, State.ROLLING_BACK]
        return await self.ledger.change(deploy.id, states, "", values, epoch=epoch) is not None


def _outcome(seen: Progress) -> dict[str, JSON]:
    trouble = seen.trouble.model_dump(mode="json") if seen.trouble else None
    return {"phase": str(seen.phase), "text": seen.text, "trouble": trouble}
