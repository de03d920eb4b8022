"""As much of the protobuf encoding as kubectl insists on: it writes some requests in it, and reads one answer.

Numbers of fields are those of k8s.io/api and of gnostic's openapiv2.
"""

from collections.abc import Iterator
from typing import Any

from playground.cluster.api.errors import ApiError, bad_request
from playground.cluster.api.kinds import Object

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_ENVELOPE = b"k8s\0"
_MAP = "a map of strings"

# number -> name and type: str, a message's own fields, or _MAP
_METADATA = {1: ("name", str), 2: ("generateName", str), 3: ("namespace", str), 11: ("labels", _MAP)}
_OBJECT: dict[int, tuple[str, Any]] = {1: ("metadata", _METADATA | {12: ("annotations", _MAP)})}
_ATTRIBUTES = dict(enumerate(("namespace", "verb", "group", "version", "resource", "subresource", "name"), start=1))
_REVIEW = {
    1: ("resourceAttributes", {number: (name, str) for number, name in _ATTRIBUTES.items()}),
    2: ("nonResourceAttributes", {1: ("path", str), 2: ("verb", str)}),
}
_MESSAGES: dict[str, dict[int, tuple[str, Any]]] = {
    "SelfSubjectAccessReview": {2: ("spec", _REVIEW)},
    "ConfigMap": _OBJECT | {2: ("data", _MAP)},
    "Namespace": _OBJECT,
    "ServiceAccount": _OBJECT,
}


def field(number: int, value: bytes | str) -> bytes:
    """A length-delimited field."""
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a message; numbers of other types are passed over."""
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        match tag & 7:
            case 0:
                _, at = _read_varint(data, at)
            case 2:
                length, at = _read_varint(data, at)
                yield tag >> 3, data[at : at + length]
                at += length
            case other:
                at += {1: 8, 5: 4}[other]


def read_object(body: bytes) -> Object:
    """The object in a request's body; 415 for kinds that are understood as JSON alone."""
    try:
        envelope = dict(fields(body.removeprefix(_ENVELOPE)))
        head = {number: value.decode() for number, value in fields(envelope[1])}
        kind = head[2]
        content = _decoded(envelope.get(2, b""), _MESSAGES[kind]) if kind in _MESSAGES else None
    except (LookupError, ValueError):
        raise bad_request("the body is not a Kubernetes object in protobuf") from None
    if content is None:
        accepted = "accepted media types include: application/json, application/yaml"
        message = f"the body of the request was in an unknown format - {accepted}"
        raise ApiError(415, "UnsupportedMediaType", message, {})
    return {"apiVersion": head[1], "kind": kind} | content


def _decoded(data: bytes, known: dict[int, tuple[str, Any]]) -> Object:
    found: Object = {}
    for number, value in fields(data):
        name, kind = known.get(number, ("", None))
        if kind is str and value:
            found[name] = value.decode()
        elif kind is _MAP:
            entry = {key: text.decode() for key, text in fields(value)}
            found.setdefault(name, {})[entry[1]] = entry.get(2, "")
        elif isinstance(kind, dict):
            found[name] = _decoded(value, kind)
    return found


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
