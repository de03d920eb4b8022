"""An HTTPRoute of the Gateway API: which share its rules give a Service, and whether its gateways have taken that up.
Pure. Source: https://gateway-api.sigs.k8s.io/reference/spec/ (HTTPRouteRule, RouteParentStatus)."""

from collections.abc import Iterator
from typing import Any, NamedTuple

Json = dict[str, Any]


class Ends(NamedTuple):
    """The two Services between which the traffic is split."""

    main: str
    canary: str


def weights(route: Json, ends: Ends) -> list[int]:
    """The canary's share in per cent, for each rule that sends to the main Service."""
    return [_share(rule, ends) for rule in _rules(route) if _backend(rule, ends.main)]


def weight(route: Json, ends: Ends, wanted: int) -> int:
    """The canary's share; of rules that disagree, the one that is farthest from what is wanted, too much before too
    little. Without any rule it is 0."""
    found = weights(route, ends) or [0]
    return max(found) if max(found) > wanted else min(found)


def weighted(route: Json, ends: Ends, wanted: int) -> list[Json]:
    """All rules, with so much of the traffic for the canary wherever the main Service has a part in it."""
    return [_weighted(rule, ends, wanted) if _backend(rule, ends.main) else rule for rule in _rules(route)]


def others(route: Json, ends: Ends) -> list[str]:
    """Who else has a share in rules of the main Service: between three there is no per cent of two."""
    rules = (rule for rule in _rules(route) if _backend(rule, ends.main))
    names = {one["name"] for rule in rules for one in rule["backendRefs"] if one.get("weight", 1)}
    return sorted(names - set(ends))


def accepted(route: Json) -> bool:
    """Whether each gateway has seen the route as it is now and taken it."""
    seen = [_condition(parent, "Accepted") for parent in _parents(route)]
    generation = route["metadata"].get("generation", 0)
    return bool(seen) and all(
        one.get("status") == "True" and one.get("observedGeneration", 0) >= generation for one in seen
    )


def refused(route: Json) -> str:
    """Why a gateway does not take the route as it is now; empty where none said so."""
    generation = route["metadata"].get("generation", 0)
    for parent in _parents(route):
        for kind in ("Accepted", "ResolvedRefs"):
            one = _condition(parent, kind)
            if one.get("status") == "False" and one.get("observedGeneration", 0) >= generation:
                return f"The gateway does not take the route: {one.get('reason', kind)}: {one.get('message', '')}"
    return ""


def _rules(route: Json) -> list[Json]:
    return route["spec"].get("rules") or []


def _backend(rule: Json, service: str) -> Json | None:
    return next((one for one in rule.get("backendRefs") or [] if one["name"] == service), None)


def _share(rule: Json, ends: Ends) -> int:
    parts = [(_backend(rule, name) or {"weight": 0}).get("weight", 1) for name in ends]
    return round(100 * parts[1] / sum(parts)) if sum(parts) else 0


def _weighted(rule: Json, ends: Ends, wanted: int) -> Json:
    main = _backend(rule, ends.main) or {}
    canary = _backend(rule, ends.canary) or {**main, "name": ends.canary}
    rest = [one for one in rule["backendRefs"] if one["name"] not in ends]
    return {**rule, "backendRefs": [{**main, "weight": 100 - wanted}, {**canary, "weight": wanted}, *rest]}


def _parents(route: Json) -> Iterator[Json]:
    yield from (route.get("status") or {}).get("parents") or []


def _condition(parent: Json, kind: str) -> Json:
    return next((one for one in parent.get("conditions") or [] if one["type"] == kind), {})
