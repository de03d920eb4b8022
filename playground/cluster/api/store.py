"""Where objects live: in memory, each change numbered, the latest changes kept for those who watch."""

import itertools
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from playground.cluster.api.errors import expired
from playground.cluster.api.kinds import Kind, Object, name_of, namespace_of

KEPT_CHANGES = 2_000


class Change(NamedTuple):
    """What happened: ADDED, MODIFIED or DELETED. `previous` is the object before, None when it is new."""

    type: str
    kind: Kind
    object: Object
    previous: Object | None

    @property
    def revision(self) -> int:
        return int(self.object["metadata"]["resourceVersion"])


class Store:
    """Objects by kind, namespace and name. What lies here is never changed in place: replace it with a copy."""

    def __init__(self) -> None:
        self.revision = 100
        self._objects: dict[Kind, dict[tuple[str, str], Object]] = {}
        self._changes: deque[Change] = deque(maxlen=KEPT_CHANGES)
        self._forgotten = self.revision
        self._listeners: list[Callable[[Change], None]] = []
        self._names = itertools.count(1)

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        return self._objects.get(kind, {}).get((namespace, name))

    def all(self, kind: Kind, namespace: str = "") -> list[Object]:
        """All of a kind in one namespace, or everywhere; ordered by namespace and name."""
        found = self._objects.get(kind, {})
        return [thing for key, thing in sorted(found.items(), key=lambda item: item[0]) if namespace in ("", key[0])]

    def everything(self) -> list[tuple[Kind, Object]]:
        return [(kind, thing) for kind, things in self._objects.items() for thing in things.values()]

    def put(self, kind: Kind, thing: Object) -> Object:
        """Keep an object, new or instead of the one with its name; it gets the next resource version."""
        key = (namespace_of(thing), name_of(thing))
        things = self._objects.setdefault(kind, {})
        previous = things.get(key)
        things[key] = thing
        self._publish(Change("MODIFIED" if previous else "ADDED", kind, thing, previous))
        return thing

    def remove(self, kind: Kind, thing: Object) -> None:
        previous = self._objects[kind].pop((namespace_of(thing), name_of(thing)))
        gone = previous | {"metadata": dict(previous["metadata"])}
        self._publish(Change("DELETED", kind, gone, previous))

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Be called with every change, at once, in order; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def since(self, revision: int) -> list[Change]:
        """The changes after a resource version; `Expired` (410) when some of them are no longer known."""
        if revision < self._forgotten:
            raise expired(f"too old resource version: {revision} ({self._forgotten})")
        return [change for change in self._changes if change.revision > revision]

    def forget(self) -> None:
        """Drop the kept changes, as a compaction does: older resource versions are gone from now on."""
        self._changes.clear()
        self._forgotten = self.revision

    def _publish(self, change: Change) -> None:
        self.revision += 1
        change.object["metadata"]["resourceVersion"] = str(self.revision)
        if len(self._changes) == KEPT_CHANGES:
            self._forgotten = self._changes[0].revision
        self._changes.append(change)
        for listener in tuple(self._listeners):
            listener(change)
