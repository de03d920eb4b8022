"""Whether the parts of an object have the JSON types that their names stand for; what is not known by name passes."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from playground.cluster.api.kinds import Object

_INT = (
    *("replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds", "containerPort", "hostPort"),
    *("terminationGracePeriodSeconds", "activeDeadlineSeconds", "port", "nodePort", "periodSeconds", "count"),
    *("timeoutSeconds", "initialDelaySeconds", "successThreshold", "failureThreshold", "leaseDurationSeconds"),
)
_STR = (
    *("image", "name", "namespace", "generateName", "apiVersion", "kind", "value", "protocol", "path", "type"),
    *("resourceVersion", "uid", "reason", "message", "clusterIP", "holderIdentity", "imagePullPolicy", "operator"),
    *("restartPolicy", "serviceAccountName", "nodeName", "mountPath", "workingDir", "addressType"),
)
_LIST = (
    *("containers", "initContainers", "env", "envFrom", "ports", "volumes", "volumeMounts", "command", "args"),
    *("rules", "subjects", "verbs", "apiGroups", "resourceNames", "ownerReferences", "finalizers"),
    *("conditions", "matchExpressions", "imagePullSecrets", "tolerations", "endpoints", "subsets", "addresses"),
)
_DICT = (
    *("metadata", "spec", "template", "strategy", "rollingUpdate", "roleRef", "securityContext"),
    *("livenessProbe", "readinessProbe", "startupProbe", "involvedObject", "source", "affinity"),
)
_STRING_MAPS = ("labels", "annotations", "matchLabels", "nodeSelector", "data")

_WANTED: dict[str, type] = {
    **dict.fromkeys(_INT, int),
    **dict.fromkeys(_STR, str),
    **dict.fromkeys(_LIST, list),
    **dict.fromkeys(_DICT, dict),
    **dict.fromkeys(_STRING_MAPS, dict),
    "paused": bool,
}
_GO = {
    str: "string",
    int: "int64",
    float: "float64",
    bool: "bool",
    list: "[]interface {}",
    dict: "map[string]interface {}",
}


class Misfit(NamedTuple):
    """A value of the wrong type: where, what was found and what was wanted there."""

    path: str
    found: type
    wanted: type

    def of_patch(self) -> str:
        """As the API says it of a patch."""
        if self.wanted is str:
            return f"cannot convert {_GO[self.found]} to string"
        if self.wanted is list:
            return f"cannot restore slice from {_GO[self.found]}"
        if self.wanted is dict:
            return f"cannot restore struct from: {_GO[self.found]}"
        return f"unrecognized type: {'int32' if self.wanted is int else 'bool'}"

    def of_object(self) -> str:
        """As the API says it of an object."""
        wanted = {int: "int32", list: "slice", dict: "struct"}.get(self.wanted, _GO.get(self.wanted, ""))
        return f"json: cannot unmarshal {_GO[self.found]} into Go struct field {self.path} of type {wanted}"


def misfit(thing: Object) -> Misfit | None:
    """The first value of a wrong type, if any."""
    return next(_misfits(thing, ""), None)


def _misfits(value: Any, path: str) -> Iterator[Misfit]:
    if isinstance(value, list):
        for item in value:
            yield from _misfits(item, path)
        return
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        where = f"{path}.{key}" if path else str(key)
        wanted = dict if (path, key) == ("", "status") else _WANTED.get(key)  # elsewhere a condition's "True"
        if inner is None:
            continue
        if wanted and type(inner) is not wanted:
            yield Misfit(where, type(inner), wanted)
        elif key in _STRING_MAPS:
            yield from (Misfit(where, type(one), str) for one in inner.values() if not isinstance(one, str))
        else:
            yield from _misfits(inner, where)


def go_map(value: Any) -> str:
    """A JSON value as Go prints it: map[a:1 b:[x y]]."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_map(inner)}" for key, inner in sorted(value.items())) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go_map, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return "<nil>" if value is None else str(value)
