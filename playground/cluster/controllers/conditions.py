"""The status of a Deployment: counters and the conditions Available and Progressing. Pure."""

from playground.cluster.api.kinds import Object, condition_of, copied, name_of
from playground.cluster.controllers.rolling import available, limits, total

REVISION = "deployment.kubernetes.io/revision"


def _sum(replica_sets: list[Object], counter: str) -> int:
    return sum(int(one["status"].get(counter) or 0) for one in replica_sets)


def counted(deployment: Object, new: Object | None, old: list[Object], stamp: str) -> Object:
    """The status with its counters and the condition Available brought up to date; counters of zero are left out."""
    sets = [*old, *([new] if new else [])]
    serving = sum(available(one) for one in sets)
    counters = {
        "replicas": _sum(sets, "replicas"),
        "updatedReplicas": _sum([new] if new else [], "replicas"),
        "readyReplicas": _sum(sets, "readyReplicas"),
        "availableReplicas": serving,
        "unavailableReplicas": max(0, total(sets) - serving),
    }
    status: Object = {"observedGeneration": deployment["metadata"]["generation"]}
    status |= {key: count for key, count in counters.items() if count}
    if conditions := deployment["status"].get("conditions"):
        status["conditions"] = copied(conditions)
    if serving >= deployment["spec"]["replicas"] - limits(deployment)[1]:
        text = "Deployment has minimum availability."
        set_condition(status, "Available", "True", "MinimumReplicasAvailable", text, stamp)
    else:
        text = "Deployment does not have minimum availability."
        set_condition(status, "Available", "False", "MinimumReplicasUnavailable", text, stamp)
    return _with_failure(status, sets, stamp)


def _with_failure(status: Object, sets: list[Object], stamp: str) -> Object:
    """What keeps a ReplicaSet from making its pods is said of the Deployment as well."""
    failure = next(filter(None, (condition_of(one, "ReplicaFailure") for one in reversed(sets))), None)
    if failure:
        set_condition(status, "ReplicaFailure", "True", failure["reason"], failure["message"], stamp)
    else:
        status["conditions"] = [one for one in status["conditions"] if one["type"] != "ReplicaFailure"]
    return status


def set_condition(
    status: Object, kind: str, value: str, reason: str, message: str, stamp: str, again: bool = False
) -> bool:
    """Set a condition; whether it was written. One with the same value and reason stays untouched, unless `again`:
    then its time of update moves."""
    known = condition_of({"status": status}, kind)
    if known and (known["status"], known["reason"]) == (value, reason) and not again:
        return False
    since = known["lastTransitionTime"] if known and known["status"] == value else stamp
    others = [one for one in status.get("conditions") or () if one["type"] != kind]
    condition = {"type": kind, "status": value, "lastUpdateTime": stamp, "lastTransitionTime": since}
    status["conditions"] = [*others, condition | {"reason": reason, "message": message}]
    return True


def is_complete(deployment: Object, status: Object) -> bool:
    """Whether all that is wanted runs in the new version, is available, and nothing else does."""
    wanted = deployment["spec"]["replicas"]
    counters = ("updatedReplicas", "replicas", "availableReplicas")
    observed = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    return observed and all((status.get(counter) or 0) == wanted for counter in counters)


def has_progressed(before: Object, after: Object) -> bool:
    """Whether a rollout came forward: more that is new, ready or available, or less that is old."""

    def more(counter: str) -> bool:
        return (after.get(counter) or 0) > (before.get(counter) or 0)

    def older(status: Object) -> int:
        return int(status.get("replicas") or 0) - int(status.get("updatedReplicas") or 0)

    return any(map(more, ("updatedReplicas", "readyReplicas", "availableReplicas"))) or older(after) < older(before)


def about(deployment: Object, new: Object | None, what: str) -> str:
    """The message of the condition Progressing: what it says of which object."""
    return f'ReplicaSet "{name_of(new)}" {what}' if new else f'Deployment "{name_of(deployment)}" {what}'
