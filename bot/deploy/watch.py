"""Watching a rollout until it is done, can't be done, or somebody aborts it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeAlias, TypeVar

from bot.deploy.ledger import Ledger, Stale
from bot.deploy.model import CHANGING, Deploy, State
from bot.deploy.terms import Outside, Pace
from bot.durable import JSON
from bot.errors import Refusal, Unavailable
from bot.values import Phase, Progress

ABORTED = "aborted"
NOTED = (*CHANGING, State.WATCHING)

T = TypeVar("T")
Ask: TypeAlias = Callable[[int, int], Awaitable[T]]  # of a deploy's id and epoch


class Watch:
    """Looks at rollouts and writes what it sees into their rows, which makes it appear on their cards."""

    def __init__(self, ledger: Ledger, outside: Outside, pace: Pace) -> None:
        self.ledger, self.outside, self.pace = ledger, outside, pace

    async def until_over(self, deploy_id: int, epoch: int, back: bool) -> dict[str, JSON]:
        """Look until it is done, can't be done or is aborted; every change of what is seen goes to the card."""
        until = time.monotonic() + self.pace.timeout
        settled = None
        while time.monotonic() < until:
            deploy = await self.current(deploy_id, epoch)
            if deploy.aborted_by and not back:
                return {"phase": ABORTED, "text": deploy.reason, "trouble": None}
            seen = await self.look(deploy, epoch, back)
            if seen is None:
                settled = None
            elif seen.phase == Phase.DONE:
                settled = settled or time.monotonic()
                if time.monotonic() - settled >= self.pace.settle:
                    return outcome(seen)
            elif seen.phase != Phase.WAITING:
                return outcome(seen)
            else:
                settled = None
            await asyncio.sleep(self.pace.poll)
        minutes = f"{self.pace.timeout / 60:.0f} min"
        return {"phase": Phase.FAILED, "text": f"it was not ready after {minutes}", "trouble": None}

    async def current(self, deploy_id: int, epoch: int) -> Deploy:
        """The row, while it is still ours. Raises Stale."""
        deploy = await self.ledger.get(deploy_id)
        if deploy.epoch != epoch:
            raise Stale
        return deploy

    async def look(self, deploy: Deploy, epoch: int, back: bool = False) -> Progress | None:
        """One look, noted where it shows something new; None while the target keeps silent (the card says so)."""
        try:
            seen = await self._see(deploy, back)
        except Unavailable as out:
            await self._silent(deploy, epoch, datetime.now(UTC))
            await asyncio.sleep(out.retry_after or 0)
            return None
        if deploy.silent_since or seen.model_dump(mode="json") != deploy.progress:
            await self.note(deploy, epoch, silent_since=None, progress=seen.model_dump(mode="json"))
        return seen

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
            await self.note(deploy, epoch, silent_since=since)

    async def _see(self, deploy: Deploy, back: bool) -> Progress:
        revision = deploy.ran if back else deploy.rolled_out
        assert revision is not None, "what is watched has been rolled out"
        try:
            return await self.outside.targets[deploy.place].observe(revision)
        except Refusal as no:
            return Progress(phase=Phase.FAILED, text=no.text)

    async def note(self, deploy: Deploy, epoch: int, **values: object) -> None:
        """Write what was seen into the row, and so onto the card."""
        assert deploy.id is not None
        await self.ledger.change(deploy.id, NOTED, "", values, epoch=epoch)


def outcome(seen: Progress) -> dict[str, JSON]:
    """A look that ends the watching, as a step returns it."""
    trouble = seen.trouble.model_dump(mode="json") if seen.trouble else None
    return {"phase": str(seen.phase), "text": seen.text, "trouble": trouble}
