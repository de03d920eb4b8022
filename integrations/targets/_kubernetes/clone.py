"""The canary's Deployment and Service, made from the main ones. Pure."""

from collections.abc import Mapping
from typing import Any

from integrations.targets._kubernetes.templates import containers, template

Json = dict[str, Any]

TRACK, CANARY = "track", "canary"
KEPT = ("minReadySeconds", "progressDeadlineSeconds", "revisionHistoryLimit", "strategy")
PORT = ("name", "port", "protocol", "appProtocol", "targetPort")


def called(name: str) -> str:
    """What the canary's copy of a Deployment or Service is called."""
    return f"{name}-{CANARY}"


def clone(main: Json, container: str, image: str, replicas: int, notes: Mapping[str, str]) -> Json:
    """A Deployment beside `main` with another image, whose pods keep all labels and have `track: canary`.

    Annotations and the labels of the Deployment itself are not copied: by them others would take it for theirs. It
    goes when `main` is deleted.
    """
    spec, pods = main["spec"], canary_template(main, container, image)
    labels, selector = pods["metadata"]["labels"], spec["selector"]
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": main["metadata"]["name"]}
    metadata = {
        "name": called(main["metadata"]["name"]),
        "labels": labels,
        "annotations": dict(notes),
        "ownerReferences": [owner | {"uid": main["metadata"]["uid"]}],
    }
    chosen = {**selector, "matchLabels": {**(selector.get("matchLabels") or {}), TRACK: CANARY}}
    kept = {key: spec[key] for key in KEPT if key in spec}
    body = {**kept, "replicas": replicas, "selector": chosen, "template": pods}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": body}


def canary_template(main: Json, container: str, image: str) -> Json:
    """The main Deployment's pod template with that image in the container, and `track: canary`."""
    pods = template(main)
    listed = [one | {"image": image} if one["name"] == container else one for one in containers(main)]
    labels = {**pods["metadata"]["labels"], TRACK: CANARY}
    return pods | {"metadata": pods["metadata"] | {"labels": labels}, "spec": pods["spec"] | {"containers": listed}}


def canary_service(service: Json, name: str, notes: Mapping[str, str]) -> Json:
    """A Service for the canary's pods alone, with the ports of the main one."""
    ports = [{key: one[key] for key in PORT if key in one} for one in service["spec"].get("ports") or []]
    metadata = {"name": name, "labels": {TRACK: CANARY}, "annotations": dict(notes)}
    spec = {"selector": {**(service["spec"].get("selector") or {}), TRACK: CANARY}, "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}


def selects(service: Json, pods: Json) -> bool:
    """Whether a Service sends to pods of this template."""
    wanted = service["spec"].get("selector") or {}
    return bool(wanted) and wanted.items() <= (pods["metadata"].get("labels") or {}).items()
