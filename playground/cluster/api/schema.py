"""Objects as their kinds have them: unknown fields are dropped, wrong types refused, as the real API does."""

from typing import Any

from playground.cluster.api.errors import Cause, invalid
from playground.cluster.api.fields import ANY, FIELDS, INT_OR_STR, MAP, METADATA
from playground.cluster.api.kinds import Kind, Object

_GO = {
    str: "string",
    int: "int64",
    float: "float64",
    bool: "bool",
    list: "[]interface {}",
    dict: "map[string]interface {}",
}


class Misfit(Exception):
    """A value of the wrong type: where, what was found and what was wanted there."""

    def __init__(self, path: str, found: type, wanted: type) -> None:
        super().__init__(path)
        self.path, self.found, self.wanted = path, _GO[found], wanted
        self._type = found

    def of_patch(self) -> str:
        """As the API says it of a patch."""
        words: dict[type, str] = {
            str: f"cannot convert {self.found} to string",
            int: "unrecognized type: int32",
            bool: "unrecognized type: bool",
            list: f"cannot restore slice from {self.found}",
            dict: f"cannot restore struct from: {self.found}",
        }
        return words[self.wanted]

    def of_custom(self) -> Cause:
        """As a CustomResourceDefinition says it."""
        words = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}
        path, found = self.path.partition(".")[2], words.get(self._type, "number")
        return invalid(path, f'"{found}"', f'{path} in body must be of type {words[self.wanted]}: "{found}"')

    def of_object(self) -> str:
        """As the API says it of an object."""
        wanted = {int: "int32", list: "slice", dict: "struct", str: "string", bool: "bool"}[self.wanted]
        return f"json: cannot unmarshal {self.found} into Go struct field {self.path} of type {wanted}"


def pruned(kind: Kind, thing: Object) -> Object:
    """The object without nulls and the fields that its kind does not have; raises Misfit at the first value of a wrong
    type."""
    fields = {"apiVersion": str, "kind": str, "metadata": METADATA} | FIELDS[kind]
    checked: Object = _checked(thing, fields, kind.name)
    return checked


def _checked(value: Any, wanted: Any, path: str) -> Any:
    if wanted is ANY:
        return value
    if isinstance(wanted, dict):
        _require(value, dict, path)
        known = ((key, inner) for key, inner in value.items() if key in wanted and inner is not None)
        return {key: _checked(inner, wanted[key], f"{path}.{key}") for key, inner in known}
    if isinstance(wanted, list):
        _require(value, list, path)
        empty = {} if isinstance(wanted[0], dict) else ""
        return [_checked(empty if item is None else item, wanted[0], path) for item in value]
    if wanted is MAP:
        _require(value, dict, path)
        return {key: _checked(inner, str, path) for key, inner in value.items() if inner is not None}
    if wanted is INT_OR_STR:
        wanted = type(value) if type(value) in INT_OR_STR else int
    _require(value, wanted, path)
    return value


def _require(value: Any, wanted: type, path: str) -> None:
    if type(value) is not wanted:
        raise Misfit(path, type(value), wanted)


def go_map(value: Any) -> str:
    """A JSON value as Go prints it: map[a:1 b:[x y]]."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_map(inner)}" for key, inner in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go_map, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return "<nil>" if value is None else str(value)
