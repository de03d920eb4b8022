"""The bot as a process forked from one that has imported everything: it is ready in a third of the time."""

import asyncio
import multiprocessing
from pathlib import Path

import aiohttp

from tests.system.crashing import Moments, serve

READY = 30.0  # seconds

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.system.crashing", "bot.app", "commands.deploy", "kubernetes.aio.client"])


class Fork:
    """One run of `quarterdeck serve`; with `moments` it notes them, and may meet its fate."""

    def __init__(self, environ: dict[str, str], log: Path, moments: Moments | None = None) -> None:
        self._url = f"http://127.0.0.1:{environ['PORT']}/readyz"
        self._process = context.Process(target=serve, args=(environ, log, moments), daemon=True)

    async def start(self) -> None:
        """Start it and wait until it is ready, or dead."""
        await asyncio.to_thread(self._process.start)
        async with asyncio.timeout(READY), aiohttp.ClientSession() as session:
            while self._process.is_alive():
                try:
                    async with session.get(self._url) as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)

    def kill(self) -> None:
        """kill -9, if it lives."""
        self._process.kill()

    @property
    def pid(self) -> int:
        """The process, once it is started."""
        assert self._process.pid, "not started"
        return self._process.pid

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_reader(self._process.sentinel, over.set)
        try:
            await over.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        assert self._process.exitcode is not None, "it has ended"
        return self._process.exitcode
