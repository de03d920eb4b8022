"""Events: what happened to an object, told by the component that saw it; the same again only counts up."""

from collections import OrderedDict

from playground.cluster.api.errors import ApiError
from playground.cluster.api.kinds import EVENT, Kind, Object, name_of, namespace_of
from playground.cluster.api.registry import Registry

KEPT = 500


class Recorder:
    """Writes Events. `enabled` is off while the world is built: its past left none."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._known: OrderedDict[tuple[str, ...], tuple[str, str]] = OrderedDict()
        self._written = 0
        self.enabled = True

    def record(
        self,
        kind: Kind,
        about: Object,
        reason: str,
        message: str,
        *,
        component: str,
        warning: bool = False,
        field: str = "",
        host: str = "",
    ) -> None:
        """Note that something happened to `about`; `field` names the part of it that is meant."""
        if not self.enabled:
            return
        same = (about["metadata"]["uid"], reason, message, field)
        known = self._known.get(same)
        if known and self._count_up(*known):
            self._known.move_to_end(same)
            return
        namespace = namespace_of(about) or "default"
        involved = {"kind": kind.name, "namespace": namespace_of(about), "name": name_of(about)}
        involved |= {"uid": about["metadata"]["uid"], "apiVersion": kind.api_version}
        involved |= {"resourceVersion": about["metadata"]["resourceVersion"], "fieldPath": field}
        self._written += 1
        stamp = self._registry.clock.stamp()
        event: Object = {
            "metadata": {
                "name": f"{name_of(about)}.{int(self._registry.clock.now().timestamp()):x}{self._written:06x}"
            },
            "involvedObject": {key: value for key, value in involved.items() if value},
            "reason": reason,
            "message": message,
            "source": {"component": component} | ({"host": host} if host else {}),
            "firstTimestamp": stamp,
            "lastTimestamp": stamp,
            "count": 1,
            "type": "Warning" if warning else "Normal",
        }
        try:
            self._registry.create(EVENT, namespace, event, component)
        except ApiError:  # the namespace is going away, and its events with it
            return
        self._known[same] = (namespace, event["metadata"]["name"])
        self._forget_oldest()

    def _count_up(self, namespace: str, name: str) -> bool:
        stamp = self._registry.clock.stamp()

        def again(event: Object) -> None:
            event["count"] += 1
            event["lastTimestamp"] = stamp

        try:
            self._registry.update(EVENT, namespace, name, again, "kubelet")
        except ApiError:  # somebody deleted it: start anew
            return False
        return True

    def _forget_oldest(self) -> None:
        while len(self._known) > KEPT:
            namespace, name = self._known.popitem(last=False)[1]
            event = self._registry.store.get(EVENT, namespace, name)
            if event:
                self._registry.store.remove(EVENT, event)
