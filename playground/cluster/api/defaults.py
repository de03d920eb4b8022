"""What the API fills in where an object says nothing."""

import base64
import zlib
from collections.abc import Callable

from playground.cluster.api.kinds import (
    AUTOSCALER,
    DEPLOYMENT,
    ENDPOINT_SLICE,
    EVENT,
    HTTP_ROUTE,
    JOB,
    NAMESPACE,
    POD,
    REPLICA_SET,
    RESOURCE_QUOTA,
    ROLE_BINDING,
    SECRET,
    SERVICE,
    Kind,
    Object,
    copied,
    labels_of,
    name_of,
    namespace_of,
)
from playground.cluster.api.pod_defaults import fill, fill_pod, fill_template

_ROLLING = {"maxUnavailable": "25%", "maxSurge": "25%"}


def _fill_deployment(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    fill_template(thing)
    fill(spec, {"replicas": 1, "strategy": {}, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600})
    strategy = spec["strategy"]
    fill(strategy, {"type": "RollingUpdate"})
    if strategy["type"] == "RollingUpdate":
        fill(strategy, {"rollingUpdate": {}})
        fill(strategy["rollingUpdate"], _ROLLING)


def _fill_replica_set(thing: Object) -> None:
    fill(thing.setdefault("spec", {}), {"replicas": 1})
    fill_template(thing)


def _fill_service(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    for port in spec.get("ports") or ():
        fill(port, {"protocol": "TCP"})
        if "port" in port:
            fill(port, {"targetPort": port["port"]})
    fill(spec, {"type": "ClusterIP", "sessionAffinity": "None"})
    if not spec.get("clusterIP"):
        number = zlib.crc32(f"{namespace_of(thing)}/{name_of(thing)}".encode())
        spec["clusterIP"] = f"10.96.{number // 250 % 250}.{number % 250 + 1}"
        spec["clusterIPs"] = [spec["clusterIP"]]
    fill(thing, {"status": {"loadBalancer": {}}})


def _fill_namespace(thing: Object) -> None:
    fill(thing, {"spec": {}, "status": {}})
    if "deletionTimestamp" not in thing["metadata"]:
        fill(thing["spec"], {"finalizers": ["kubernetes"]})
    fill(thing["status"], {"phase": "Active"})


def _fill_event(thing: Object) -> None:
    fill(thing, {"type": "Normal", "source": {}, "involvedObject": {}, "firstTimestamp": None, "lastTimestamp": None})
    thing.setdefault("eventTime", None)
    fill(thing, {"reportingComponent": "", "reportingInstance": ""})


def _fill_binding(thing: Object) -> None:
    for subject in thing.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            fill(subject, {"apiGroup": "rbac.authorization.k8s.io"})


def _fill_slice(thing: Object) -> None:
    fill(thing, {"addressType": "IPv4", "endpoints": [], "ports": []})
    for endpoint in thing["endpoints"]:
        fill(endpoint, {"addresses": [], "conditions": {}})


def _fill_job(thing: Object) -> None:
    """A Job is told apart by its own uid: its pods carry it, and its selector asks for it."""
    uid, metadata = thing["metadata"]["uid"], thing["metadata"]
    spec = thing.setdefault("spec", {})
    fill_template(thing)
    fill(spec, {"backoffLimit": 6, "completions": 1, "parallelism": 1, "completionMode": "NonIndexed"})
    fill(spec, {"suspend": False})
    if not spec.get("manualSelector"):
        labels = {"controller-uid": uid, "job-name": name_of(thing)}
        template = spec["template"]["metadata"]
        template["labels"] = (template.get("labels") or {}) | labels
        fill(spec, {"selector": {"matchLabels": {"controller-uid": uid}}})
    if not labels_of(thing) and spec["template"]["metadata"].get("labels"):
        metadata["labels"] = copied(spec["template"]["metadata"]["labels"])
    thing.setdefault("status", {})


def _fill_autoscaler(thing: Object) -> None:
    fill(thing.setdefault("spec", {}), {"minReplicas": 1, "scaleTargetRef": {}})
    fill(thing, {"status": {"currentReplicas": 0, "desiredReplicas": 0}})


def _fill_secret(thing: Object) -> None:
    """`stringData` is for writing alone: it is kept as `data`."""
    fill(thing, {"type": "Opaque"})
    for key, value in (thing.pop("stringData", None) or {}).items():
        thing.setdefault("data", {})[key] = base64.b64encode(value.encode()).decode()


def _fill_quota(thing: Object) -> None:
    fill(thing, {"spec": {}, "status": {}})


def _fill_route(thing: Object) -> None:
    for rule in (thing.get("spec") or {}).get("rules") or ():
        fill(rule, {"matches": [{"path": {"type": "PathPrefix", "value": "/"}}]})
        for backend in rule.get("backendRefs") or ():
            fill(backend, {"group": "", "kind": "Service", "weight": 1})
    for parent in (thing.get("spec") or {}).get("parentRefs") or ():
        fill(parent, {"group": HTTP_ROUTE.group, "kind": "Gateway"})


_FILLERS: dict[Kind, Callable[[Object], None]] = {
    DEPLOYMENT: _fill_deployment,
    REPLICA_SET: _fill_replica_set,
    POD: fill_pod,
    SERVICE: _fill_service,
    NAMESPACE: _fill_namespace,
    EVENT: _fill_event,
    ROLE_BINDING: _fill_binding,
    ENDPOINT_SLICE: _fill_slice,
    JOB: _fill_job,
    AUTOSCALER: _fill_autoscaler,
    SECRET: _fill_secret,
    RESOURCE_QUOTA: _fill_quota,
    HTTP_ROUTE: _fill_route,
}


def fill_defaults(kind: Kind, thing: Object) -> None:
    """Complete an object in place."""
    if kind in _FILLERS:
        _FILLERS[kind](thing)
    if kind in (DEPLOYMENT, REPLICA_SET):
        thing.setdefault("status", {})
