"""Strategic merge patch: maps are merged, lists too where their items have a key that tells them apart.

The keys and directives are those of the Kubernetes API conventions for patches.
"""

from typing import Any

from playground.cluster.api.errors import ApiError, bad_request
from playground.cluster.api.kinds import copied

MERGE_KEYS = {
    "containers": "name",
    "initContainers": "name",
    "ephemeralContainers": "name",
    "env": "name",
    "volumes": "name",
    "imagePullSecrets": "name",
    "secrets": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "hostAliases": "ip",
    "podIPs": "ip",
    "topologySpreadConstraints": "topologyKey",
    "conditions": "type",
    "addresses": "type",
    "ownerReferences": "uid",
}
SET_LISTS = {"finalizers"}
RETAIN_KEYS = {"strategy", "volumes"}


def merge_key(field: str, item: dict[str, Any]) -> str | None:
    """What tells the items of a list apart; None where the list is replaced as a whole."""
    if field == "ports":  # a container's ports or a Service's
        return "containerPort" if "containerPort" in item else "port"
    return MERGE_KEYS.get(field)


def strategic_merge(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """`target` with `patch` merged in; neither is changed. 500 for a list item without its key, as the real one."""
    directive = patch.get("$patch")
    if directive == "replace":
        return copied({key: value for key, value in patch.items() if key != "$patch"})
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise bad_request(f"unrecognized directive type {directive}")
    merged = _retained(target, patch)
    for key, value in patch.items():
        if not key.startswith("$"):
            _merge_field(merged, key, value)
    for key, value in patch.items():
        if isinstance(value, list):
            _follow_directive(merged, key, value)
    return merged


def _follow_directive(merged: dict[str, Any], key: str, value: list[Any]) -> None:
    directive, _, field = key.partition("/")
    if directive == "$deleteFromPrimitiveList":
        merged[field] = [item for item in merged.get(field) or [] if item not in value]
    elif directive == "$setElementOrder" and isinstance(merged.get(field), list):
        merged[field] = _ordered(field, merged[field], value)


def _retained(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    keep = patch.get("$retainKeys")
    return {key: copied(value) for key, value in target.items() if not isinstance(keep, list) or key in keep}


def _merge_field(merged: dict[str, Any], key: str, value: Any) -> None:
    current = merged.get(key)
    if value is None:
        merged.pop(key, None)
    elif isinstance(value, dict):
        merged[key] = strategic_merge(current if isinstance(current, dict) else {}, value)
    elif isinstance(value, list) and isinstance(current, list | None):
        merged[key] = _merge_list(key, current or [], value)
    else:
        merged[key] = value


def _merge_list(field: str, current: list[Any], patch: list[Any]) -> list[Any]:
    if field in SET_LISTS:
        return [*current, *(item for item in patch if item not in current)]
    items = [item for item in (*patch, *current) if isinstance(item, dict)]
    key = merge_key(field, {name: None for item in items for name in item})
    if key is None or not all(isinstance(item, dict) for item in (*patch, *current)):
        return copied(patch)  # a list of something else is for the schema to refuse
    if {"$patch": "replace"} in patch:
        return copied([item for item in patch if item != {"$patch": "replace"}])
    merged = list(current)
    for item in patch:
        _merge_item(merged, key, item)
    return _patch_first(key, merged, patch, current)


def _merge_item(merged: list[Any], key: str, item: dict[str, Any]) -> None:
    if key not in item:
        shown = " ".join(f"{name}:{value}" for name, value in item.items())
        raise ApiError(500, "", f"map: map[{shown}] does not contain declared merge key: {key}")
    index = next((at for at, known in enumerate(merged) if known.get(key) == item[key]), None)
    if item.get("$patch") == "delete":
        if index is not None:
            del merged[index]
    elif index is None:
        merged.append(strategic_merge({}, item))
    else:
        merged[index] = strategic_merge(merged[index], item)


def _patch_first(key: str, merged: list[Any], patch: list[Any], current: list[Any]) -> list[Any]:
    """The order that the real API gives: what the patch names in the patch's order; what only the server has keeps its
    place relative to its known neighbours, and comes after what is new."""
    wanted = [item.get(key) for item in patch]
    known = [item.get(key) for item in current]
    named = sorted((item for item in merged if item.get(key) in wanted), key=lambda item: wanted.index(item.get(key)))
    others = [item for item in merged if item.get(key) not in wanted]
    result: list[Any] = []
    while named and others:
        left = named[0].get(key)
        server_first = left in known and known.index(others[0].get(key)) < known.index(left)
        result.append(others.pop(0) if server_first else named.pop(0))
    return result + named + others


def _ordered(field: str, items: list[Any], order: list[Any]) -> list[Any]:
    first = next((item for item in order if isinstance(item, dict)), None)
    if first is None:
        return sorted(items, key=lambda item: order.index(item) if item in order else len(order))
    key = merge_key(field, first) or next(iter(first))
    places = [item.get(key) for item in order]
    return sorted(items, key=lambda item: places.index(item.get(key)) if item.get(key) in places else len(places))
