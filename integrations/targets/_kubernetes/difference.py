"""What a change would alter, in lines for people: two objects compared by meaning. Pure."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

NONE = "none"
LONGEST = 200


def altered(before: Json, after: Json) -> list[str]:
    """What differs in the pods of two Deployments, and in how they take each other's place."""
    old, new = before["spec"], after["spec"]
    lines = [*_compared("strategy", old.get("strategy"), new.get("strategy"))]
    lines += _compared("", _pods(old["template"]), _pods(new["template"]))
    return lines


def _pods(template: Json) -> Json:
    metadata = template.get("metadata") or {}
    return {**template["spec"], **{key: metadata.get(key) for key in ("labels", "annotations")}}


def _compared(path: str, old: Any, new: Any) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from _compared(f"{path}.{key}" if path else str(key), old.get(key), new.get(key))
    elif _named(old) and _named(new):
        before, after = ({one["name"]: one for one in things} for things in (old, new))
        for name in sorted({*before, *after}):
            yield from _compared(f"{path}[{name}]", before.get(name), after.get(name))
    else:
        yield f"{path}: {_told(old)} → {_told(new)}"


def _named(things: Any) -> bool:
    return isinstance(things, list) and all(isinstance(one, dict) and "name" in one for one in things)


def _told(value: Any) -> str:
    if value is None or value == {} or value == []:
        return NONE
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
