"""`metadata.managedFields`: which manager set which field, as the API records it for updates."""

import json
from collections.abc import Iterator
from typing import Any

from playground.cluster.api.kinds import Kind, Object
from playground.cluster.api.strategic import merge_key

Path = tuple[str, ...]

_UNOWNED = {
    *("name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"),
    *("deletionTimestamp", "deletionGracePeriodSeconds"),
}
_ATOMIC = {"selector", "containerStatuses", "subsets", "endpoints", "rules", "subjects", "roleRef", "matchLabels"}
_WITHOUT_DOT = {"metadata", "spec", "status", "template", "strategy", "containers", "involvedObject", "source"}


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    field = path[-1].removeprefix("f:") if path else ""
    if isinstance(value, dict) and value and field not in _ATOMIC:
        if path and field not in _WITHOUT_DOT:
            yield (*path, "."), None
        for key, inner in value.items():
            if key not in _UNOWNED or (path and path != ("f:metadata",)):
                yield from _leaves(inner, (*path, f"f:{key}"))
    elif isinstance(value, list) and value and isinstance(value[0], dict) and merge_key(field, value[0]):
        if field not in _WITHOUT_DOT:
            yield (*path, "."), None
        for item in value:
            yield from _leaves(item, (*path, _item(field, item)))
    elif value is not None:
        yield path, value


def _item(field: str, item: Object) -> str:
    key = merge_key(field, item) or "name"
    names = (key, "protocol") if field == "ports" else (key,)
    return "k:" + json.dumps({name: item.get(name) for name in names}, separators=(",", ":"))


def _decode(fields: Object, path: Path = ()) -> Iterator[Path]:
    for key, inner in fields.items():
        if inner:
            yield from _decode(inner, (*path, key))
        else:
            yield (*path, key)


def _encode(paths: set[Path]) -> Object:
    fields: Object = {}
    for path in sorted(paths):
        node = fields
        for part in path:
            node = node.setdefault(part, {})
    return fields


def record_manager(kind: Kind, thing: Object, previous: Object | None, manager: str, stamp: str) -> None:
    """Note in `thing` that `manager` set what differs from `previous`; it is no longer anybody else's."""
    top = {"kind", "apiVersion"}
    new = dict(_leaves({key: value for key, value in thing.items() if key not in top}, ()))
    old = dict(_leaves({key: value for key, value in (previous or {}).items() if key not in top}, ()))
    changed = {path for path, value in new.items() if path not in old or old[path] != value}
    entries: list[Object] = []
    mine: set[Path] = set()
    for entry in (previous or {}).get("metadata", {}).get("managedFields") or ():
        owned = set(_decode(entry["fieldsV1"])) & set(new)
        if entry["manager"] == manager:
            mine = owned
            entries.append(entry)
        elif owned - changed:
            entries.append(entry | {"fieldsV1": _encode(owned - changed)})
    if changed:
        entries = [entry for entry in entries if entry["manager"] != manager]
        entry = {"manager": manager, "operation": "Update", "apiVersion": kind.api_version, "time": stamp}
        entries.append(entry | {"fieldsType": "FieldsV1", "fieldsV1": _encode(mine | changed)})
    if entries:
        thing["metadata"]["managedFields"] = entries
    else:
        thing["metadata"].pop("managedFields", None)
