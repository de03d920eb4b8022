"""The engine that runs flows, on a SQLite file of its own or on PostgreSQL."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa
from dbos import DBOS, PortableWorkflowError, SetEnqueueOptions, SetWorkflowID, WorkflowHandleAsync
from dbos import error as dbos_error

from bot.durable.flows import Gate, Run
from bot.durable.host import Flow, Host
from bot.durable.lease import FileLease, LeaseLost, SessionLease, lease
from bot.durable.outcome import JSON, carried
from bot.errors import Code, Refusal

T = TypeVar("T")

UNFINISHED = ("ENQUEUED", "PENDING", "DELAYED")
FINISHED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]

log = logging.getLogger(__name__)


class Failed(Exception):
    """The flow ended by an exception, which was logged when it happened."""


class Durable:
    """Runs flows. Register them, launch, start them by name; at most one engine is launched in a process.

    `url` names the database: `sqlite:///<file>`, a file that nobody else uses, or `postgresql://…`, which replicas
    share. `executor` names this process among them; the default suits all but tests. `poll` is how long a
    queued flow waits for its start, in seconds.
    """

    _launched: ClassVar["Durable | None"] = None

    def __init__(self, url: str, *, executor: str | None = None, poll: float = 0.1) -> None:
        self.on_lost: Callable[[], None] = lambda: None
        """Called once when the lease is lost: others may resume our flows now, so the process must exit."""
        at = sa.make_url(url)
        self._lease = lease(at, executor)
        self._host = Host(at, self._lease.executor, poll)
        self._runs: dict[str, Callable[..., Awaitable[JSON]]] = {}
        self._queues: list[str] = []
        self._flows: dict[str, Flow] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._gate = Gate()

    def flow(self, name: str, run: Callable[..., Awaitable[JSON]]) -> None:
        """Make `run` known as `name`, before launch. Renaming strands the flows that are under way."""
        self._runs[name] = run

    def queue(self, name: str) -> None:
        """Make a queue known, before launch: of the flows in one partition of it one runs at a time."""
        self._queues.append(name)

    async def launch(self) -> None:
        """Start, and resume what was under way: from here on flows run, so all that they need must be there.
        Refusal(ALREADY_RUNNING) where another process has the SQLite file."""
        if Durable._launched:
            raise RuntimeError("an engine is already launched in this process")
        await self._lease.acquire()
        Durable._launched, self._gate = self, Gate()
        try:
            runs = {name: self._as_flow(name, run) for name, run in self._runs.items()}
            self._flows = self._host.launch(runs, self._queues)
            await self.adopt_orphans()
        except BaseException:
            await self.close(0)
            raise

    async def close(self, drain: float = 5.0) -> None:
        """Stop after the steps that are under way, for which it waits up to `drain` seconds. Flows stay unfinished
        and go on at the next launch. The loop has a new default executor afterwards."""
        if Durable._launched is not self:
            return
        await self._gate.shut(drain)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        try:
            await self._host.destroy()
        finally:
            await self._lease.release()
            Durable._launched = None

    async def start_once(self, flow: str, id: str, *args: JSON, queue: str = "", partition: str = "") -> bool:
        """Start a flow under `id`, at once or through a queue. True when this call started it, False when the id
        exists, whatever became of it (until `retain` forgets it)."""
        if queue and (queue not in self._queues or not partition):
            raise ValueError(f"the queue {queue!r} must be registered and needs a partition")
        if flow not in self._flows:
            raise ValueError(f"no flow {flow!r} was registered before launch")
        run, given = self._flows[flow], [carried(arg, f"an argument of {flow}") for arg in args]

        async def start() -> bool:
            try:
                with (
                    SetWorkflowID(id, workflow_id_reuse_policy="reject"),
                    SetEnqueueOptions(queue_partition_key=partition or None),
                ):
                    if queue:
                        await DBOS.enqueue_workflow_async(queue, run, *given)
                    else:
                        await DBOS.start_workflow_async(run, *given)
            except dbos_error.DBOSWorkflowIDInUseError:
                return False
            self._host.ring()
            return True

        return await _apart(start())

    async def signal(self, id: str, topic: str, message: Mapping[str, JSON], key: str) -> None:
        """Send `message` to the flow `id`, which waits on `topic` or will. Once per `key`, however often called.

        Refusal(NOT_FOUND) where there is no such flow."""
        body = carried(dict(message), f"a message on {topic}")

        async def send() -> None:
            try:
                await DBOS.send_async(id, body, topic, idempotency_key=f"{topic}:{key}")
            except dbos_error.DBOSNonExistentWorkflowError:
                raise _unknown(id) from None
            await self._host.wake(id, topic)

        await _apart(send())

    async def result(self, id: str, timeout: float) -> JSON:
        """What the flow returned, awaited up to `timeout` seconds (then TimeoutError). Failed where it raised,
        Refusal(NOT_FOUND) where there is none."""

        async def outcome() -> JSON:
            try:
                handle: WorkflowHandleAsync[JSON] = await DBOS.retrieve_workflow_async(id)
                return await handle.get_result(polling_interval_sec=0.05)
            except dbos_error.DBOSNonExistentWorkflowError:
                raise _unknown(id) from None
            except PortableWorkflowError as error:
                raise Failed(f"{id}: {error.name}: {error.message}") from None

        return await asyncio.wait_for(_apart(outcome()), timeout)

    async def states(self) -> dict[str, int]:
        """How many flows there are by state: enqueued, pending (started), success, error, and rarer ones."""
        status = self._host.statuses.status
        rows = await self._host.select(sa.select(status, sa.func.count()).group_by(status))
        counts = {str(state).lower(): int(count) for state, count in rows}
        return {"enqueued": 0, "pending": 0, "success": 0, "error": 0} | counts

    async def pending(self, flow: str) -> list[str]:
        """The ids of the flows of this name that are not finished, oldest first."""
        its = self._host.statuses
        query = sa.select(its.workflow_uuid).where(its.name == flow, its.status.in_(UNFINISHED))
        return [str(row[0]) for row in await self._host.select(query.order_by(its.created_at, its.workflow_uuid))]

    async def retain(self, older_than: timedelta) -> int:
        """Forget the flows that finished longer ago than that; how many. Their ids can be started again."""
        before = (datetime.now(UTC) - older_than).isoformat()

        async def forget() -> int:
            gone = 0
            while old := await DBOS.list_workflows_async(
                status=FINISHED, completed_before=before, limit=500, load_input=False, load_output=False
            ):
                await DBOS.delete_workflows_async([flow.workflow_id for flow in old])
                gone += len(old)
            return gone

        return await _apart(forget())

    async def adopt_orphans(self) -> int:
        """Resume the flows of replicas that died, on their own queues; how many. To be called every few seconds: it
        also finds out whether our own lease still stands. Nothing to do on SQLite."""
        if isinstance(self._lease, FileLease) or self._gate.closed:
            return 0
        try:
            return await self._adopt(self._lease)
        except LeaseLost:
            log.critical("the lease of %s is lost: its flows may run elsewhere", self._lease.executor)
            self._gate.closed = True
            self.on_lost()
            return 0

    async def _adopt(self, session: SessionLease) -> int:
        await session.check()
        its = self._host.statuses
        rows = await self._host.select(sa.select(its.executor_id).where(its.status == "PENDING").distinct())
        adopted = 0
        for executor in {str(row[0]) for row in rows} - {session.executor}:
            async with session.of_the_dead(executor) as dead:
                if dead:
                    # Unlike resume_workflows this keeps queue, partition and the count of attempts, and takes only
                    # what still belongs to the dead.
                    adopted += len(await asyncio.to_thread(DBOS._recover_pending_workflows, [executor]))
                    self._host.ring()
        return adopted

    def _as_flow(self, name: str, run: Callable[..., Awaitable[JSON]]) -> Flow:
        async def flow(*args: JSON) -> JSON:
            task, id = asyncio.current_task(), DBOS.workflow_id
            assert task
            assert id
            self._tasks.add(task)  # the loop itself holds tasks only weakly
            task.add_done_callback(self._ended)
            self._host.ring()
            self._gate.check()
            Run.current.set(Run(id, self._gate))
            try:
                return carried(await run(*args), f"the result of {name}")
            except Exception:
                log.exception("the flow %s (%s) failed", id, name)
                raise

        return flow

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self._host.ring()


async def _apart(work: Coroutine[Any, Any, T]) -> T:
    """Await `work` as if called from outside: within a flow DBOS would make it a step, with our context its heir."""
    return await asyncio.create_task(work, context=Context())


def _unknown(id: str) -> Refusal:
    return Refusal(Code.NOT_FOUND, f"There is no flow `{id}`")
