"""Watching: changes as they happen, one JSON object a line, until the client goes or its time is over."""

import asyncio
import json
import random
from collections.abc import Iterator
from datetime import datetime

from aiohttp import web

from playground.cluster.api.errors import ApiError
from playground.cluster.api.kinds import Kind, Object, namespace_of
from playground.cluster.api.reading import Form, filters_of, form_of, number
from playground.cluster.api.selectors import Filter
from playground.cluster.api.store import Change, Store
from playground.cluster.api.tables import table
from playground.cluster.clock import Clock

BOOKMARK_SECONDS = 60.0


class Watch:
    """One client's view of one kind: which changes it sees, and how they look to it."""

    def __init__(self, kind: Kind, namespace: str, wanted: Filter, form: Form) -> None:
        self.kind, self.namespace, self.wanted, self.form = kind, namespace, wanted, form
        self._headed = True

    def seen(self, change: Change) -> str:
        """What a change is to this client: entering the selection is ADDED, leaving it DELETED; "" is nothing."""
        if change.kind is not self.kind or self.namespace not in ("", namespace_of(change.object)):
            return ""
        now = change.type != "DELETED" and self.wanted(change.object)
        before = change.previous is not None and self.wanted(change.previous)
        return {(True, True): "MODIFIED", (True, False): "ADDED", (False, True): "DELETED"}.get((now, before), "")

    def line(self, type_: str, thing: Object, now: datetime) -> bytes:
        """A line of the stream; only the first Table of a watch carries its columns."""
        if self.form.as_table and type_ != "ERROR":
            things = [thing] if type_ != "BOOKMARK" else []
            body = table(self.kind, things, now, self.form.include, self._headed)
            thing = body | {"metadata": {"resourceVersion": thing["metadata"]["resourceVersion"]}}
            self._headed = False
        elif type_ not in ("ERROR", "BOOKMARK"):
            thing = self.form.of(thing)
        return json.dumps({"type": type_, "object": thing}, separators=(",", ":")).encode() + b"\n"


class Watcher:
    """Serves watches; `stop()` ends all of them."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._queues: set[asyncio.Queue[Change | None]] = set()

    def stop(self) -> None:
        for queue in self._queues:
            queue.put_nowait(None)

    async def serve(self, request: web.Request, kind: Kind, namespace: str) -> web.StreamResponse:
        """Stream what is asked for, from a resource version on or with everything that is there first."""
        watch = Watch(kind, namespace, filters_of(request, kind), form_of(request, kind))
        revision = _revision(request)
        seconds = number(request, "timeoutSeconds") or random.randint(1_800, 3_600)
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        stop_listening = self._store.listen(queue.put_nowait)
        self._queues.add(queue)
        try:
            first = list(self._backlog(watch, revision))
            response = web.StreamResponse(headers={"Content-Type": "application/json"})
            await response.prepare(request)
            if first:
                await response.write(b"".join(first))
            if not (first and b'"ERROR"' in first[0][:20]):
                await self._follow(request, response, watch, queue, seconds)
            await response.write_eof()
        except ConnectionResetError:  # the client has gone, which ends its watch
            pass
        finally:
            stop_listening()
            self._queues.discard(queue)
        return response

    def _backlog(self, watch: Watch, revision: int) -> Iterator[bytes]:
        now = self._clock.now()
        if not revision:
            for thing in self._store.all(watch.kind, watch.namespace):
                if watch.wanted(thing):
                    yield watch.line("ADDED", thing, now)
            return
        try:
            changes = self._store.since(revision)
        except ApiError as error:  # as an event: the answer has begun by then
            yield watch.line("ERROR", error.status(), now)
            return
        for change in changes:
            if type_ := watch.seen(change):
                yield watch.line(type_, change.object, now)

    async def _follow(
        self,
        request: web.Request,
        response: web.StreamResponse,
        watch: Watch,
        queue: "asyncio.Queue[Change | None]",
        seconds: float,
    ) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        bookmarks = request.query.get("allowWatchBookmarks") in ("1", "true")
        while (left := end - loop.time()) > 0:
            try:
                change = await asyncio.wait_for(queue.get(), min(left, BOOKMARK_SECONDS))
            except TimeoutError:
                if bookmarks:
                    await response.write(self._bookmark(watch))
                continue
            if change is None:
                return
            if type_ := watch.seen(change):
                await response.write(watch.line(type_, change.object, self._clock.now()))

    def _bookmark(self, watch: Watch) -> bytes:
        metadata = {"resourceVersion": str(self._store.revision), "creationTimestamp": None}
        thing = {"kind": watch.kind.name, "apiVersion": watch.kind.api_version, "metadata": metadata}
        return watch.line("BOOKMARK", thing, self._clock.now())


def _revision(request: web.Request) -> int:
    text = request.query.get("resourceVersion", "")
    try:
        return int(text or 0)
    except ValueError:
        why = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise ApiError(500, "", f'resourceVersion: Invalid value: "{text}": {why}') from None
