"""What a write may change of an object, and what follows from what it did change. Pure."""

from playground.cluster.api.kinds import DEPLOYMENT, ENDPOINT_SLICE, Kind, Object, copied

_SERVER_SET = ("creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "namespace")


def draft_of(current: Object) -> Object:
    """A copy to work on; what managers own is never edited in place, and large: it is shared."""
    metadata = current["metadata"]
    copy = copied(current | {"metadata": {key: metadata[key] for key in metadata if key != "managedFields"}})
    if "managedFields" in metadata:
        copy["metadata"]["managedFields"] = metadata["managedFields"]
    return copy


def allowed_part(kind: Kind, subresource: str, draft: Object, current: Object) -> Object:
    """What this way of writing may change: the status alone, or everything but the status; never what is the API's."""
    thing = draft | {"kind": kind.name, "apiVersion": kind.api_version}
    thing["metadata"] = {key: value for key, value in draft["metadata"].items() if key not in _SERVER_SET}
    for key in (*_SERVER_SET, "name", "resourceVersion"):
        if key in current["metadata"]:
            thing["metadata"][key] = current["metadata"][key]
    thing["metadata"].setdefault("uid", current["metadata"]["uid"])
    if subresource == "status":
        metadata = {**current["metadata"], "annotations": thing["metadata"].get("annotations")}
        metadata["uid"] = thing["metadata"]["uid"]
        if metadata["annotations"] is None:
            del metadata["annotations"]
        return copied(current) | {"metadata": metadata, "status": thing.get("status") or {}}
    if kind.has_status:
        thing.pop("status", None)
        if "status" in current:
            thing["status"] = current["status"]
    return thing


def is_same(thing: Object, current: Object) -> bool:
    """Whether nothing differs but who manages which field."""

    def content(one: Object) -> Object:
        return one | {"metadata": {key: value for key, value in one["metadata"].items() if key != "managedFields"}}

    return content(thing) == content(current)


def makes_generation(kind: Kind, thing: Object, current: Object) -> bool:
    """Deployments count annotations in, as the real API does; kinds without a generation never change it."""
    if kind is ENDPOINT_SLICE:
        return True
    if "generation" not in current["metadata"]:
        return False
    if kind is DEPLOYMENT and thing["metadata"].get("annotations") != current["metadata"].get("annotations"):
        return True
    return bool(thing.get("spec") != current.get("spec"))
