"""The garbage collector and the namespace controller: what belongs to something goes with it."""

from collections.abc import Iterable

from playground.cluster.api.errors import ApiError
from playground.cluster.api.kinds import (
    NAMESPACE,
    SERVICE_ACCOUNT,
    Kind,
    Object,
    is_leaving,
    name_of,
    namespace_of,
    owners_of,
)
from playground.cluster.api.registry import Registry
from playground.cluster.api.store import Change
from playground.cluster.controllers.manager import MANAGER, Key

FOREGROUND, ORPHAN = "foregroundDeletion", "orphan"


class GarbageCollector:
    """Deletes the dependents of what is gone. What is deleted in the foreground goes after them; what is deleted with
    the policy Orphan leaves them behind, without an owner."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def interest(self, change: Change) -> Iterable[Key]:
        if change.type == "DELETED":
            yield "gone", change.object["metadata"]["uid"]
            yield from (("waits", owner["uid"]) for owner in owners_of(change.object))
        elif change.object["metadata"].get("finalizers") and is_leaving(change.object):
            yield "waits", change.object["metadata"]["uid"]

    def reconcile(self, key: Key) -> None:
        what, uid = key
        dependents = [
            (kind, one)
            for kind, one in self._registry.store.everything()
            if any(owner["uid"] == uid for owner in owners_of(one))
        ]
        if what == "gone":
            for kind, one in dependents:
                self._registry.delete(kind, namespace_of(one), name_of(one), {})
            return
        for kind, owner in self._registry.store.everything():
            if owner["metadata"]["uid"] == uid and is_leaving(owner):
                self._release(kind, owner, dependents)

    def _release(self, kind: Kind, owner: Object, dependents: list[tuple[Kind, Object]]) -> None:
        finalizers = owner["metadata"].get("finalizers") or ()
        if ORPHAN in finalizers:
            for dependent_kind, one in dependents:
                self._disown(dependent_kind, one, owner["metadata"]["uid"])
            self._finish(kind, owner, ORPHAN)
        elif FOREGROUND in finalizers:
            for dependent_kind, one in dependents:
                if not is_leaving(one):
                    options = {"propagationPolicy": "Foreground"}
                    self._registry.delete(dependent_kind, namespace_of(one), name_of(one), options)
            if not dependents:
                self._finish(kind, owner, FOREGROUND)

    def _disown(self, kind: Kind, dependent: Object, uid: str) -> None:
        def change(thing: Object) -> None:
            left = [owner for owner in owners_of(thing) if owner["uid"] != uid]
            thing["metadata"]["ownerReferences"] = left

        self._registry.update(kind, namespace_of(dependent), name_of(dependent), change, MANAGER)

    def _finish(self, kind: Kind, owner: Object, finalizer: str) -> None:
        def change(thing: Object) -> None:
            left = [one for one in thing["metadata"]["finalizers"] if one != finalizer]
            thing["metadata"]["finalizers"] = left

        self._registry.update(kind, namespace_of(owner), name_of(owner), change, MANAGER)


class NamespaceController:
    """Gives a new namespace its default ServiceAccount; empties one that is deleted, then takes it away."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def interest(self, change: Change) -> Iterable[Key]:
        if change.kind is NAMESPACE:
            yield "", name_of(change.object)
        elif change.type == "DELETED" and namespace_of(change.object):
            yield "", namespace_of(change.object)

    def reconcile(self, key: Key) -> None:
        name = key[1]
        namespace = self._registry.store.get(NAMESPACE, "", name)
        if not namespace:
            return
        if is_leaving(namespace):
            self._empty(namespace)
        elif not self._registry.store.get(SERVICE_ACCOUNT, name, "default"):
            self._registry.create(SERVICE_ACCOUNT, name, {"metadata": {"name": "default"}}, MANAGER)

    def _empty(self, namespace: Object) -> None:
        name = name_of(namespace)
        inside = [(kind, one) for kind, one in self._registry.store.everything() if namespace_of(one) == name]
        for kind, one in inside:
            if not is_leaving(one):
                try:
                    self._registry.delete(kind, name, name_of(one), {})
                except ApiError:  # it went meanwhile, with its owner
                    continue
        if not inside:
            self._registry.store.remove(NAMESPACE, namespace)
