"""What a flow is written in: step, wait_for, sleep, patched."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar, cast

from dbos import DBOS

from bot.durable.outcome import JSON, Record, recorded, replayed
from bot.errors import Unavailable

T = TypeVar("T")

log = logging.getLogger(__name__)


class Gate:
    """Lets steps begin until it is closed, and knows when the last one has ended."""

    def __init__(self) -> None:
        self.closed = False
        self._inside = 0
        self._empty = asyncio.Event()
        self._empty.set()

    @contextmanager
    def passing(self, looks: bool) -> Iterator[None]:
        """One step. Behind a closed gate the flow ends here, as cancelled, and stays unfinished in the database."""
        self.check()
        if looks:
            yield
            return
        self._inside += 1
        self._empty.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._empty.set()

    def check(self) -> None:
        if self.closed:
            raise asyncio.CancelledError("no step begins any more")

    async def shut(self, patience: float) -> None:
        """Let nothing in any more; wait up to `patience` seconds for those inside."""
        self.closed = True
        if not self._inside:
            return
        try:
            await asyncio.wait_for(self._empty.wait(), patience)
        except TimeoutError:
            log.warning("%d steps did not end within %g s and will run again", self._inside, patience)


class Run:
    """The flow that the current code runs in."""

    current: ContextVar["Run | None"] = ContextVar("flow", default=None)

    def __init__(self, id: str, gate: Gate) -> None:
        self.id, self.gate = id, gate


def running() -> str | None:
    """The id of the flow that this code runs in; None outside of flows."""
    run = Run.current.get()
    return run.id if run else None


async def step(
    name: str,
    run: Callable[..., Awaitable[T]],
    *args: object,
    attempts: int = 1,
    wait: float = 1.0,
    most: float = 60.0,
    looks: bool = False,
) -> T:
    """Call `run(*args)` once and remember how it ended; a replay returns or raises the same without calling.

    A crash inside of `run` makes it run again, so its effects must be idempotent. `Unavailable` is tried again, up to
    `attempts` times in all, after `wait` seconds that double up to `most`, never sooner than its `retry_after`.
    `Refusal` and everything else is raised at once. The result must be what JSON can carry. A step that only `looks`
    may take long: whoever stops the engine does not wait for its end.
    """
    flow = _flow("step")

    async def work() -> Record:
        return await recorded(_persistently(run, args, attempts, wait, most), f"the result of step {name}")

    with flow.gate.passing(looks):
        return cast(T, replayed(await DBOS.run_step_async({"name": name}, work)))


async def _persistently(
    run: Callable[..., Awaitable[T]], args: tuple[object, ...], attempts: int, wait: float, most: float
) -> T:
    for attempt in range(1, attempts):
        try:
            return await run(*args)
        except Unavailable as out:
            pause = max(min(wait * 2 ** (attempt - 1), most), out.retry_after or 0)
            log.info("%s; attempt %d of %d, next in %.1f s", out, attempt, attempts, pause)
        await asyncio.sleep(pause)
    return await run(*args)


async def wait_for(topic: str, timeout: float) -> dict[str, JSON] | None:
    """The next message that was or will be signalled to this flow on `topic`; None after `timeout` seconds.

    The deadline is kept through restarts. Whoever signals first is read first.
    """
    _flow("wait_for")
    return cast(dict[str, JSON] | None, await DBOS.recv_async(topic, timeout_seconds=timeout))


async def sleep(seconds: float) -> None:
    """Sleep through restarts. Nothing ends it early: prefer `wait_for` on a topic that an abort can reach."""
    _flow("sleep")
    await DBOS.sleep_async(seconds)


async def patched(name: str) -> bool:
    """Whether this flow takes the new way at a place that was changed after flows had begun to pass it.

    True in flows that come here for the first time, and for ever after; False in those that passed before the change.
    """
    _flow("patched")
    return await DBOS.patch_async(name)


def _flow(what: str) -> Run:
    run = Run.current.get()
    if run is None:
        raise RuntimeError(f"{what}() works only inside of a flow")
    if DBOS.step_id is not None:
        raise RuntimeError(f"{what}() was called inside of a step of {run.id}; steps don't nest")
    return run
