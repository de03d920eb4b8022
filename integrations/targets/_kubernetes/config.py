"""The ConfigMaps and Secrets that pods take what they need from. Pure."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

CONFIG_MAP, SECRET = "ConfigMap", "Secret"


def needed(template: Json) -> list[tuple[str, str]]:
    """Kind and name of each that pods of this template can't start without."""
    spec = template["spec"]
    found = set(_of_volumes(spec))
    for container in [*(spec.get("initContainers") or []), *spec["containers"]]:
        found.update(_of_container(container))
    return sorted(found)


def _of_container(container: Json) -> Iterator[tuple[str, str]]:
    for source in container.get("envFrom") or []:
        yield from _named(source, "configMapRef", "secretRef")
    for variable in container.get("env") or []:
        yield from _named(variable.get("valueFrom") or {}, "configMapKeyRef", "secretKeyRef")


def _of_volumes(spec: Json) -> Iterator[tuple[str, str]]:
    for volume in spec.get("volumes") or []:
        yield from _named(volume, "configMap", "secret")
        for source in (volume.get("projected") or {}).get("sources") or []:
            yield from _named(source, "configMap", "secret")


def _named(thing: Json, config_map: str, secret: str) -> Iterator[tuple[str, str]]:
    for kind, key in ((CONFIG_MAP, config_map), (SECRET, secret)):
        reference = thing.get(key) or {}
        name = reference.get("name") or reference.get("secretName")
        if name and not reference.get("optional"):
            yield kind, name
