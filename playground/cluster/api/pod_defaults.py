"""What the API fills in of pods and of the templates that they are made from."""

from typing import Any

from playground.cluster.api.kinds import Object

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


def image_tag(image: str) -> str:
    """The tag of an image; "latest" where it names none, empty where it is pinned by digest alone."""
    reference, at, _ = image.partition("@")
    _, colon, tag = reference.rpartition("/")[2].partition(":")
    return tag if colon else "" if at else "latest"


def fill(thing: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Set what a part of an object leaves open."""
    for key, value in defaults.items():
        if thing.get(key) is None:
            thing[key] = dict(value) if isinstance(value, dict) else value


def _fill_container(container: Object) -> None:
    for port in container.get("ports") or ():
        fill(port, {"protocol": "TCP"})
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        if container.get(probe):
            fill(container[probe], _PROBE)
            if container[probe].get("httpGet"):
                fill(container[probe]["httpGet"], {"path": "/", "scheme": "HTTP"})
    for variable in container.get("env") or ():
        field = (variable.get("valueFrom") or {}).get("fieldRef")
        if field:
            fill(field, {"apiVersion": "v1"})
    policy = "Always" if image_tag(container.get("image") or "") == "latest" else "IfNotPresent"
    fill(container, _CONTAINER | {"imagePullPolicy": policy})


def _fill_pod_spec(spec: Object) -> None:
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        _fill_container(container)
    for volume in spec.get("volumes") or ():
        for source in ("configMap", "secret", "projected", "downwardAPI"):
            if isinstance(volume.get(source), dict):
                fill(volume[source], {"defaultMode": 420})
        if set(volume) == {"name"}:
            volume["emptyDir"] = {}
    fill(spec, _POD)


def fill_template(thing: Object) -> None:
    """Complete `spec.template`."""
    template = thing["spec"].setdefault("template", {})
    template["metadata"] = {"creationTimestamp": None} | (template.get("metadata") or {})
    _fill_pod_spec(template.setdefault("spec", {}))


def fill_pod(thing: Object) -> None:
    """Complete a pod."""
    spec = thing.setdefault("spec", {})
    _fill_pod_spec(spec)
    account = spec.get("serviceAccountName") or "default"
    fill(spec, {"serviceAccountName": account, "serviceAccount": account, "priority": 0, "enableServiceLinks": True})
    fill(spec, {"preemptionPolicy": "PreemptLowerPriority", "tolerations": _TOLERATIONS})
    if not thing.get("status"):
        thing["status"] = {"phase": "Pending", "qosClass": "BestEffort"}
