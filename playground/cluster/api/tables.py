"""Objects as kubectl prints them: the server-side Table of each kind."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from playground.cluster.api import cells
from playground.cluster.api.kinds import (
    AUTOSCALER,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    CONFIG_MAP,
    DEPLOYMENT,
    ENDPOINT_SLICE,
    ENDPOINTS,
    EVENT,
    HTTP_ROUTE,
    JOB,
    LEASE,
    NAMESPACE,
    NODE,
    POD,
    REPLICA_SET,
    RESOURCE_QUOTA,
    ROLE,
    ROLE_BINDING,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    Kind,
    Object,
    name_of,
)


class Column(NamedTuple):
    """A column; `wide` ones are shown by `-o wide` only."""

    title: str
    cell: Callable[[Object, datetime], Any]
    wide: bool = False
    type: str = "string"


_NAME = Column("Name", lambda thing, now: name_of(thing))
_AGE = Column("Age", cells.age)
_TEMPLATE = (
    Column("Containers", cells.template_containers, wide=True),
    Column("Images", cells.template_images, wide=True),
    Column("Selector", cells.selector, wide=True),
)
_BINDING = (
    _NAME,
    Column("Role", lambda thing, now: f"{thing['roleRef']['kind']}/{thing['roleRef']['name']}"),
    _AGE,
    Column("Users", cells.subjects("User"), wide=True),
    Column("Groups", cells.subjects("Group"), wide=True),
    Column("ServiceAccounts", cells.subjects("ServiceAccount"), wide=True),
)
_CREATED = (_NAME, Column("Created At", lambda thing, now: thing["metadata"]["creationTimestamp"], type="date"))

COLUMNS: dict[Kind, tuple[Column, ...]] = {
    POD: (
        _NAME,
        Column("Ready", cells.pod_ready),
        Column("Status", cells.pod_status),
        Column("Restarts", cells.pod_restarts, type="integer"),
        _AGE,
        Column("IP", cells.field("status.podIP"), wide=True),
        Column("Node", cells.field("spec.nodeName"), wide=True),
        Column("Nominated Node", cells.field("status.nominatedNodeName"), wide=True),
        Column("Readiness Gates", lambda thing, now: "<none>", wide=True),
    ),
    DEPLOYMENT: (
        _NAME,
        Column("Ready", lambda thing, now: f"{cells.count(thing, 'readyReplicas')}/{thing['spec']['replicas']}"),
        Column("Up-to-date", lambda thing, now: cells.count(thing, "updatedReplicas")),
        Column("Available", lambda thing, now: cells.count(thing, "availableReplicas")),
        _AGE,
        *_TEMPLATE,
    ),
    REPLICA_SET: (
        _NAME,
        Column("Desired", lambda thing, now: thing["spec"]["replicas"], type="integer"),
        Column("Current", lambda thing, now: cells.count(thing, "replicas"), type="integer"),
        Column("Ready", lambda thing, now: cells.count(thing, "readyReplicas"), type="integer"),
        _AGE,
        *_TEMPLATE,
    ),
    SERVICE: (
        _NAME,
        Column("Type", cells.field("spec.type")),
        Column("Cluster-IP", cells.field("spec.clusterIP")),
        Column("External-IP", lambda thing, now: "<none>"),
        Column("Port(s)", cells.service_ports),
        _AGE,
        Column("Selector", cells.service_selector, wide=True),
    ),
    EVENT: (
        Column("Last Seen", lambda thing, now: cells.since(thing.get("lastTimestamp"), now)),
        Column("Type", lambda thing, now: thing["type"]),
        Column("Reason", lambda thing, now: thing.get("reason", "")),
        Column("Object", cells.event_object),
        Column("Subobject", lambda thing, now: thing["involvedObject"].get("fieldPath", ""), wide=True),
        Column("Source", cells.event_source, wide=True),
        Column("Message", lambda thing, now: thing.get("message", "").strip()),
        Column("First Seen", lambda thing, now: cells.since(thing.get("firstTimestamp"), now), wide=True),
        Column("Count", lambda thing, now: thing.get("count", 1), wide=True),
        Column("Name", lambda thing, now: name_of(thing), wide=True),
    ),
    NAMESPACE: (_NAME, Column("Status", cells.field("status.phase")), _AGE),
    NODE: (
        _NAME,
        Column("Status", lambda thing, now: "Ready"),
        Column("Roles", lambda thing, now: "<none>"),
        _AGE,
        Column("Version", cells.field("status.nodeInfo.kubeletVersion")),
    ),
    JOB: (
        _NAME,
        Column("Completions", lambda thing, now: f"{cells.count(thing, 'succeeded')}/{thing['spec']['completions']}"),
        Column("Duration", cells.job_duration),
        _AGE,
        *_TEMPLATE,
    ),
    AUTOSCALER: (
        _NAME,
        Column("Reference", cells.scaled),
        Column("MinPods", cells.field("spec.minReplicas")),
        Column("MaxPods", cells.field("spec.maxReplicas"), type="integer"),
        Column("Replicas", lambda thing, now: cells.count(thing, "currentReplicas"), type="integer"),
        _AGE,
    ),
    HTTP_ROUTE: (_NAME, Column("Hostnames", cells.hostnames), _AGE),
    SECRET: (
        _NAME,
        Column("Type", cells.field("type")),
        Column("Data", lambda thing, now: len(thing.get("data") or ()), type="integer"),
        _AGE,
    ),
    RESOURCE_QUOTA: (_NAME, _AGE, Column("Request", cells.quota)),
    CONFIG_MAP: (_NAME, Column("Data", lambda thing, now: len(thing.get("data") or ())), _AGE),
    SERVICE_ACCOUNT: (_NAME, Column("Secrets", lambda thing, now: len(thing.get("secrets") or ())), _AGE),
    ENDPOINTS: (_NAME, Column("Endpoints", cells.endpoints), _AGE),
    ENDPOINT_SLICE: (
        _NAME,
        Column("AddressType", lambda thing, now: thing.get("addressType", "")),
        Column("Ports", lambda thing, now: ",".join(str(port.get("port")) for port in thing["ports"]) or "<unset>"),
        Column("Endpoints", cells.slice_addresses),
        _AGE,
    ),
    LEASE: (_NAME, Column("Holder", cells.field("spec.holderIdentity")), _AGE),
    ROLE: _CREATED,
    CLUSTER_ROLE: _CREATED,
    ROLE_BINDING: _BINDING,
    CLUSTER_ROLE_BINDING: _BINDING,
}


def table(kind: Kind, things: list[Object], now: datetime, include: str = "Metadata", headed: bool = True) -> Object:
    """A Table of objects; `include` is what each row carries: Metadata, Object or None."""
    columns = COLUMNS[kind]
    body: Object = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}}
    body["columnDefinitions"] = [_definition(column) for column in columns] if headed else None
    body["rows"] = [_row(columns, thing, now, include) for thing in things]
    return body


def _definition(column: Column) -> Object:
    form = "name" if column.title == "Name" else ""
    priority = int(column.wide)
    return {"name": column.title, "type": column.type, "format": form, "description": "", "priority": priority}


def _row(columns: tuple[Column, ...], thing: Object, now: datetime, include: str) -> Object:
    row: Object = {"cells": [column.cell(thing, now) for column in columns]}
    if include == "Object":
        row["object"] = thing
    elif include == "Metadata":
        kind = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
        row["object"] = kind | {"metadata": thing["metadata"]}
    return row
