"""Scrapes: every so often what a target counts becomes a sample of each of its series."""

import asyncio
import time
from contextlib import suppress
from urllib.parse import urlsplit

import aiohttp

from playground.prometheus.exposition import samples
from playground.prometheus.promql.nodes import NAME, Labels
from playground.prometheus.store import STALE, Store


class Scraper:
    """One target. Its series get the labels `job` and `instance`; `up` says whether the last scrape worked."""

    def __init__(self, store: Store, url: str, job: str, interval: float) -> None:
        self._store, self._url, self._interval = store, url, interval
        self._target = (("instance", urlsplit(url).netloc), ("job", job))
        self._seen: set[Labels] = set()
        self._known: dict[Labels, Labels] = {}

    async def run(self) -> None:
        """Scrape at every multiple of the interval, until cancelled."""
        timeout = aiohttp.ClientTimeout(total=max(1.0, self._interval))
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                await asyncio.sleep(self._interval - time.time() % self._interval)
                await self._scrape(session)

    async def _scrape(self, session: aiohttp.ClientSession) -> None:
        at, text = round(time.time() * 1000), None
        with suppress(aiohttp.ClientError, TimeoutError, UnicodeDecodeError):
            async with session.get(self._url) as answer:
                text = await answer.text() if answer.status == 200 else None
        self.take(text, at)

    def take(self, text: str | None, at: int) -> None:
        """The answer to one scrape at `at` (milliseconds since 1970); None where there was none."""
        try:
            read = list(samples(text)) if text is not None else []
        except ValueError:
            read, text = [], None  # half of an answer is none
        seen: set[Labels] = set()
        for labels, value, said in read:
            full = self._known.get(labels) or self._known.setdefault(labels, self._of_target(labels))
            seen.add(full)
            self._store.append(full, at if said is None else said, value)
        for gone in self._seen - seen:
            self._store.append(gone, at, STALE)
        if len(self._known) > 2 * len(seen):
            self._known.clear()
        self._seen = seen
        self._store.append(self._of_target(((NAME, "up"),)), at, float(text is not None))
        self._store.prune(at)

    def _of_target(self, labels: Labels) -> Labels:
        ours = dict(self._target)
        theirs = {f"exported_{name}" if name in ours else name: value for name, value in labels}
        return tuple(sorted((theirs | ours).items()))
