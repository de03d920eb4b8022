"""Which fields objects have and of which type: unknown ones are dropped, wrong types refused, as the real API does.

A type is int, str, bool, ANY (taken as it is), MAP (of strings), [type] or {field: type}.
"""

from typing import Any

from playground.cluster.api.kinds import DEPLOYMENT, POD, REPLICA_SET, SERVICE, Kind, Object

ANY, MAP = object, dict[str, str]

_METADATA = {
    **dict.fromkeys(("name", "generateName", "namespace", "uid", "resourceVersion", "selfLink"), str),
    **{"labels": MAP, "annotations": MAP, "generation": int, "creationTimestamp": str, "deletionTimestamp": str},
    **{"deletionGracePeriodSeconds": int, "finalizers": [str], "managedFields": ANY},
    "ownerReferences": [
        {**dict.fromkeys(("apiVersion", "kind", "name", "uid"), str), "controller": bool, "blockOwnerDeletion": bool}
    ],
}
_SELECTOR = {"matchLabels": MAP, "matchExpressions": [{"key": str, "operator": str, "values": [str]}]}
_PROBE = {
    **{"httpGet": ANY, "tcpSocket": ANY, "exec": ANY, "grpc": ANY},
    **dict.fromkeys(("initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold"), int),
    **dict.fromkeys(("failureThreshold", "terminationGracePeriodSeconds"), int),
}
_CONTAINER = {
    **dict.fromkeys(("name", "image", "workingDir", "imagePullPolicy", "restartPolicy"), str),
    **{"command": [str], "args": [str], "envFrom": [ANY], "resources": ANY, "lifecycle": ANY, "securityContext": ANY},
    "ports": [{"name": str, "containerPort": int, "hostPort": int, "protocol": str, "hostIP": str}],
    "env": [{"name": str, "value": str, "valueFrom": ANY}],
    "volumeMounts": [ANY],
    "volumeDevices": [ANY],
    **dict.fromkeys(("livenessProbe", "readinessProbe", "startupProbe"), _PROBE),
    **dict.fromkeys(("terminationMessagePath", "terminationMessagePolicy"), str),
    **dict.fromkeys(("stdin", "stdinOnce", "tty"), bool),
}
_POD = {
    "containers": [_CONTAINER],
    "initContainers": [_CONTAINER],
    "ephemeralContainers": ANY,
    **{"volumes": [ANY], "imagePullSecrets": [ANY], "tolerations": [ANY], "hostAliases": [ANY]},
    **{"readinessGates": [ANY], "topologySpreadConstraints": [ANY]},
    **dict.fromkeys(("restartPolicy", "dnsPolicy", "serviceAccountName", "serviceAccount", "nodeName"), str),
    **dict.fromkeys(("hostname", "subdomain", "schedulerName", "priorityClassName", "preemptionPolicy"), str),
    "runtimeClassName": str,
    **dict.fromkeys(("terminationGracePeriodSeconds", "activeDeadlineSeconds", "priority"), int),
    **dict.fromkeys(("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "setHostnameAsFQDN"), bool),
    **dict.fromkeys(("automountServiceAccountToken", "enableServiceLinks", "hostUsers"), bool),
    **{"nodeSelector": MAP, "affinity": ANY, "securityContext": ANY, "dnsConfig": ANY, "overhead": ANY, "os": ANY},
}
_TEMPLATE = {"metadata": _METADATA, "spec": _POD}
_WORKLOAD = {"replicas": int, "selector": _SELECTOR, "template": _TEMPLATE, "minReadySeconds": int}
_ROLLOUT = {
    "strategy": {"type": str, "rollingUpdate": {"maxSurge": ANY, "maxUnavailable": ANY}},
    "revisionHistoryLimit": int,
    "progressDeadlineSeconds": int,
    "paused": bool,
}
_PORT = {**dict.fromkeys(("name", "protocol", "appProtocol"), str), "port": int, "targetPort": ANY, "nodePort": int}
_SERVICE = {
    "ports": [_PORT],
    "selector": MAP,
    **dict.fromkeys(("clusterIP", "type", "sessionAffinity", "externalName", "loadBalancerIP"), str),
    **dict.fromkeys(("externalTrafficPolicy", "internalTrafficPolicy", "ipFamilyPolicy"), str),
    **{"clusterIPs": [str], "externalIPs": [str], "ipFamilies": [str], "loadBalancerSourceRanges": [str]},
    **{"healthCheckNodePort": int, "publishNotReadyAddresses": bool, "sessionAffinityConfig": ANY},
}
_SPECS: dict[Kind, Any] = {DEPLOYMENT: _WORKLOAD | _ROLLOUT, REPLICA_SET: _WORKLOAD, POD: _POD, SERVICE: _SERVICE}

_GO = {
    str: "string",
    int: "int64",
    float: "float64",
    bool: "bool",
    list: "[]interface {}",
    dict: "map[string]interface {}",
}


class Misfit(Exception):
    """A value of the wrong type: where, what was found and what was wanted there."""

    def __init__(self, path: str, found: type, wanted: type) -> None:
        super().__init__(path)
        self.path, self.found, self.wanted = path, _GO[found], wanted

    def of_patch(self) -> str:
        """As the API says it of a patch."""
        words: dict[type, str] = {
            str: f"cannot convert {self.found} to string",
            int: "unrecognized type: int32",
            bool: "unrecognized type: bool",
            list: f"cannot restore slice from {self.found}",
            dict: f"cannot restore struct from: {self.found}",
        }
        return words[self.wanted]

    def of_object(self) -> str:
        """As the API says it of an object."""
        wanted = {int: "int32", list: "slice", dict: "struct", str: "string", bool: "bool"}[self.wanted]
        return f"json: cannot unmarshal {self.found} into Go struct field {self.path} of type {wanted}"


def pruned(kind: Kind, thing: Object) -> Object:
    """The object without the fields that its kind does not have; raises Misfit at the first value of a wrong type."""
    fields: dict[str, Any] = {"apiVersion": str, "kind": str, "metadata": _METADATA}
    if kind in _SPECS:
        fields |= {"spec": _SPECS[kind], "status": ANY}
    else:
        fields |= dict.fromkeys(set(thing) - set(fields), ANY)
    checked: Object = _checked(thing, fields, kind.name)
    return checked


def _checked(value: Any, wanted: Any, path: str) -> Any:
    if value is None or wanted is ANY:
        return value
    if isinstance(wanted, dict):
        _require(value, dict, path)
        return {key: _checked(inner, wanted[key], f"{path}.{key}") for key, inner in value.items() if key in wanted}
    if isinstance(wanted, list):
        _require(value, list, path)
        return [_checked(item, wanted[0], path) for item in value]
    if wanted is MAP:
        _require(value, dict, path)
        return {key: _checked(inner, str, path) for key, inner in value.items() if inner is not None}
    _require(value, wanted, path)
    return value


def _require(value: Any, wanted: type, path: str) -> None:
    if type(value) is not wanted:
        raise Misfit(path, type(value), wanted)


def go_map(value: Any) -> str:
    """A JSON value as Go prints it: map[a:1 b:[x y]]."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_map(inner)}" for key, inner in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go_map, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return "<nil>" if value is None else str(value)
