"""The history of a Deployment: one ReplicaSet for each template that it had, numbered by revision."""

import hashlib
import json
from collections.abc import Callable

from playground.cluster.api.errors import ApiError
from playground.cluster.api.kinds import (
    DEPLOYMENT,
    REPLICA_SET,
    Object,
    annotations_of,
    controlled_by,
    controller_of,
    copied,
    is_leaving,
    labels_of,
    name_of,
    namespace_of,
    reference_to,
)
from playground.cluster.api.registry import NAME_LETTERS, Registry
from playground.cluster.api.selectors import selects
from playground.cluster.controllers.conditions import REVISION
from playground.cluster.controllers.manager import MANAGER
from playground.cluster.controllers.rolling import DESIRED, MAX_REPLICAS, limits, new_size, oldest_first, size

HASH = "pod-template-hash"
HISTORY = "deployment.kubernetes.io/revision-history"
_NOT_COPIED = {
    "kubectl.kubernetes.io/last-applied-configuration",
    *(REVISION, HISTORY, DESIRED, MAX_REPLICAS, "deprecated.deployment.rollback.to"),
}


def revision_of(thing: Object) -> int:
    return int(annotations_of(thing).get(REVISION) or 0)


def template_hash(template: Object, collisions: int) -> str:
    """Ten letters that differ where templates do. (The real one hashes Go structs: not to be had elsewhere.)"""
    digest = hashlib.sha256(f"{json.dumps(template, sort_keys=True)}{collisions}".encode()).digest()
    return "".join(NAME_LETTERS[byte % len(NAME_LETTERS)] for byte in digest[:10])


def same_template(one: Object, other: Object) -> bool:
    """Equal but for the hash that the controller adds."""

    def bare(template: Object) -> Object:
        metadata = template["metadata"]
        labels = {key: value for key, value in (metadata.get("labels") or {}).items() if key != HASH}
        return template | {"metadata": metadata | {"labels": labels}}

    return bare(one) == bare(other)


class Revisions:
    """Finds, makes, numbers and forgets the ReplicaSets of Deployments."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._collisions: dict[str, int] = {}

    def owned(self, deployment: Object) -> list[Object]:
        """Its ReplicaSets, oldest first; orphans that its selector matches are taken in."""
        found = []
        for one in self._registry.store.all(REPLICA_SET, namespace_of(deployment)):
            if controlled_by(one, deployment):
                found.append(one)
            elif controller_of(one) is None and selects(deployment["spec"]["selector"], labels_of(one)):
                found.append(self._adopt(deployment, one))
        return oldest_first([one for one in found if not is_leaving(one)])

    def sync(self, deployment: Object, create: bool) -> tuple[Object | None, list[Object]]:
        """The ReplicaSet of the present template and all others. The present one gets the highest number, also when it
        is an old one that is wanted again; it is made where there is none, if `create`."""
        owned = self.owned(deployment)
        template = deployment["spec"]["template"]
        new = next((one for one in owned if same_template(one["spec"]["template"], template)), None)
        old = [one for one in owned if one is not new]
        revision = max(map(revision_of, old), default=0) + 1
        if new:
            new = self._renumbered(deployment, new, revision)
        elif create:
            new = self._create(deployment, old, revision)
        return new, old

    def resize(self, deployment: Object, replica_set: Object, replicas: int) -> Object:
        """Give a ReplicaSet its next size, and the note of how large all of it may be."""
        surge, _ = limits(deployment)
        wanted = deployment["spec"]["replicas"]

        def change(thing: Object) -> None:
            thing["spec"]["replicas"] = replicas
            notes = thing["metadata"].setdefault("annotations", {})
            notes |= {DESIRED: str(wanted), MAX_REPLICAS: str(wanted + surge)}

        return self._update(replica_set, change)

    def forget(self, deployment: Object, old: list[Object]) -> None:
        """Delete the oldest revisions beyond revisionHistoryLimit that have no pods."""
        surplus = len(old) - deployment["spec"]["revisionHistoryLimit"]
        if surplus <= 0:
            return
        for one in sorted(old, key=revision_of)[:surplus]:
            if not size(one) and not one["status"].get("replicas"):
                self._registry.delete(REPLICA_SET, namespace_of(one), name_of(one), {})

    def _update(self, replica_set: Object, change: Callable[[Object], None]) -> Object:
        place = (namespace_of(replica_set), name_of(replica_set))
        return self._registry.update(REPLICA_SET, *place, change, MANAGER)

    def _adopt(self, deployment: Object, replica_set: Object) -> Object:
        def change(thing: Object) -> None:
            thing["metadata"].setdefault("ownerReferences", []).append(reference_to(DEPLOYMENT, deployment))

        return self._update(replica_set, change)

    def _renumbered(self, deployment: Object, replica_set: Object, revision: int) -> Object:
        def change(thing: Object) -> None:
            notes = thing["metadata"].setdefault("annotations", {})
            notes |= _copied(deployment)
            before = revision_of(thing)
            if before < revision:
                notes[REVISION] = str(revision)
                if before:
                    notes[HISTORY] = ",".join(filter(None, (notes.get(HISTORY), str(before))))
            thing["spec"]["minReadySeconds"] = deployment["spec"].get("minReadySeconds")
            if not thing["spec"]["minReadySeconds"]:
                del thing["spec"]["minReadySeconds"]

        return self._update(replica_set, change)

    def _create(self, deployment: Object, old: list[Object], revision: int) -> Object:
        surge, _ = limits(deployment)
        spec, uid = deployment["spec"], deployment["metadata"]["uid"]
        collisions = self._collisions.get(uid, 0)
        digest = template_hash(spec["template"], collisions)
        template, selector = copied(spec["template"]), copied(spec["selector"])
        template["metadata"].setdefault("labels", {})[HASH] = digest
        selector.setdefault("matchLabels", {})[HASH] = digest
        notes = _copied(deployment) | {REVISION: str(revision), DESIRED: str(spec["replicas"])}
        notes[MAX_REPLICAS] = str(spec["replicas"] + surge)
        body: Object = {
            "metadata": {
                "name": f"{name_of(deployment)}-{digest}",
                "labels": template["metadata"]["labels"],
                "annotations": notes,
                "ownerReferences": [reference_to(DEPLOYMENT, deployment)],
            },
            "spec": {"replicas": 0, "selector": selector, "template": template},
        }
        if spec.get("minReadySeconds"):
            body["spec"]["minReadySeconds"] = spec["minReadySeconds"]
        body["spec"]["replicas"] = new_size(deployment, body, old)
        try:
            return self._registry.create(REPLICA_SET, namespace_of(deployment), body, MANAGER)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
            self._collisions[uid] = collisions + 1
            return self._create(deployment, old, revision)


def _copied(deployment: Object) -> dict[str, str]:
    return {key: value for key, value in annotations_of(deployment).items() if key not in _NOT_COPIED}
