"""PATCH by content type: strategic merge, merge (RFC 7386) and JSON patch (RFC 6902)."""

import json
from typing import Any

from playground.cluster.api.errors import ApiError, bad_request, patch_failed
from playground.cluster.api.kinds import Kind, Object, copied
from playground.cluster.api.strategic import strategic_merge

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON = "application/json-patch+json"


def parse(body: bytes) -> Any:
    """JSON, or 400 in the words of the real decoder where that is cheap to say."""
    try:
        return json.loads(body)
    except ValueError as error:
        at_end = isinstance(error, json.JSONDecodeError) and error.pos >= len(error.doc.rstrip())
        if not body:
            raise bad_request("EOF") from None
        raise bad_request("unexpected EOF" if at_end else f"invalid JSON: {error}") from None


def check_patch_type(kind: Kind, content_type: str) -> None:
    """415 for a kind of patch that is not known here (server-side apply is not), or not for this kind of object."""
    if kind.is_custom and content_type == STRATEGIC:
        accepted = f"accepted media types include: {JSON}, {MERGE}, application/apply-patch+yaml"
        message = f"the body of the request was in an unknown format - {accepted}"
        raise ApiError(415, "UnsupportedMediaType", message)
    if content_type not in (MERGE, STRATEGIC, JSON):
        raise ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})


def patched(thing: Object, content_type: str, body: bytes) -> Object:
    """`thing` as the patch would have it; `thing` itself stays as it is."""
    patch = parse(body)
    if content_type == JSON:
        if not isinstance(patch, list):
            raise bad_request("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
        return json_patch(thing, patch)
    if not isinstance(patch, dict):
        raise bad_request("json: cannot unmarshal array into Go value of type map[string]interface {}")
    return merge_patch(thing, patch) if content_type == MERGE else strategic_merge(thing, patch)


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7386: maps are merged, null removes, everything else replaces."""
    if not isinstance(patch, dict):
        return copied(patch)
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def json_patch(thing: Object, operations: list[Any]) -> Object:
    """RFC 6902, all or nothing: 422 where a test does not hold or a path does not exist."""
    draft: Any = copied(thing)
    try:
        for operation in operations:
            draft = _operate(draft, operation)
    except (LookupError, TypeError, ValueError):
        raise patch_failed() from None
    if not isinstance(draft, dict):
        raise patch_failed()
    return draft


def _operate(document: Any, operation: Object) -> Any:
    path = _pointer(operation["path"])
    match operation["op"]:
        case "add":
            return _add(document, path, copied(operation["value"]))
        case "remove":
            _take(document, path)
        case "replace":
            _find(document, path)
            return _set(document, path, copied(operation["value"]))
        case "move":
            return _add(document, path, _take(document, _pointer(operation["from"])))
        case "copy":
            return _add(document, path, copied(_find(document, _pointer(operation["from"]))))
        case "test":
            _test(document, path, operation["value"])
        case other:
            raise ValueError(f"unexpected operation {other}")
    return document


def _pointer(text: str) -> list[str]:
    if text and not text.startswith("/"):
        raise ValueError(f"not a JSON pointer: {text}")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _step(parent: Any, part: str) -> Any:
    return parent[int(part)] if isinstance(parent, list) else parent[part]


def _find(document: Any, path: list[str]) -> Any:
    for part in path:
        document = _step(document, part)
    return document


def _test(document: Any, path: list[str], value: Any) -> None:
    try:
        found = _find(document, path)
    except LookupError:
        found = None  # the real API lets a test for null pass on what is not there
    if found != value:
        raise ValueError(f"testing value /{'/'.join(path)} failed")


def _set(document: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent = _find(document, path[:-1])
    parent[int(path[-1]) if isinstance(parent, list) else path[-1]] = value
    return document


def _add(document: Any, path: list[str], value: Any) -> Any:
    parent = _find(document, path[:-1]) if path else None
    if not isinstance(parent, list):
        return _set(document, path, value)
    at = len(parent) if path[-1] == "-" else int(path[-1])
    if not 0 <= at <= len(parent):
        raise IndexError(at)
    parent.insert(at, value)
    return document


def _take(document: Any, path: list[str]) -> Any:
    parent = _find(document, path[:-1])
    value = _step(parent, path[-1])
    del parent[int(path[-1]) if isinstance(parent, list) else path[-1]]
    return value
