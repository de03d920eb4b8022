"""What names, labels and the other parts of metadata may look like, in the words of the real API."""

import re
from collections.abc import Iterator, Mapping

from playground.cluster.api.errors import Cause, invalid
from playground.cluster.api.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    NAMESPACE,
    ROLE,
    ROLE_BINDING,
    SERVICE,
    Kind,
    Object,
)

LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{LABEL}(\.{LABEL})*"
LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    f"with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{LABEL}')"
)
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    f"and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_LABEL_VALUE = r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_LABEL_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_LABEL_VALUE}')"
)
_NAME_PART = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_NAME_PART_RULE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    f"character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_NAME_PART}')"
)
_RBAC = (ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING)


def metadata_causes(kind: Kind, thing: Object, previous: Object | None) -> Iterator[Cause]:
    """What is wrong with an object's metadata."""
    metadata = thing["metadata"]
    yield from _name(kind, metadata.get("name", ""))
    for index, owner in enumerate(metadata.get("ownerReferences") or ()):
        for part in ("apiVersion", "kind", "name", "uid"):
            if not owner.get(part):
                yield invalid(f"metadata.ownerReferences[{index}].{part}", '""', "must not be empty")
    for field in ("labels", "annotations"):
        yield from _keys(field, metadata.get(field) or {})
    for value in (metadata.get("labels") or {}).values():
        if len(value) > 63 or not re.fullmatch(_LABEL_VALUE, value):
            yield invalid("metadata.labels", f'"{value}"', _LABEL_VALUE_RULE)
    if previous and metadata.get("uid") != previous["metadata"]["uid"]:
        yield invalid("metadata.uid", f'"{metadata.get("uid")}"', "field is immutable")


def _name(kind: Kind, name: str) -> Iterator[Cause]:
    if not name:
        yield Cause("FieldValueRequired", "metadata.name", "Required value: name or generateName is required")
    elif kind in (NAMESPACE, SERVICE):
        if not re.fullmatch(LABEL, name) or len(name) > 63:
            yield invalid("metadata.name", f'"{name}"', LABEL_RULE)
    elif kind not in _RBAC and (not re.fullmatch(_SUBDOMAIN, name) or len(name) > 253):
        yield invalid("metadata.name", f'"{name}"', _SUBDOMAIN_RULE)


def _keys(field: str, values: Mapping[str, str]) -> Iterator[Cause]:
    for key in values:
        if not re.fullmatch(_NAME_PART, key.rpartition("/")[2]):
            yield invalid(f"metadata.{field}", f'"{key}"', _NAME_PART_RULE)
