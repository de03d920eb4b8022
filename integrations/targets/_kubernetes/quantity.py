"""Whether a quota leaves room for more replicas. Pure.

Source of the notation: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from integrations.targets._kubernetes.templates import containers

Json = dict[str, Any]

BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
NUMBER = re.compile(r"([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([A-Za-z]{0,2})")


def quantity(text: object) -> Decimal:
    """A quantity as the API writes it ("100m", "1.5Gi") as a number. Raises ValueError for what is none."""
    found = NUMBER.fullmatch(str(text))
    if found is None or (found[2] not in BINARY and found[2] not in DECIMAL):
        raise ValueError(f"{text} is no quantity")
    return Decimal(found[1]) * (BINARY[found[2]] if found[2] in BINARY else Decimal(10) ** DECIMAL[found[2]])


def resolved(value: int | str, replicas: int, *, up: bool) -> int:
    """`maxSurge` or `maxUnavailable` as a number of replicas."""
    if not isinstance(value, str):
        return int(value)
    exact = Decimal(value.rstrip("%")) * replicas / 100
    return int(exact.to_integral_value("ROUND_CEILING" if up else "ROUND_FLOOR"))


def extra_replicas(deployment: Json) -> int:
    """How many more replicas a rolling update can't do without: one, unless one may be missing meanwhile."""
    strategy, replicas = deployment["spec"].get("strategy") or {}, deployment["spec"].get("replicas", 1)
    rolling = strategy.get("rollingUpdate") or {}
    if strategy.get("type") == "Recreate" or resolved(rolling.get("maxUnavailable", "25%"), replicas, up=False):
        return 0
    return min(1, resolved(rolling.get("maxSurge", "25%"), replicas, up=True))


def short_of(quotas: Sequence[Json], deployment: Json, more: int) -> Iterator[str]:
    """What `more` replicas would need and the namespace's quotas do not leave."""
    for quota in quotas:
        status = quota.get("status") or {}
        for resource, hard in (status.get("hard") or {}).items():
            needed = more * _of_one(deployment, resource)
            used = (status.get("used") or {}).get(resource, 0)
            if needed and quantity(used) + needed > quantity(hard):
                yield f"quota {quota['metadata']['name']}: {used} of {hard} {resource} are used"


def _of_one(deployment: Json, resource: str) -> Decimal:
    """What one replica takes of what a quota counts."""
    if resource in ("pods", "count/pods"):
        return Decimal(1)
    kind, _, name = resource.rpartition(".")
    asked = (_asked(one, kind or "requests", name) for one in containers(deployment))
    return sum(asked, Decimal(0)) if name in ("cpu", "memory") else Decimal(0)


def _asked(container: Json, kind: str, name: str) -> Decimal:
    resources = container.get("resources") or {}
    return quantity((resources.get(kind) or {}).get(name, 0))
