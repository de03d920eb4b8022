"""Flows whose effects are lines of a file, so that a test sees what ran how often, in whichever process."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.durable import JSON, Durable, step, wait_for

Calls = list[str]


def doing(calls: Calls, name: str, *errors: Exception) -> Callable[[], Awaitable[str]]:
    """A step's function that notes its call, raises `errors` one after the other, then returns its name."""
    left = list(errors)

    async def run() -> str:
        calls.append(name)
        if left:
            raise left.pop(0)
        return name

    return run


async def until(condition: Callable[[], bool], within: float = 30.0) -> None:
    """Come back as soon as `condition` holds; AssertionError after `within` seconds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.01)


async def until_states(durable: Durable, **wanted: int) -> None:
    """Come back as soon as there are exactly so many flows in these states."""
    deadline = time.monotonic() + 30
    while (states := await durable.states()) != {"enqueued": 0, "pending": 0, "success": 0, "error": 0} | wanted:
        assert time.monotonic() < deadline, states
        await asyncio.sleep(0.02)


class Scene:
    """`who` names the process in the lines. A `held` step lasts until `let_go`."""

    def __init__(self, folder: Path, who: str = "test") -> None:
        self._journal, self._go, self._who = folder / "journal", folder / "go", who

    def register(self, durable: Durable) -> Durable:
        durable.flow("waits", self._waits)
        durable.flow("is held", self._is_held)
        durable.queue("deploys")
        return durable

    def lines(self) -> list[str]:
        return self._journal.read_text().splitlines() if self._journal.exists() else []

    def let_go(self) -> None:
        self._go.touch()

    async def _waits(self) -> JSON:
        await step("before", self._effect, "before")
        message = await wait_for("control", 60)
        await step("after", self._effect, "after")
        return message

    async def _is_held(self) -> JSON:
        await step("first", self._effect, "first")
        await step("held", self._hold)
        await step("last", self._effect, "last")
        return "done"

    async def _effect(self, name: str) -> None:
        with self._journal.open("a") as journal:
            journal.write(f"{name} by {self._who}\n")

    async def _hold(self) -> None:
        await self._effect("held")
        await until(self._go.exists, within=60)


async def work(url: str, folder: Path, who: str, starts: list[list[str]], sweep: float) -> None:
    """A process of its own: start flows (name, id, partition), then sweep each `sweep` seconds until it is killed.
    Exit 3 on a lost lease."""
    durable = Scene(folder, who).register(Durable(url, poll=0.02))
    durable.on_lost = lambda: os._exit(3)
    await durable.launch()
    for flow, id, partition in starts:
        await durable.start_once(flow, id, queue="deploys" if partition else "", partition=partition)
    while True:
        await durable.adopt_orphans()
        await asyncio.sleep(sweep)
