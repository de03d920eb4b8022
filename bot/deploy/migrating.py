"""Migrations: a job before the new version gets traffic, and the way back from it, which a person asks for."""

import asyncio
import time

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deploy.ledger import Ledger
from bot.deploy.model import CHANGING, Deploy, State
from bot.deploy.terms import Outside, fence
from bot.deploy.views import migration_log, way_back
from bot.deploy.watch import Watch
from bot.durable import JSON
from bot.errors import Unavailable
from bot.values import Job, JobLook, Phase

UP, DOWN = "up", "down"


class Migrating:
    """The jobs of deploys that declare a migration."""

    def __init__(self, ledger: Ledger, outside: Outside, watch: Watch) -> None:
        self.ledger, self.outside, self.watch = ledger, outside, watch

    async def run(self, deploy_id: int, epoch: int, direction: str) -> dict[str, JSON]:
        """Run the job and wait for its end; its last lines go into the thread. Only looks once it is started, so a
        restart finds it by its name."""
        deploy = await self.watch.current(deploy_id, epoch)
        migration = deploy.how.migration
        if migration is None or deploy.migrated == direction:
            return _outcome(JobLook(phase=Phase.DONE, text="nothing to migrate"))
        command = migration.up if direction == UP else migration.down
        seconds = migration.timeout.total_seconds()
        job = Job(name=f"migrate-{direction}", change=deploy.how.change(), command=command, timeout=seconds)
        seen = await self._until_over(deploy, job, epoch)

        async def note(rows: AsyncSession, now: Deploy) -> None:
            now.migrated = direction if seen.phase == Phase.DONE else now.migrated
            await self.ledger.say(rows, now, f"migration:{direction}", migration_log(now, direction, seen))

        action = f"migrated_{direction}" if seen.phase == Phase.DONE else ""  # the deploy's end says that it failed
        await self.ledger.change(deploy_id, CHANGING, action, {}, epoch=epoch, also=note)
        return _outcome(seen)

    async def _until_over(self, deploy: Deploy, job: Job, epoch: int) -> JobLook:
        target, until = self.outside.targets[deploy.place], time.monotonic() + job.timeout + self.watch.pace.timeout
        cause = f"{job.name} by Quarterdeck, deploy #{deploy.id}"
        name = await target.start_job(job, fence(deploy, epoch), cause)
        while time.monotonic() < until:
            try:
                seen = await target.look_at_job(name)
            except Unavailable as out:
                await asyncio.sleep(max(self.watch.pace.poll, out.retry_after or 0))
                continue
            if seen.phase != Phase.WAITING:
                return seen
            await asyncio.sleep(self.watch.pace.poll)
            assert deploy.id is not None
            await self.watch.current(deploy.id, epoch)
        return JobLook(phase=Phase.FAILED, text=f"{job.name} did not end in time")

    async def way_back(self, deploy_id: int, epoch: int, why: str) -> dict[str, JSON]:
        """Whether the way back is open: nothing was migrated, the old version can live with it, or a person has said
        what to do. Asks once, in the thread."""
        deploy = await self.watch.current(deploy_id, epoch)
        migration = deploy.how.migration
        free = migration is None or deploy.migrated != UP or migration.reversible or bool(deploy.aborted_by)
        if free or deploy.down_by:
            return {"open": True, "down": bool(deploy.down_by) and not free}

        async def ask(rows: AsyncSession, now: Deploy) -> None:
            await self.ledger.say(rows, now, "way back", way_back(now, why), broadcast=True)

        await self.ledger.change(deploy_id, [*CHANGING, State.WATCHING], "", {"reason": why}, epoch=epoch, also=ask)
        return {"open": False, "down": False}


def _outcome(seen: JobLook) -> dict[str, JSON]:
    return {"phase": str(seen.phase), "text": seen.text, "trouble": None}
