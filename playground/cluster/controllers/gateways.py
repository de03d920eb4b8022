"""The gateway: takes HTTPRoutes as they change, a moment later, and says what it makes of them."""

from collections.abc import Iterable
from functools import partial

from playground.cluster.api.kinds import HTTP_ROUTE, SERVICE, Object, name_of, namespace_of
from playground.cluster.api.registry import Registry
from playground.cluster.api.store import Change
from playground.cluster.controllers.manager import Key

CONTROLLER = "example.com/gateway"
PROGRAM = 0.4  # simulated seconds from a change to its effect
Verdict = tuple[str, str, str, str]  # type, status, reason, message of a condition


class GatewayController:
    """See the module. A route is followed as it was when it was last accepted, not as it is written meanwhile."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._busy: set[Key] = set()

    def interest(self, change: Change) -> Iterable[Key]:
        namespace = namespace_of(change.object)
        if change.kind is HTTP_ROUTE:
            yield namespace, name_of(change.object)
        elif change.kind is SERVICE and change.type != "MODIFIED":
            yield from ((namespace, name_of(one)) for one in self._registry.store.all(HTTP_ROUTE, namespace))

    def reconcile(self, key: Key) -> None:
        route = self._registry.store.get(HTTP_ROUTE, *key)
        if route and key not in self._busy and self._status(route) != (route.get("status") or {}):
            self._busy.add(key)
            self._registry.clock.later(PROGRAM, partial(self._program, key))

    def _program(self, key: Key) -> None:
        self._busy.discard(key)
        route = self._registry.store.get(HTTP_ROUTE, *key)
        if not route:
            return
        status = self._status(route)

        def report(thing: Object) -> None:
            thing["status"] = status

        self._registry.update(HTTP_ROUTE, *key, report, "gateway", "status")

    def _status(self, route: Object) -> Object:
        accepted: Verdict = ("Accepted", "True", "Accepted", "The route is in force.")
        verdicts = (accepted, self._resolved(route))
        return {
            "parents": [
                {
                    "parentRef": parent,
                    "controllerName": CONTROLLER,
                    "conditions": [self._condition(route, parent, verdict) for verdict in verdicts],
                }
                for parent in route["spec"].get("parentRefs") or ()
            ]
        }

    def _resolved(self, route: Object) -> Verdict:
        for backend in backends_of(route):
            if backend["kind"] != SERVICE.name or backend["group"]:
                return "ResolvedRefs", "False", "InvalidKind", f"{backend['kind']} is not a kind that can be routed to."
            if not self._registry.store.get(SERVICE, backend_namespace(route, backend), backend["name"]):
                return "ResolvedRefs", "False", "BackendNotFound", f'service "{backend["name"]}" not found'
        return "ResolvedRefs", "True", "ResolvedRefs", "All backends were found."

    def _condition(self, route: Object, parent: Object, verdict: Verdict) -> Object:
        kind, value, reason, message = verdict
        known = [one for one in (route.get("status") or {}).get("parents") or () if one["parentRef"] == parent]
        same = [one for entry in known for one in entry["conditions"] if (one["type"], one["status"]) == (kind, value)]
        return {
            "type": kind,
            "status": value,
            "reason": reason,
            "message": message,
            "observedGeneration": route["metadata"]["generation"],
            "lastTransitionTime": same[0]["lastTransitionTime"] if same else self._registry.clock.stamp(),
        }


def backends_of(route: Object) -> list[Object]:
    """The backends of all rules, in order."""
    return [one for rule in route["spec"].get("rules") or () for one in rule.get("backendRefs") or ()]


def backend_namespace(route: Object, backend: Object) -> str:
    return str(backend.get("namespace") or namespace_of(route))


def is_in_force(route: Object) -> bool:
    """Whether a gateway follows the route as it is written now."""
    generation = route["metadata"]["generation"]
    conditions = [one for parent in (route.get("status") or {}).get("parents") or () for one in parent["conditions"]]
    accepted = [one for one in conditions if one["type"] == "Accepted"]
    return any(one["status"] == "True" and one["observedGeneration"] >= generation for one in accepted)
