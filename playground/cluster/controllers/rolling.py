"""The arithmetic of rollouts: how large each ReplicaSet may be next. Pure; the rules are those of the Deployment
controller of Kubernetes."""

import math

from playground.cluster.api.kinds import Object, annotations_of, name_of

DESIRED = "deployment.kubernetes.io/desired-replicas"
MAX_REPLICAS = "deployment.kubernetes.io/max-replicas"


def size(replica_set: Object) -> int:
    return int(replica_set["spec"]["replicas"])


def available(replica_set: Object) -> int:
    return int(replica_set["status"].get("availableReplicas") or 0)


def total(replica_sets: list[Object]) -> int:
    return sum(size(one) for one in replica_sets)


def oldest_first(replica_sets: list[Object]) -> list[Object]:
    return sorted(replica_sets, key=lambda one: (one["metadata"]["creationTimestamp"], name_of(one)))


def _resolve(value: int | str, replicas: int, up: bool) -> int:
    if isinstance(value, int):
        return value
    share = int(value.rstrip("%")) * replicas / 100
    return math.ceil(share) if up else math.floor(share)


def limits(deployment: Object) -> tuple[int, int]:
    """How many pods more, and how many fewer available ones, than wanted (maxSurge, maxUnavailable)."""
    spec = deployment["spec"]
    if spec["strategy"]["type"] != "RollingUpdate":
        return 0, 0
    rolling, replicas = spec["strategy"]["rollingUpdate"], spec["replicas"]
    surge = _resolve(rolling["maxSurge"], replicas, up=True)
    unavailable = _resolve(rolling["maxUnavailable"], replicas, up=False)
    if not surge and not unavailable:  # percentages of few pods: something must give
        unavailable = 1
    return surge, min(unavailable, replicas)


def new_size(deployment: Object, new: Object, old: list[Object]) -> int:
    """The next size of the new ReplicaSet: no more pods altogether than the surge allows."""
    wanted = int(deployment["spec"]["replicas"])
    if deployment["spec"]["strategy"]["type"] == "Recreate" or size(new) > wanted:
        return wanted
    room = wanted + limits(deployment)[0] - total([new, *old])
    return size(new) + min(room, wanted - size(new)) if room > 0 else size(new)


def old_sizes(deployment: Object, new: Object, old: list[Object]) -> dict[str, int]:
    """The next sizes of the old ReplicaSets, by name: first those pods go that do not serve anyway, then as many as
    availability allows."""
    sizes = {name_of(one): size(one) for one in old}
    least = deployment["spec"]["replicas"] - limits(deployment)[1]
    spare = total([new, *old]) - least - (size(new) - available(new))
    if spare <= 0:
        return sizes
    for one in oldest_first(old):
        broken = max(0, min(spare, size(one) - available(one)))
        sizes[name_of(one)] -= broken
        spare -= broken
    surplus = sum(available(one) for one in (new, *old)) - least
    for one in oldest_first(old):
        gone = max(0, min(surplus, sizes[name_of(one)]))
        sizes[name_of(one)] -= gone
        surplus -= gone
    return sizes


def is_saturated(deployment: Object, replica_set: Object | None) -> bool:
    """Whether a ReplicaSet has all the pods wanted, and all are available."""
    if not replica_set:
        return False
    wanted = int(deployment["spec"]["replicas"])
    return size(replica_set) == wanted == int(annotations_of(replica_set).get(DESIRED, -1)) == available(replica_set)


def proportional_sizes(deployment: Object, active: list[Object]) -> dict[str, int]:
    """Sizes when a Deployment is scaled in the middle of a rollout: each ReplicaSet keeps its share."""
    wanted = int(deployment["spec"]["replicas"])
    allowed = wanted + limits(deployment)[0] if wanted else 0
    to_add = allowed - total(active)
    order = sorted(active, key=lambda one: (size(one), one["metadata"]["creationTimestamp"]), reverse=True)
    if to_add < 0:
        order = sorted(active, key=lambda one: (-size(one), one["metadata"]["creationTimestamp"]))
    sizes, added = {}, 0
    for one in order:
        share = _share(deployment, one, allowed) if to_add else 0
        left = to_add - added
        share = min(share, left) if to_add > 0 else max(share, left)
        sizes[name_of(one)] = size(one) + share
        added += share
    if order:  # what rounding left over goes to the largest
        largest = name_of(order[0])
        sizes[largest] = max(0, sizes[largest] + to_add - added)
    return sizes


def _share(deployment: Object, replica_set: Object, allowed: int) -> int:
    if not deployment["spec"]["replicas"]:
        return -size(replica_set)
    before = int(annotations_of(replica_set).get(MAX_REPLICAS) or 0) or int(deployment["status"].get("replicas") or 1)
    exact = size(replica_set) * allowed / before
    return math.floor(exact + 0.5) - size(replica_set)
