"""What the API refuses with 422, in the words of the real one. Each check yields what is wrong, and where."""

import re
from collections.abc import Iterator

from playground.cluster.api.errors import Cause, duplicate, invalid, required, unprocessable, unsupported
from playground.cluster.api.kinds import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    DEPLOYMENT,
    NAMESPACE,
    POD,
    REPLICA_SET,
    ROLE,
    ROLE_BINDING,
    SERVICE,
    Kind,
    Object,
    name_of,
)
from playground.cluster.api.selectors import selects

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    f"with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '{_LABEL}')"
)
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    f"and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_LABEL_VALUE = r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_LABEL_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_LABEL_VALUE}')"
)
_NAME_PART = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_NAME_PART_RULE = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    f"character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{_NAME_PART}')"
)
_NOT_NEGATIVE = "must be greater than or equal to 0"
_RBAC = (ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING)


def validate(kind: Kind, thing: Object, previous: Object | None) -> None:
    """Refuse a wrong object with 422. `previous` is the object as it was, None for a new one."""
    causes = [*_metadata(kind, thing, previous)]
    if kind is DEPLOYMENT:
        causes += _deployment(thing)
    if kind in (DEPLOYMENT, REPLICA_SET):
        causes += [*_workload(thing), *_same_selector(thing, previous)]
    if kind is POD:
        causes += _pod_spec(thing["spec"], "spec")
    if kind is SERVICE:
        causes += _service(thing)
    if causes:
        raise unprocessable(kind.title, name_of(thing), causes)


def _metadata(kind: Kind, thing: Object, previous: Object | None) -> Iterator[Cause]:
    metadata = thing["metadata"]
    name = metadata.get("name", "")
    if not name:
        yield Cause("FieldValueRequired", "metadata.name", "Required value: name or generateName is required")
    elif kind in (NAMESPACE, SERVICE):
        if not re.fullmatch(_LABEL, name) or len(name) > 63:
            yield invalid("metadata.name", f'"{name}"', _LABEL_RULE)
    elif kind not in _RBAC and (not re.fullmatch(_SUBDOMAIN, name) or len(name) > 253):
        yield invalid("metadata.name", f'"{name}"', _SUBDOMAIN_RULE)
    for field in ("labels", "annotations"):
        for key, value in (metadata.get(field) or {}).items():
            if not re.fullmatch(_NAME_PART, key.rpartition("/")[2]):
                yield invalid(f"metadata.{field}", f'"{key}"', _NAME_PART_RULE)
            if field == "labels" and (len(value) > 63 or not re.fullmatch(_LABEL_VALUE, value)):
                yield invalid("metadata.labels", f'"{value}"', _LABEL_VALUE_RULE)
    if previous and metadata.get("uid") != previous["metadata"]["uid"]:
        yield invalid("metadata.uid", f'"{metadata.get("uid")}"', "field is immutable")


def _go_map(values: dict[str, str] | None) -> str:
    if values is None:
        return "map[string]string(nil)"
    return "map[string]string{" + ", ".join(f'"{key}":"{value}"' for key, value in sorted(values.items())) + "}"


def _workload(thing: Object) -> Iterator[Cause]:
    spec = thing["spec"]
    if spec["replicas"] < 0:
        yield invalid("spec.replicas", str(spec["replicas"]), _NOT_NEGATIVE)
    if not spec.get("selector"):
        yield required("spec.selector")
    labels = spec["template"]["metadata"].get("labels")
    if not selects(spec.get("selector"), labels or {}):
        yield invalid("spec.template.metadata.labels", _go_map(labels), "`selector` does not match template `labels`")
    yield from _pod_spec(spec["template"]["spec"], "spec.template.spec")
    policy = spec["template"]["spec"].get("restartPolicy")
    if policy != "Always":
        yield unsupported("spec.template.spec.restartPolicy", f'"{policy}"', ["Always"])


def _same_selector(thing: Object, previous: Object | None) -> Iterator[Cause]:
    selector = thing["spec"].get("selector")
    if previous and selector != previous["spec"]["selector"]:
        shown = '"null"'
        if selector is not None:
            labels = _go_map(selector.get("matchLabels"))
            shown = f"v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}}"
        yield invalid("spec.selector", shown, "field is immutable")


def _deployment(thing: Object) -> Iterator[Cause]:
    spec = thing["spec"]
    for field in ("revisionHistoryLimit", "minReadySeconds"):
        if spec.get(field, 0) < 0:
            yield invalid(f"spec.{field}", str(spec[field]), _NOT_NEGATIVE)
    if spec["progressDeadlineSeconds"] <= spec.get("minReadySeconds", 0):
        shown = str(spec["progressDeadlineSeconds"])
        yield invalid("spec.progressDeadlineSeconds", shown, "must be greater than minReadySeconds")
    strategy = spec["strategy"]
    if strategy["type"] not in ("Recreate", "RollingUpdate"):
        yield unsupported("spec.strategy.type", f'"{strategy["type"]}"', ["Recreate", "RollingUpdate"])
    elif strategy["type"] == "Recreate" and strategy.get("rollingUpdate"):
        why = "may not be specified when strategy `type` is 'Recreate'"
        yield Cause("FieldValueForbidden", "spec.strategy.rollingUpdate", f"Forbidden: {why}")
    elif strategy["type"] == "RollingUpdate":
        yield from _rolling_update(strategy["rollingUpdate"])


def _rolling_update(rolling: Object) -> Iterator[Cause]:
    for field in ("maxUnavailable", "maxSurge"):
        value, path = rolling[field], f"spec.strategy.rollingUpdate.{field}"
        if isinstance(value, int) and value < 0:
            yield invalid(path, _go_int_or_string(value), _NOT_NEGATIVE)
        elif isinstance(value, str) and not re.fullmatch(r"\d+%", value):
            why = "a valid percent string must be a numeric string followed by an ending '%'"
            yield invalid(
                path, _go_int_or_string(value), f"{why} (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
            )
    if all(rolling[field] in (0, "0%") for field in ("maxUnavailable", "maxSurge")):
        why = "may not be 0 when `maxSurge` is 0"
        yield invalid("spec.strategy.rollingUpdate.maxUnavailable", _go_int_or_string(rolling["maxUnavailable"]), why)


def _go_int_or_string(value: int | str) -> str:
    number, text = (value, "") if isinstance(value, int) else (0, value)
    return f'intstr.IntOrString{{Type:{int(value is text)}, IntVal:{number}, StrVal:"{text}"}}'


def _pod_spec(spec: Object, path: str) -> Iterator[Cause]:
    if not spec.get("containers"):
        yield required(f"{path}.containers")
    seen: set[str] = set()
    for field in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(field) or ()):
            yield from _container(container, f"{path}.{field}[{index}]", seen)


def _container(container: Object, path: str, seen: set[str]) -> Iterator[Cause]:
    name, image = container.get("name") or "", container.get("image") or ""
    if not name:
        yield required(f"{path}.name")
    elif not re.fullmatch(_LABEL, name):
        yield invalid(f"{path}.name", f'"{name}"', _LABEL_RULE)
    elif name in seen:
        yield duplicate(f"{path}.name", f'"{name}"')
    seen.add(name)
    if not image:
        yield required(f"{path}.image")
    for index, port in enumerate(container.get("ports") or ()):
        if not 0 < port.get("containerPort", 0) < 65536:
            shown = str(port.get("containerPort", 0))
            yield invalid(f"{path}.ports[{index}].containerPort", shown, "must be between 1 and 65535, inclusive")


def _service(thing: Object) -> Iterator[Cause]:
    spec = thing["spec"]
    if not spec.get("ports") and spec["type"] != "ExternalName" and spec["clusterIP"] != "None":
        yield required("spec.ports")
    for index, port in enumerate(spec.get("ports") or ()):
        for field in ("port", "targetPort"):
            number = port.get(field, 0)
            if isinstance(number, int) and not 0 < number < 65536:
                shown = str(number)
                yield invalid(f"spec.ports[{index}].{field}", shown, "must be between 1 and 65535, inclusive")
