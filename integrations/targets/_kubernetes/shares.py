"""Who of the pods is new and who is old: their share of the traffic, and how metrics tell them apart. Pure."""

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

POD = "pod"  # the label that Prometheus' Kubernetes discovery is commonly told to put a pod's name into
LONGEST = 58  # what the API server leaves of a generated name before its five random characters


def share(new: int, old: int) -> float | None:
    """The share of `new` ready replicas among all that are ready, in per cent; None where none is."""
    return round(100 * new / (new + old), 1) if new + old else None


def ready_in(sets: Sequence[Json]) -> int:
    """How many pods of these ReplicaSets serve."""
    return sum((one.get("status") or {}).get("readyReplicas", 0) for one in sets)


def made_by(sets: Sequence[Json]) -> int:
    """How many pods of these ReplicaSets there are."""
    return sum((one.get("status") or {}).get("replicas", 0) for one in sets)


def pods_of(sets: Sequence[Json]) -> dict[str, str]:
    """What the pods of these ReplicaSets are called: a label and an anchored RE2 expression. Empty where none is."""
    names = sorted(one["metadata"]["name"] for one in sets if made_by([one]))
    prefixes = (f"{name}-"[:LONGEST].replace(".", "[.]") for name in names)
    return {POD: "|".join(f"{prefix}[a-z0-9]{{5}}" for prefix in prefixes)} if names else {}
