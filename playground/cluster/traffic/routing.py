"""Who gets a Service's load: its ready pods, or those of other Services too where a route splits it by weight."""

from typing import NamedTuple

from playground.cluster.api.kinds import (
    ENDPOINT_SLICE,
    HTTP_ROUTE,
    POD,
    Object,
    labels_of,
    name_of,
    namespace_of,
)
from playground.cluster.api.pod_defaults import image_tag
from playground.cluster.api.store import Change, Store
from playground.cluster.controllers.endpoints import SERVICE_NAME
from playground.cluster.controllers.gateways import backend_namespace, is_in_force
from playground.cluster.traffic.meter import Backend, Place


class _Ready(NamedTuple):
    """A ready pod behind a Service."""

    namespace: str
    pod: str
    version: str


class Router:
    """Follows EndpointSlices and HTTPRoutes. A route counts as it was when its gateway last took it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._ready: dict[Place, list[_Ready]] = {}
        self._routes: dict[Place, list[tuple[Place, int]]] = {}

    def see(self, change: Change) -> bool:
        """Take a change in; whether it may lead traffic elsewhere."""
        thing, key = change.object, (namespace_of(change.object), name_of(change.object))
        if change.kind is ENDPOINT_SLICE and (service := labels_of(thing).get(SERVICE_NAME)):
            endpoints = [] if change.type == "DELETED" else thing["endpoints"]
            self._ready[key[0], service] = [ready for one in endpoints if (ready := self._ready_pod(one, service))]
            return True
        if change.kind is not HTTP_ROUTE:
            return False
        if change.type == "DELETED":
            self._routes.pop(key, None)
        elif is_in_force(thing):
            self._routes[key] = _weights(thing)
        return True

    def split(self, place: Place) -> list[tuple[Place, int]]:
        """The Services that a load goes to, with their weights: those of the route of this name, or of the first that
        names this Service first; else the Service itself."""
        if place in self._routes:
            return self._routes[place]
        found = (weights for _, weights in sorted(self._routes.items()) if weights and weights[0][0] == place)
        return next(found, [(place, 1)])

    def shares(self, place: Place) -> dict[Backend, float]:
        """Shares of one; they add up to less where a Service has no ready pod, or all weights are zero."""
        split = self.split(place)
        total = sum(weight for _, weight in split)
        shares: dict[Backend, float] = {}
        for service, weight in split:
            ready = self._ready.get(service, [])
            for pod in ready:
                backend = Backend(pod.namespace, place[1], pod.pod, pod.version)
                part = weight / total / len(ready) if total else 0.0
                shares[backend] = shares.get(backend, 0.0) + part
        return shares

    def _ready_pod(self, endpoint: Object, service: str) -> _Ready | None:
        reference = endpoint.get("targetRef") or {}
        pod = self._store.get(POD, reference.get("namespace", ""), reference.get("name", ""))
        if not endpoint["conditions"].get("ready") or not pod:
            return None
        return _Ready(namespace_of(pod), name_of(pod), version_of(pod, service))


def version_of(pod: Object, service: str) -> str:
    """The tag of the container that is called as the Service, else of the first; the digest where there is no tag."""
    containers = pod["spec"]["containers"]
    image = str(next((one for one in containers if one["name"] == service), containers[0])["image"])
    return image_tag(image) or image.partition("@")[2]


def _weights(route: Object) -> list[tuple[Place, int]]:
    rules = (rule["backendRefs"] for rule in route["spec"].get("rules") or () if rule.get("backendRefs"))
    return [((backend_namespace(route, one), one["name"]), one["weight"]) for one in next(rules, [])]
