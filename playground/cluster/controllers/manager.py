"""Runs the controllers: whatever a change concerns is looked at again soon after, once, in order."""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Protocol

from playground.cluster.api.errors import ApiError
from playground.cluster.api.store import Change, Store
from playground.cluster.clock import Clock

Key = tuple[str, str]

MANAGER = "kube-controller-manager"
RETRY = 1.0  # simulated seconds
LAG = 0.005  # real seconds: a client sees its own write before anything has reacted to it, as in a real cluster


class Controller(Protocol):
    """Brings one kind of thing in line with what is wanted."""

    def interest(self, change: Change) -> Iterable[Key]:
        """What must be looked at because of a change."""

    def reconcile(self, key: Key) -> None:
        """Compare what is with what should be, and do the next step. Called again after whatever it changes."""


class Manager:
    """The work queue of all controllers."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._clock = clock
        self._controllers: list[Controller] = []
        self._queue: dict[tuple[Controller, Key], None] = {}
        self._handle: asyncio.TimerHandle | None = None
        self._stop_listening = store.listen(self._wake)

    def add(self, *controllers: Controller) -> None:
        self._controllers += controllers

    def enqueue(self, controller: Controller, key: Key) -> None:
        """Have something looked at again."""
        self._queue[controller, key] = None
        if not self._handle:
            self._handle = asyncio.get_running_loop().call_later(LAG, self.settle)

    def settle(self) -> None:
        """Work until nothing is left to be looked at."""
        if self._handle:
            self._handle.cancel()
            self._handle = None
        while self._queue:
            controller, key = next(iter(self._queue))
            del self._queue[controller, key]
            try:
                controller.reconcile(key)
            except ApiError:  # somebody else was faster, or it is refused for now
                self._clock.later(RETRY, partial(self.enqueue, controller, key))

    def stop(self) -> None:
        self._stop_listening()
        self._queue.clear()
        self.settle()

    def _wake(self, change: Change) -> None:
        for controller in self._controllers:
            for key in controller.interest(change):
                self.enqueue(controller, key)
