"""The flow of one deploy, from the plan to its end. Survives a crash at any line: every effect is idempotent."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import structlog

from bot.deploy.before import Before
from bot.deploy.ends import Ends
from bot.deploy.hold import GONE, HELD, UNDECIDED, Hold
from bot.deploy.ledger import Ledger, Stale
from bot.deploy.migrating import DOWN, UP, Migrating
from bot.deploy.model import ACTIVE, BEFORE, Deploy, State
from bot.deploy.strides import Strides
from bot.deploy.terms import Outside
from bot.deploy.watch import Ask, Watch
from bot.durable import JSON, Durable, step, wait_for
from bot.errors import Refusal, Unavailable
from bot.values import Phase

FLOW = "deploy"
CONTROL = "control"  # the topic on which a decision wakes the flow; what was decided stands in the row
ABANDONED = timedelta(minutes=1)  # a row is older than its flow by milliseconds
RETRY = 10.0  # seconds between two tries at most, when a target does not answer
DAY = 86_400.0
T = TypeVar("T")
log = structlog.get_logger()


class Rollout:
    """Runs deploys, each as the durable flow "deploy:<id>"."""

    def __init__(
        self,
        ledger: Ledger,
        durable: Durable,
        outside: Outside,
        before: Before,
        watch: Watch,
        hold: Hold,
        migrating: Migrating,
        ends: Ends,
    ) -> None:
        self.ledger, self.durable, self.outside = ledger, durable, outside
        self.before, self.watch, self.hold, self.migrating, self.ends = before, watch, hold, migrating, ends
        self.strides = Strides(ledger, outside, watch, hold)
        self.attempts = max(2, int(watch.pace.patience / RETRY))
        self._epochs: dict[int, int] = {}  # of the flows that run here
        ledger.on_turn = self.turned
        durable.flow(FLOW, self.run)

    async def start(self, deploy: Deploy) -> None:
        """Start the flow of this deploy, unless it has been started."""
        await self.durable.start_once(FLOW, deploy.subject, deploy.id)

    async def wake(self, deploy: Deploy, key: str) -> None:
        """Tell the flow that the row has changed; the same key tells it once."""
        try:
            await self.durable.signal(deploy.subject, CONTROL, {}, key)
        except Refusal:  # a crash came between the row and its flow, which reads the row when it starts
            await self.start(deploy)

    async def turned(self, deploy: Deploy) -> None:
        """Its turn has come, or has been taken from it."""
        await self.wake(deploy, f"{deploy.subject}:turn:{datetime.now(UTC).timestamp()}")

    async def resume(self) -> None:
        """Start and wake what a crash left between a row and its flow. Cheap and harmless: call it now and then."""
        active = {deploy.subject: deploy for deploy in await self.ledger.active()}
        pending = set(await self.durable.pending(FLOW))
        for subject in active.keys() - pending:
            if not await self.durable.start_once(FLOW, subject, active[subject].id):
                await self._abandoned(active[subject])
        for subject in pending:  # one that is not active has ended while its flow did not hear of it
            if key := _to_wake(active.get(subject), datetime.now(UTC)):
                await self.durable.signal(subject, CONTROL, {}, f"{subject}:wake:{key}")

    async def _abandoned(self, deploy: Deploy) -> None:
        """A row whose flow has ended without it, as after the restore of an older database, must not keep its place."""
        assert deploy.id is not None
        fresh = await self.ledger.get(deploy.id)
        if fresh.state in ACTIVE and datetime.now(UTC) - fresh.requested_at > ABANDONED:
            await self.ends.stuck(
                deploy.id, fresh.epoch, "nobody follows it any more; look at what runs, and start anew"
            )

    async def run(self, deploy_id: int) -> JSON:
        """The flow. Returns the last state."""
        deploy = await self.ledger.begin(deploy_id)  # no step: each run of the flow gets an epoch of its own
        try:
            return await self._run(deploy_id, deploy.epoch)
        except Stale:
            return "stale"
        except Exception:  # the place must not stay taken by a flow that is no more
            reference = f"{deploy.subject}@{deploy.epoch}"
            log.exception("deploy.bug", reference=reference)
            why, epoch = f"a bug in Quarterdeck, reference {reference}.", self._epochs.get(deploy_id, deploy.epoch)
            return await step("bug", self.ends.stuck, deploy_id, epoch, why)
        finally:
            self._epochs.pop(deploy_id, None)

    async def _run(self, deploy_id: int, epoch: int) -> JSON:
        """Plan, wait, migrate, step by step to the whole, watch; back where it must not stay."""
        stands, epoch = await self._wait(deploy_id, epoch)
        self._epochs[deploy_id] = epoch
        if stands == State.ROLLING_BACK:  # a flow that was started anew: its older self had turned back
            return await self._go_back(deploy_id, epoch)
        if stands == State.RUNNING:
            stands = await self._forward(deploy_id, epoch)
        if stands == State.WATCHING:
            stands = await self._stand_watch(deploy_id, epoch)
        return stands

    async def _wait(self, deploy_id: int, epoch: int) -> tuple[JSON, int]:
        """Until it may start, or is over before it began; with the epoch to go on with."""
        while True:
            try:
                stands = await self._patiently("plan", self.before.make, deploy_id, epoch)
            except Unavailable as out:
                return await self._unreached(deploy_id, epoch, f"it could not be planned: {out}"), epoch
            while stands["state"] in BEFORE and stands["state"] != State.PLANNED:
                await wait_for(CONTROL, max(float(str(stands["left"])), 0.1))
                stands = await step("stands", self.before.stands, deploy_id, epoch)
            if stands["state"] == State.PLANNED:
                continue
            if stands["state"] != State.RUNNING:
                return stands["state"], epoch
            try:
                begun = await self._patiently("look again", self.before.still_holds, deploy_id, epoch)
            except Unavailable as out:
                return await self._unreached(deploy_id, epoch, f"it could not start: {out}"), epoch
            if begun:
                return stands["state"], max(epoch, begun)  # a run after a crash has a newer one than was noted

    async def _forward(self, deploy_id: int, epoch: int) -> JSON:
        outcome = await step("migrate", self.migrating.run, deploy_id, epoch, UP, looks=True)
        if outcome["phase"] != Phase.DONE:
            why = f"the migration failed, so the new version got no traffic: {outcome['text']}"
            return await step("not migrated", self.ends.stuck, deploy_id, epoch, why)
        first, last = map(int, await step("from", self.strides.span, deploy_id, epoch))
        try:
            for number in range(first, last):
                await self._patiently(f"weight {number}", self.strides.reach, deploy_id, epoch, number)
                outcome = await step(f"ready {number}", self.watch.until_over, deploy_id, epoch, False, looks=True)
                if outcome["phase"] == Phase.DONE:
                    await step(f"stand {number}", self.strides.stand, deploy_id, epoch)
                    outcome = await step(f"hold {number}", self.hold.step, deploy_id, epoch, looks=True)
                if outcome["phase"] != HELD:
                    return await self._turn(deploy_id, epoch, outcome)
            await self._patiently("roll out", self.strides.reach, deploy_id, epoch, last)
        except (Refusal, Unavailable) as no:
            return await self._unreached(deploy_id, epoch, f"the rollout could not go on: {no}")
        outcome = await step("watch", self.watch.until_over, deploy_id, epoch, False, looks=True)
        if outcome["phase"] == Phase.DONE:
            await step("tidy", self.strides.tidy, deploy_id, epoch, looks=True)
            return await step("finish", self.ends.serves, deploy_id, epoch)
        return await self._turn(deploy_id, epoch, outcome)

    async def _unreached(self, deploy_id: int, epoch: int, why: str) -> JSON:
        """A step that can't be taken: back, if anything was changed; a person otherwise."""
        if await step("touched", self.strides.touched, deploy_id, epoch):
            return await self._turn(deploy_id, epoch, {"phase": Phase.FAILED, "text": why, "trouble": None})
        return await step("not started", self.ends.stuck, deploy_id, epoch, why)

    async def _stand_watch(self, deploy_id: int, epoch: int) -> JSON:
        outcome = await step("window", self.hold.window, deploy_id, epoch, looks=True)
        if outcome["phase"] == Phase.DONE:
            return await step("good", self.ends.good, deploy_id, epoch)
        if outcome["phase"] in (UNDECIDED, Phase.SUPERSEDED):
            return await step("undecided", self.ends.undecided, deploy_id, epoch, str(outcome["text"]))
        if outcome["phase"] == GONE:
            return GONE
        return await self._turn(deploy_id, epoch, outcome)

    async def _turn(self, deploy_id: int, epoch: int, outcome: dict[str, JSON]) -> JSON:
        """It must not stay. Where the database has moved on and can't be undone by itself, a person decides first."""
        if outcome["phase"] == Phase.SUPERSEDED:
            return await step("superseded", self.ends.stuck, deploy_id, epoch, str(outcome["text"]))
        way = await step("way back", self.migrating.way_back, deploy_id, epoch, str(outcome["text"]))
        while not way["open"]:
            await wait_for(CONTROL, DAY)
            way = await step("way back", self.migrating.way_back, deploy_id, epoch, str(outcome["text"]))
        turned = await step("turn back", self.ends.turn_back, deploy_id, epoch, outcome)
        if turned != State.ROLLING_BACK:
            return turned
        if way["down"]:
            undone = await step("migrate back", self.migrating.run, deploy_id, epoch, DOWN, looks=True)
            if undone["phase"] != Phase.DONE:
                why = f"the migration could not be undone, so nothing was rolled back: {undone['text']}"
                return await step("not undone", self.ends.stuck, deploy_id, epoch, why)
        return await self._go_back(deploy_id, epoch)

    async def _go_back(self, deploy_id: int, epoch: int) -> JSON:
        try:
            await self._patiently("restore", self.ends.restore, deploy_id, epoch)
        except (Refusal, Unavailable) as no:
            return await step("not restored", self.ends.stuck, deploy_id, epoch, f"going back failed: {no}")
        outcome = await step("watch restore", self.watch.until_over, deploy_id, epoch, True, looks=True)
        if outcome["phase"] != Phase.DONE:
            why = f"going back did not end well: {outcome['text']}"
            return await step("stuck", self.ends.stuck, deploy_id, epoch, why)
        restored = await step("restored", self.ends.restored, deploy_id, epoch)
        await step("recovery", self.ends.recovery, deploy_id, epoch, looks=True)
        return restored

    async def _patiently(
        self, name: str, ask: Callable[..., Awaitable[T]], deploy_id: int, epoch: int, *more: object
    ) -> T:
        """A step that asks the target, for minutes if it does not answer."""
        return await step(name, self._asking(ask, more), deploy_id, epoch, attempts=self.attempts, most=RETRY)

    def _asking(self, ask: Callable[..., Awaitable[T]], more: tuple[object, ...]) -> Ask[T]:
        async def asking(deploy_id: int, epoch: int) -> T:
            return await self.watch.patiently(lambda one, two: ask(one, two, *more), deploy_id, epoch)

        return asking


def _to_wake(deploy: Deploy | None, now: datetime) -> str:
    """Why the flow of this deploy may sleep although something has happened; empty where it may sleep. A reason wakes
    it once; what can come more than once carries the time."""
    if deploy is None:
        return "over"
    if deploy.state in (State.QUEUED, State.WAITING, State.SCHEDULED):
        return ""
    again = deploy.state == State.PLANNED or deploy.down_by or deploy.aborted_by
    return f"{deploy.state}:{deploy.started_at}:{now:%H%M}" if again else f"{deploy.state}:{deploy.started_at}"
