"""What pods, and the templates that they are made from, must look like, in the words of the real API."""

import re
from collections.abc import Iterator

from playground.cluster.api.errors import Cause, duplicate, invalid, required
from playground.cluster.api.kinds import Object
from playground.cluster.api.naming import LABEL, LABEL_RULE


def pod_causes(spec: Object, path: str) -> Iterator[Cause]:
    """What is wrong with the spec of a pod that stands at `path`."""
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    seen: set[str] = set()
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field) or ()):
            yield from _container(container, f"{path}.{field}[{index}]", seen)


def _container(container: Object, path: str, seen: set[str]) -> Iterator[Cause]:
    name, image = container.get("name") or "", container.get("image") or ""
    if not name:
        yield required(f"{path}.name")
    elif not re.fullmatch(LABEL, name):
        yield invalid(f"{path}.name", f'"{name}"', LABEL_RULE)
    elif name in seen:
        yield duplicate(f"{path}.name", f'"{name}"')
    seen.add(name)
    if not image:
        yield required(f"{path}.image")
    for index, port in enumerate(container.get("ports") or ()):
        if not 0 < port.get("containerPort", 0) < 65536:
            shown = str(port.get("containerPort", 0))
            yield invalid(f"{path}.ports[{index}].containerPort", shown, "must be between 1 and 65535, inclusive")
