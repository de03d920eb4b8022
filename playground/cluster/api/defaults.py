"""What the API fills in where an object says nothing."""

import zlib
from collections.abc import Callable
from typing import Any

from playground.cluster.api.kinds import (
    DEPLOYMENT,
    ENDPOINT_SLICE,
    EVENT,
    NAMESPACE,
    POD,
    REPLICA_SET,
    ROLE_BINDING,
    SERVICE,
    Kind,
    Object,
    name_of,
    namespace_of,
)

_POD = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}
_CONTAINER = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
}
_TOLERATIONS = [
    {"key": f"node.kubernetes.io/{trouble}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
    for trouble in ("not-ready", "unreachable")
]
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_ROLLING = {"maxUnavailable": "25%", "maxSurge": "25%"}


def image_tag(image: str) -> str:
    """The tag of an image; "latest" where it names none, empty where it is pinned by digest alone."""
    reference, at, _ = image.partition("@")
    _, colon, tag = reference.rpartition("/")[2].partition(":")
    return tag if colon else "" if at else "latest"


def _fill(thing: dict[str, Any], defaults: dict[str, Any]) -> None:
    for key, value in defaults.items():
        if thing.get(key) is None:
            thing[key] = dict(value) if isinstance(value, dict) else value


def _fill_container(container: Object) -> None:
    for port in container.get("ports") or ():
        _fill(port, {"protocol": "TCP"})
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(probe):
            _fill(container[probe], _PROBE)
            if container[probe].get("httpGet"):
                _fill(container[probe]["httpGet"], {"path": "/", "scheme": "HTTP"})
    for variable in container.get("env") or ():
        field = (variable.get("valueFrom") or {}).get("fieldRef")
        if field:
            _fill(field, {"apiVersion": "v1"})
    policy = "Always" if image_tag(container.get("image") or "") == "latest" else "IfNotPresent"
    _fill(container, _CONTAINER | {"imagePullPolicy": policy})


def _fill_pod_spec(spec: Object) -> None:
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        _fill_container(container)
    for volume in spec.get("volumes") or ():
        for source in ("configMap", "secret", "projected", "downwardAPI"):
            if isinstance(volume.get(source), dict):
                _fill(volume[source], {"defaultMode": 420})
        if set(volume) == {"name"}:
            volume["emptyDir"] = {}
    _fill(spec, _POD)


def _fill_template(thing: Object) -> None:
    template = thing["spec"].setdefault("template", {})
    template["metadata"] = {"creationTimestamp": None} | (template.get("metadata") or {})
    _fill_pod_spec(template.setdefault("spec", {}))
    _fill(thing["spec"], {"replicas": 1})


def _fill_deployment(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    _fill_template(thing)
    _fill(spec, {"strategy": {}, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600})
    strategy = spec["strategy"]
    _fill(strategy, {"type": "RollingUpdate"})
    if strategy["type"] == "RollingUpdate":
        _fill(strategy, {"rollingUpdate": {}})
        _fill(strategy["rollingUpdate"], _ROLLING)


def _fill_replica_set(thing: Object) -> None:
    thing.setdefault("spec", {})
    _fill_template(thing)


def _fill_pod(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    _fill_pod_spec(spec)
    account = spec.get("serviceAccountName") or "default"
    _fill(spec, {"serviceAccountName": account, "serviceAccount": account, "priority": 0, "enableServiceLinks": True})
    _fill(spec, {"preemptionPolicy": "PreemptLowerPriority", "tolerations": _TOLERATIONS})
    if not thing.get("status"):
        thing["status"] = {"phase": "Pending", "qosClass": "BestEffort"}


def _fill_service(thing: Object) -> None:
    spec = thing.setdefault("spec", {})
    for port in spec.get("ports") or ():
        _fill(port, {"protocol": "TCP"})
        if "port" in port:
            _fill(port, {"targetPort": port["port"]})
    _fill(spec, {"type": "ClusterIP", "sessionAffinity": "None"})
    if not spec.get("clusterIP"):
        number = zlib.crc32(f"{namespace_of(thing)}/{name_of(thing)}".encode())
        spec["clusterIP"] = f"10.96.{number // 250 % 250}.{number % 250 + 1}"
        spec["clusterIPs"] = [spec["clusterIP"]]
    _fill(thing, {"status": {"loadBalancer": {}}})


def _fill_namespace(thing: Object) -> None:
    _fill(thing, {"spec": {}, "status": {}})
    if "deletionTimestamp" not in thing["metadata"]:
        _fill(thing["spec"], {"finalizers": ["kubernetes"]})
    _fill(thing["status"], {"phase": "Active"})


def _fill_event(thing: Object) -> None:
    _fill(thing, {"type": "Normal", "source": {}, "involvedObject": {}, "firstTimestamp": None, "lastTimestamp": None})
    thing.setdefault("eventTime", None)
    _fill(thing, {"reportingComponent": "", "reportingInstance": ""})


def _fill_binding(thing: Object) -> None:
    for subject in thing.get("subjects") or ():
        if subject.get("kind") in ("User", "Group"):
            _fill(subject, {"apiGroup": "rbac.authorization.k8s.io"})


def _fill_slice(thing: Object) -> None:
    _fill(thing, {"addressType": "IPv4", "endpoints": [], "ports": []})
    for endpoint in thing["endpoints"]:
        _fill(endpoint, {"addresses": [], "conditions": {}})


_FILLERS: dict[Kind, Callable[[Object], None]] = {
    DEPLOYMENT: _fill_deployment,
    REPLICA_SET: _fill_replica_set,
    POD: _fill_pod,
    SERVICE: _fill_service,
    NAMESPACE: _fill_namespace,
    EVENT: _fill_event,
    ROLE_BINDING: _fill_binding,
    ENDPOINT_SLICE: _fill_slice,
}


def fill_defaults(kind: Kind, thing: Object) -> None:
    """Complete an object in place."""
    if kind in _FILLERS:
        _FILLERS[kind](thing)
    if kind in (DEPLOYMENT, REPLICA_SET):
        thing.setdefault("status", {})
