"""What the API refuses with 422, in the words of the real one. Each check yields what is wrong, and where."""

import re
from collections.abc import Callable, Iterator

from playground.cluster.api.errors import Cause, invalid, required, unprocessable, unsupported
from playground.cluster.api.job_rules import autoscaler_causes, job_causes
from playground.cluster.api.kinds import (
    AUTOSCALER,
    CLUSTER_ROLE_BINDING,
    DEPLOYMENT,
    HTTP_ROUTE,
    JOB,
    POD,
    REPLICA_SET,
    RESOURCE_QUOTA,
    ROLE_BINDING,
    SERVICE,
    Kind,
    Object,
    name_of,
)
from playground.cluster.api.naming import metadata_causes
from playground.cluster.api.pod_rules import pod_causes
from playground.cluster.api.quotas import quota_causes
from playground.cluster.api.route_rules import route_causes
from playground.cluster.api.selectors import selects

_NOT_NEGATIVE = "must be greater than or equal to 0"


def validate(kind: Kind, thing: Object, previous: Object | None) -> None:
    """Refuse a wrong object with 422. `previous` is the object as it was, None for a new one."""
    causes = [*metadata_causes(kind, thing, previous)]
    if kind in _CHECKS:
        causes += _CHECKS[kind](thing, previous)
    if causes:
        raise unprocessable(kind.title, name_of(thing), causes)


def _go_map(values: dict[str, str] | None) -> str:
    if values is None:
        return "map[string]string(nil)"
    return "map[string]string{" + ", ".join(f'"{key}":"{value}"' for key, value in sorted(values.items())) + "}"


def _workload(thing: Object, previous: Object | None) -> Iterator[Cause]:
    spec = thing["spec"]
    if spec["replicas"] < 0:
        yield invalid("spec.replicas", str(spec["replicas"]), _NOT_NEGATIVE)
    if not spec.get("selector"):
        yield required("spec.selector")
    for index, expression in enumerate((spec.get("selector") or {}).get("matchExpressions") or ()):
        if not expression.get("key"):
            yield required(f"spec.selector.matchExpressions[{index}].key")
        if expression.get("operator") not in ("In", "NotIn", "Exists", "DoesNotExist"):
            shown = f'"{expression.get("operator", "")}"'
            yield invalid(f"spec.selector.matchExpressions[{index}].operator", shown, "not a valid selector operator")
    labels = spec["template"]["metadata"].get("labels")
    if not selects(spec.get("selector"), labels or {}):
        yield invalid("spec.template.metadata.labels", _go_map(labels), "`selector` does not match template `labels`")
    yield from pod_causes(spec["template"]["spec"], "spec.template.spec")
    policy = spec["template"]["spec"].get("restartPolicy")
    if policy != "Always":
        yield unsupported("spec.template.spec.restartPolicy", f'"{policy}"', ["Always"])
    yield from _same_selector(thing, previous)


def _same_selector(thing: Object, previous: Object | None) -> Iterator[Cause]:
    selector = thing["spec"].get("selector")
    if previous and selector != previous["spec"]["selector"]:
        shown = '"null"'
        if selector is not None:
            labels = _go_map(selector.get("matchLabels"))
            shown = f"v1.LabelSelector{{MatchLabels:{labels}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}}"
        yield invalid("spec.selector", shown, "field is immutable")


def _deployment(thing: Object, previous: Object | None) -> Iterator[Cause]:
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
    yield from _workload(thing, previous)


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


def _service(thing: Object, previous: Object | None) -> Iterator[Cause]:
    spec = thing["spec"]
    if not spec.get("ports") and spec["type"] != "ExternalName" and spec["clusterIP"] != "None":
        yield required("spec.ports")
    for index, port in enumerate(spec.get("ports") or ()):
        for field in ("port", "targetPort"):
            number = port.get(field, 0)
            if isinstance(number, int) and not 0 < number < 65536:
                shown = str(number)
                yield invalid(f"spec.ports[{index}].{field}", shown, "must be between 1 and 65535, inclusive")


def _binding(thing: Object, previous: Object | None) -> Iterator[Cause]:
    reference = thing.get("roleRef") or {}
    if not reference.get("name"):
        yield required("roleRef.name")
    if reference.get("kind") not in ("Role", "ClusterRole"):
        yield unsupported("roleRef.kind", f'"{reference.get("kind", "")}"', ["Role", "ClusterRole"])
    for index, subject in enumerate(thing.get("subjects") or ()):
        if not subject.get("name"):
            yield required(f"subjects[{index}].name")
        if subject.get("kind") not in ("User", "Group", "ServiceAccount"):
            kinds = ["ServiceAccount", "User", "Group"]
            yield unsupported(f"subjects[{index}].kind", f'"{subject.get("kind", "")}"', kinds)


_CHECKS: dict[Kind, Callable[[Object, Object | None], Iterator[Cause]]] = {
    DEPLOYMENT: _deployment,
    REPLICA_SET: _workload,
    POD: lambda thing, previous: pod_causes(thing["spec"], "spec"),
    JOB: job_causes,
    AUTOSCALER: lambda thing, previous: autoscaler_causes(thing),
    HTTP_ROUTE: lambda thing, previous: route_causes(thing),
    RESOURCE_QUOTA: lambda thing, previous: quota_causes(thing),
    SERVICE: _service,
    ROLE_BINDING: _binding,
    CLUSTER_ROLE_BINDING: _binding,
}
