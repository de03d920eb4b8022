"""Pod templates: telling them apart, naming their versions, and the bodies that change them. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.values import Revision, StrategyKind, Value
from integrations.targets._kubernetes.notes import BEFORE, OURS, annotations, with_notes

Json = dict[str, Any]

REVISION = "deployment.kubernetes.io/revision"
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
    somebody wrote into plain environment variables, so it belongs in the database and nowhere else.

    `goal` is what was asked for where that takes more than one move; `colour` where it runs, of two.
    """

    template: Json
    hash: str
    annotations: dict[str, str]
    uid: str
    deploy: str
    goal: Json | None = None
    colour: str = ""


def template(owner: Json, *without: str) -> Json:
    """The pod template of a Deployment or ReplicaSet without the label that the controller adds, and without these."""
    given: Json = owner["spec"]["template"]
    metadata = dict(given.get("metadata") or {})
    left_out = {POD_HASH, *without}
    metadata["labels"] = {name: value for name, value in (metadata.get("labels") or {}).items() if name not in left_out}
    return given | {"metadata": {key: value for key, value in metadata.items() if value}}


def same(one: Json, other: Json) -> bool:
    """Whether two Deployments or ReplicaSets run the same pods."""
    return template(one) == template(other)


def template_hash(owner: Json, *without: str) -> str:
    """A short name for a pod template, equal where the templates are but for these labels."""
    return hashlib.sha256(json.dumps(template(owner, *without), sort_keys=True).encode()).hexdigest()[:16]


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


def number(thing: Json) -> int:
    """The revision of a Deployment or ReplicaSet; 0 before the controller has given it one."""
    return int(annotations(thing).get(REVISION, 0))


def recorded(owner: Json, container: str, uid: str, deploy: str, *without: str) -> Revision:
    """The revision that a Deployment or ReplicaSet holds. `uid` is the Deployment's, `deploy` who started it."""
    image = image_in(owner, container) or ""
    kept = {name: text for name, text in annotations(owner).items() if name not in OWN | OURS}
    pods, hashed = template(owner, *without), template_hash(owner, *without)
    record = Recorded(template=pods, hash=hashed, annotations=kept, uid=uid, deploy=deploy)
    return Revision(id=str(number(owner)), version=version_of(image), image=image, restore=record.model_dump())


def version_patch(
    container: str,
    image: str,
    notes: Mapping[str, str | None],
    resource_version: str | None = None,
    spec: Mapping[str, object] | None = None,
) -> Json:
    """A strategic merge patch that sets one image, and what else of the Deployment's spec is given; containers are
    merged by name."""
    pods = {"spec": {"containers": [{"name": container, "image": image}]}}
    return with_notes(notes, resource_version) | {"spec": {**(spec or {}), "template": pods}}


def restore_patch(
    deployment: Json, record: Recorded, notes: Mapping[str, str | None], replicas: int | None = None
) -> list[Json]:
    """A JSON patch to the recorded template and annotations, valid only for `deployment` as it was read."""
    own = {name: text for name, text in annotations(deployment).items() if name in OWN | {BEFORE}}
    kept = {name: text for name, text in {**own, **record.annotations, **notes}.items() if text is not None}
    scaled = [] if replicas is None else [{"op": "add", "path": "/spec/replicas", "value": replicas}]
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": deployment["metadata"]["resourceVersion"]},
        {"op": "replace", "path": "/spec/template", "value": record.template},
        {"op": "add", "path": "/metadata/annotations", "value": kept},
        *scaled,
    ]


def rehearsal_patch(deployment: Json, record: Recorded) -> list[Json]:
    """The same for asking whether it would be taken: whatever else is written on the Deployment meanwhile."""
    return [one for one in restore_patch(deployment, record, {}) if one["op"] != "test"]


def replacing(deployment: Json, kind: StrategyKind) -> tuple[Json, dict[str, str | None]]:
    """How pods are to take each other's place: the part of the spec that changes, and the note about what it was.

    A recreate notes the strategy that was there; the next other change puts it back.
    """
    now = deployment["spec"].get("strategy") or {"type": "RollingUpdate"}
    if kind is StrategyKind.RECREATE:
        if now["type"] == "Recreate":
            return {}, {}
        return {"strategy": {"type": "Recreate", "rollingUpdate": None}}, {BEFORE: json.dumps(now, sort_keys=True)}
    return put_back(deployment)


def put_back(deployment: Json) -> tuple[Json, dict[str, str | None]]:
    """The strategy that a recreate found, as part of the spec, and the note to take away; empty where there is none."""
    noted = annotations(deployment).get(BEFORE)
    if noted is None:
        return {}, {}
    try:
        before = dict(json.loads(noted))
    except (ValueError, TypeError):  # spoilt by a hand
        before = {"type": "RollingUpdate"}
    return {"strategy": before}, {BEFORE: None}


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
