"""Label and field selectors, in the query string and in objects."""

import re
from collections.abc import Callable, Mapping

from playground.cluster.api.errors import bad_request
from playground.cluster.api.kinds import EVENT, NAMESPACE, POD, REPLICA_SET, Kind, Object, labels_of

Filter = Callable[[Object], bool]

_REQUIREMENT = re.compile(
    r"\s*(?:(?P<absent>!)\s*(?P<gone>[^\s=!,()]+)"
    r"|(?P<key>[^\s=!,()]+)(?:\s*(?P<op>==|=|!=)\s*(?P<value>[^\s=!,()]*)"
    r"|\s+(?P<set>in|notin)\s*\((?P<values>[^()]*)\))?)\s*(?:,|$)"
)

_FIELDS: dict[Kind, tuple[str, ...]] = {
    POD: ("spec.nodeName", "spec.restartPolicy", "spec.serviceAccountName", "status.phase", "status.podIP"),
    EVENT: (
        *(f"involvedObject.{part}" for part in ("kind", "namespace", "name", "uid", "apiVersion", "fieldPath")),
        *("involvedObject.resourceVersion", "reason", "reportingComponent", "source", "type"),
    ),
    REPLICA_SET: ("status.replicas",),
    NAMESPACE: ("status.phase",),
}


def _requirement(found: re.Match[str]) -> Callable[[Mapping[str, str]], bool]:
    if found["absent"]:
        gone = found["gone"]
        return lambda labels: gone not in labels
    key = found["key"]
    if found["set"]:
        values = {value.strip() for value in found["values"].split(",")}
        wanted = found["set"] == "in"
        return lambda labels: (labels.get(key) in values) if wanted else (labels.get(key) not in values)
    if found["op"] == "!=":
        return lambda labels: labels.get(key) != found["value"]
    if found["op"]:
        return lambda labels: labels.get(key) == found["value"]
    return lambda labels: key in labels


def label_filter(text: str) -> Filter:
    """A filter from a `labelSelector` query; 400 when it is not one."""
    requirements, at = [], 0
    while at < len(text):
        found = _REQUIREMENT.match(text, at)
        if not found:
            raise bad_request(f"unable to parse requirement: found '{text[at:]}', expected: identifier")
        requirements.append(_requirement(found))
        at = found.end()
    return lambda thing: all(holds(labels_of(thing)) for holds in requirements)


def _field(thing: Object, path: str) -> str:
    if path == "source":  # an event's source is asked for by its component
        path = "source.component"
    value: object = thing
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def field_filter(kind: Kind, text: str) -> Filter:
    """A filter from a `fieldSelector` query; 400 for a field that this kind can't be selected by."""
    terms: list[tuple[str, str, bool]] = []
    for term in filter(None, text.split(",")):
        found = re.fullmatch(r"([^=!]+)(==|=|!=)(.*)", term)
        if not found:
            raise bad_request(f"invalid selector: '{term}'; can't understand '{term}'")
        path, operator, value = found.groups()
        if path not in ("metadata.name", "metadata.namespace", *_FIELDS.get(kind, ())):
            raise bad_request(f"field label not supported: {path}")
        terms.append((path, value, operator != "!="))
    return lambda thing: all((_field(thing, path) == value) is equal for path, value, equal in terms)


def _expression_holds(expression: Object, labels: Mapping[str, str]) -> bool:
    key, values = expression.get("key", ""), expression.get("values") or ()
    match expression.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels


def selects(selector: Object | None, labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector matches; an absent one matches nothing."""
    if selector is None:
        return False
    wanted: dict[str, str] = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _expression_holds(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def selector_text(selector: Object) -> str:
    """A LabelSelector as it is written in a query: "app=api,tier in (a,b)"."""
    words = [f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())]
    for expression in selector.get("matchExpressions") or ():
        values = ",".join(sorted(expression.get("values") or ()))
        operator = expression["operator"]
        if operator in ("In", "NotIn"):
            words.append(f"{expression['key']} {operator.lower()} ({values})")
        else:
            words.append(expression["key"] if operator == "Exists" else f"!{expression['key']}")
    return ",".join(words)
