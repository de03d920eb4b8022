"""Pod templates: telling them apart, naming their versions, and the bodies that change them. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.values import Fence, Revision, Value

Json = dict[str, Any]

REVISION = "deployment.kubernetes.io/revision"
CAUSE = "kubernetes.io/change-cause"
FENCE = "quarterdeck.dev/fence"
POD_HASH = "pod-template-hash"
# What belongs to the Deployment rather than to what it runs: undoing a rollout leaves these alone, as kubectl does.
OWN = frozenset(
    {
        "kubectl.kubernetes.io/last-applied-configuration",
        REVISION,
        "deployment.kubernetes.io/revision-history",
        "deployment.kubernetes.io/desired-replicas",
        "deployment.kubernetes.io/max-replicas",
        "deprecated.deployment.rollback.to",
    }
)


class Recorded(Value):
    """What `Revision.restore` holds: how to run it again, and how to know it again. The template may carry what
    somebody wrote into plain environment variables, so it belongs in the database and nowhere else."""

    template: Json
    hash: str
    annotations: dict[str, str]
    uid: str
    deploy: str


def template(owner: Json) -> Json:
    """The pod template of a Deployment or ReplicaSet without the label that the controller adds."""
    given: Json = owner["spec"]["template"]
    metadata = dict(given.get("metadata") or {})
    metadata["labels"] = {name: value for name, value in (metadata.get("labels") or {}).items() if name != POD_HASH}
    return given | {"metadata": {key: value for key, value in metadata.items() if value}}


def same(one: Json, other: Json) -> bool:
    """Whether two Deployments or ReplicaSets run the same pods."""
    return template(one) == template(other)


def template_hash(owner: Json) -> str:
    """A short name for a pod template, equal where the templates are."""
    return hashlib.sha256(json.dumps(template(owner), sort_keys=True).encode()).hexdigest()[:16]


def image_for(repository: str, version: str, digest: str = "") -> str:
    """What to pull: a tag, pinned where its digest is known; exactly one image where the version is a digest."""
    if version.startswith("sha256:"):
        return f"{repository}@{version}"
    return f"{repository}:{version}{'@' if digest else ''}{digest}"


def version_of(image: str) -> str:
    """What people call an image: its tag, else its digest, else what the registry takes it for."""
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return tag or digest or "latest"


def image_in(owner: Json, container: str) -> str | None:
    """The image of the named container; None where there is no such container."""
    return next((one["image"] for one in containers(owner) if one["name"] == container), None)


def containers(owner: Json) -> list[Json]:
    """The containers that serve; init containers are not among them."""
    found: list[Json] = owner["spec"]["template"]["spec"]["containers"]
    return found


def annotations(thing: Json) -> dict[str, str]:
    """Its annotations; empty where it has none."""
    return thing["metadata"].get("annotations") or {}


def number(thing: Json) -> int:
    """The revision of a Deployment or ReplicaSet; 0 before the controller has given it one."""
    return int(annotations(thing).get(REVISION, 0))


def fence_of(thing: Json) -> Fence | None:
    """Whose change this is; None where no deploy of ours made it, or a hand has spoilt the note."""
    deploy, _, epoch = annotations(thing).get(FENCE, "").rpartition(":")
    return Fence(deploy=deploy, epoch=int(epoch)) if deploy and epoch.isdecimal() else None


def fence_note(fence: Fence) -> str:
    """The fence as it is written on the Deployment."""
    return f"{fence.deploy}:{fence.epoch}"


def recorded(owner: Json, container: str, uid: str, deploy: str) -> Revision:
    """The revision that a Deployment or ReplicaSet holds. `uid` is the Deployment's, `deploy` who started it."""
    image = image_in(owner, container) or ""
    kept = {name: text for name, text in annotations(owner).items() if name not in OWN | {FENCE}}
    pods = template(owner)
    record = Recorded(template=pods, hash=template_hash(owner), annotations=kept, uid=uid, deploy=deploy)
    return Revision(id=str(number(owner)), version=version_of(image), image=image, restore=record.model_dump())


def version_patch(container: str, image: str, notes: Mapping[str, str], resource_version: str | None = None) -> Json:
    """A strategic merge patch that sets one image; containers are merged by name."""
    body = notes_patch(notes, resource_version)
    return body | {"spec": {"template": {"spec": {"containers": [{"name": container, "image": image}]}}}}


def notes_patch(notes: Mapping[str, str], resource_version: str | None = None) -> Json:
    """A strategic merge patch that sets annotations and starts nothing. Refused where the object has moved on."""
    metadata: Json = {"annotations": dict(notes)}
    return {"metadata": metadata | ({"resourceVersion": resource_version} if resource_version else {})}


def restore_patch(deployment: Json, record: Recorded, notes: Mapping[str, str]) -> list[Json]:
    """A JSON patch to the recorded template and annotations, valid only for `deployment` as it was read."""
    own = {name: text for name, text in annotations(deployment).items() if name in OWN}
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": deployment["metadata"]["resourceVersion"]},
        {"op": "replace", "path": "/spec/template", "value": record.template},
        {"op": "add", "path": "/metadata/annotations", "value": {**own, **record.annotations, **notes}},
    ]


def selector(given: Json, extra: Iterable[str] = ()) -> str:
    """A Deployment's `spec.selector` as a list call takes it."""
    words = {
        "In": "{key} in ({values})",
        "NotIn": "{key} notin ({values})",
        "Exists": "{key}",
        "DoesNotExist": "!{key}",
    }
    terms = [f"{key}={value}" for key, value in (given.get("matchLabels") or {}).items()]
    for one in given.get("matchExpressions") or []:
        terms.append(words[one["operator"]].format(key=one["key"], values=",".join(one.get("values") or [])))
    return ",".join([*terms, *extra])
