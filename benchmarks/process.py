"""An app in a process of its own, so that what is measured is the app alone."""

import asyncio
import signal
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import aiohttp
import psutil

from playground.harness import ROOT

PATIENCE = 60.0  # seconds for a start; far more than it takes, also on a busy machine


class App:
    """Runs `argv`, which serves at `url`, while its `async with` block runs: from when the path `ready` answers (an app
    that is not ready says 503)."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str], url: str, ready: str, log: Path) -> None:
        self.argv, self.environ, self.url, self.ready, self.log = argv, environ, url, ready, log
        self.seconds_to_ready = 0.0
        self._process: Process | None = None

    async def __aenter__(self) -> "App":
        begun = time.perf_counter()
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self.argv, stdout=log, stderr=log, stdin=DEVNULL, cwd=ROOT, env=self.environ
            )
        try:
            async with asyncio.timeout(PATIENCE), aiohttp.ClientSession() as session:
                while not await self._ready(session):  # noqa: ASYNC110 - it has no event in this process
                    await asyncio.sleep(0.02)
        except BaseException:
            await self._stop()
            raise
        self.seconds_to_ready = time.perf_counter() - begun
        self._seen = psutil.Process(self._process.pid)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    def cpu(self) -> float:
        """Seconds of processor time that it has used, in user and system mode, all threads."""
        times = self._seen.cpu_times()
        return times.user + times.system

    def rss(self) -> float:
        """Resident memory in MB (10⁶ bytes)."""
        return self._seen.memory_info().rss / 1e6

    async def _ready(self, session: aiohttp.ClientSession) -> bool:
        assert self._process, "started before"
        if self._process.returncode is not None:
            raise RuntimeError(f"{self.argv} did not start:\n{self.log.read_text(errors='replace')[-2000:]}")
        try:
            async with session.get(self.url + self.ready) as answer:
                return answer.status < 500
        except aiohttp.ClientError:
            return False

    async def _stop(self) -> None:
        if self._process and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), PATIENCE)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
