"""Says in each ResourceQuota how much of it is used."""

from collections.abc import Iterable

from playground.cluster.api.kinds import POD, RESOURCE_QUOTA, Object, name_of, namespace_of
from playground.cluster.api.quotas import usage
from playground.cluster.api.registry import Registry
from playground.cluster.api.store import Change
from playground.cluster.controllers.manager import MANAGER, Key


class QuotaController:
    """See the module."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def interest(self, change: Change) -> Iterable[Key]:
        namespace = namespace_of(change.object)
        if change.kind is RESOURCE_QUOTA:
            yield namespace, name_of(change.object)
        elif change.kind is POD:
            yield from ((namespace, name_of(one)) for one in self._registry.store.all(RESOURCE_QUOTA, namespace))

    def reconcile(self, key: Key) -> None:
        quota = self._registry.store.get(RESOURCE_QUOTA, *key)
        if not quota:
            return
        status = usage(self._registry.store, quota)

        def report(thing: Object) -> None:
            thing["status"] = status

        self._registry.update(RESOURCE_QUOTA, *key, report, MANAGER, "status")
