"""How many pods a namespace may hold, as its ResourceQuotas say."""

from collections.abc import Iterator

from playground.cluster.api.errors import Cause, forbidden, invalid
from playground.cluster.api.kinds import POD, RESOURCE_QUOTA, Kind, Object, name_of, namespace_of
from playground.cluster.api.store import Store

_PODS = ("pods", "count/pods")


def pods_used(store: Store, namespace: str) -> int:
    """The pods that count: those that have not ended."""
    return sum(pod["status"].get("phase") not in ("Succeeded", "Failed") for pod in store.all(POD, namespace))


def quota_causes(thing: Object) -> Iterator[Cause]:
    """What is wrong with a quota."""
    for key, value in (thing["spec"].get("hard") or {}).items():
        if key in _PODS and not (value.isascii() and value.isdecimal()):
            yield invalid(f"spec.hard[{key}]", f'"{value}"', "must be an integer")


def usage(store: Store, quota: Object) -> Object:
    """The status of a quota; of what it limits, pods alone are counted here."""
    hard = quota["spec"].get("hard") or {}
    used = {key: str(pods_used(store, namespace_of(quota))) for key in hard if key in _PODS}
    return {"hard": hard, "used": used}


def check_quota(store: Store, kind: Kind, thing: Object) -> None:
    """Refuse, with 403, a pod that would be one too many."""
    if kind is not POD:
        return
    for quota in store.all(RESOURCE_QUOTA, namespace_of(thing)):
        hard, used = quota["spec"].get("hard") or {}, pods_used(store, namespace_of(thing))
        for key in _PODS:
            if key in hard and used + 1 > int(hard[key]):
                amounts = f"requested: {key}=1, used: {key}={used}, limited: {key}={hard[key]}"
                why = f"exceeded quota: {name_of(quota)}, {amounts}"
                raise forbidden(POD, name_of(thing), why)
