"""How controllers make pods of a template."""

from playground.cluster.api.kinds import POD, Kind, Object, name_of, namespace_of, reference_to
from playground.cluster.api.registry import Registry, random_suffix
from playground.cluster.controllers.manager import MANAGER


def is_active(pod: Object) -> bool:
    """Whether a pod counts: neither finished nor on its way out."""
    return pod["status"].get("phase") not in ("Succeeded", "Failed") and "deletionTimestamp" not in pod["metadata"]


def create_pod(registry: Registry, kind: Kind, owner: Object) -> str:
    """Make one pod of the owner's template; its name. ApiError (403) where a quota forbids it."""
    template = owner["spec"]["template"]
    name = f"{name_of(owner)}-{random_suffix()}"
    metadata: Object = {"name": name, "generateName": f"{name_of(owner)}-"}
    for part in ("labels", "annotations"):
        if template["metadata"].get(part):
            metadata[part] = template["metadata"][part]
    metadata["ownerReferences"] = [reference_to(kind, owner)]
    registry.create(POD, namespace_of(owner), {"metadata": metadata, "spec": template["spec"]}, MANAGER)
    return name
