"""Blocking calls beside the event loop, in threads that nobody has to wait for."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class Threads:
    """At most `most` blocking calls at a time, each in a daemon thread of its own.

    Not the loop's executor: the interpreter waits for its threads when it ends, so that one call that hangs would hold
    up the bot's stop.
    """

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    async def run(self, call: Callable[[], T]) -> T:
        """What `call` returns or raises. A caller that stops waiting leaves the thread behind; its place is free again
        when the call is over, so that calls that hang can't pile up."""
        await self._free.acquire()
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            try:
                result = call()
            except BaseException as error:
                tell(partial(outcome.set_exception, error))
            else:
                tell(partial(outcome.set_result, result))

        def tell(what: Callable[[], None]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(over, what)

        def over(what: Callable[[], None]) -> None:
            self._free.release()
            if not outcome.done():
                what()

        threading.Thread(target=work, name="metrics", daemon=True).start()
        return await outcome
