"""What the API says about itself: /version, /api, /apis and the OpenAPI document that kubectl asks for."""

import platform
from collections.abc import Iterator
from typing import Any

from playground.cluster.api.kinds import KINDS, Kind, Object
from playground.cluster.api.wire import field

VERSION = {
    "major": "1",
    "minor": "21",
    "gitVersion": "v1.21.0+playground",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "none",
    "compiler": "none",
    "platform": f"linux/{platform.machine()}",
}


def api_versions(address: str) -> Object:
    """/api"""
    addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]
    return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}


def group_list() -> Object:
    """/apis"""
    groups = [_group(name) for name in dict.fromkeys(kind.group for kind in KINDS if kind.group)]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(name: str) -> Object | None:
    """/apis/<group>"""
    if not any(kind.group == name for kind in KINDS):
        return None
    return {"kind": "APIGroup", "apiVersion": "v1"} | _group(name)


def _group(name: str) -> Object:
    version = {"groupVersion": f"{name}/v1", "version": "v1"}
    return {"name": name, "versions": [version], "preferredVersion": version}


def resource_list(api_version: str) -> Object | None:
    """/api/v1, /apis/<group>/<version>"""
    kinds = [kind for kind in KINDS if kind.api_version == api_version]
    if not kinds:
        return None
    resources = [resource for kind in kinds for resource in _resources(kind)]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": resources}


def _resources(kind: Kind) -> Iterator[Object]:
    main: Object = {"name": kind.plural, "singularName": kind.name.lower(), "namespaced": kind.namespaced}
    main |= {"kind": kind.name, "verbs": list(kind.verbs)}
    if kind.short:
        main["shortNames"] = list(kind.short)
    if kind.categories:
        main["categories"] = list(kind.categories)
    yield main
    for subresource in kind.subresources:
        entry: Object = {"name": f"{kind.plural}/{subresource}", "singularName": "", "namespaced": kind.namespaced}
        if subresource == "scale":
            entry |= {"group": "autoscaling", "version": "v1", "kind": "Scale"}
        else:
            entry["kind"] = kind.name
        yield entry | {"verbs": ["get"] if subresource == "log" else ["get", "patch", "update"]}


def _patches() -> Iterator[tuple[str, Kind]]:
    for kind in KINDS:
        if "patch" in kind.verbs:
            root = f"/apis/{kind.api_version}" if kind.group else "/api/v1"
            scope = "/namespaces/{namespace}" if kind.namespaced else ""
            yield f"{root}{scope}/{kind.plural}/{{name}}", kind


def openapi() -> Object:
    """/openapi/v2 as JSON: the patch operations, from which clients learn that the server can run dry."""
    paths: Object = {}
    for path, kind in _patches():
        parameters = [
            {"name": name, "in": "query", "type": "string"} for name in ("dryRun", "fieldManager", "fieldValidation")
        ]
        described = {"group": kind.group, "version": kind.version, "kind": kind.name}
        operation = {"parameters": parameters, "x-kubernetes-group-version-kind": described, "responses": {}}
        paths[path] = {"patch": operation}
    return {"swagger": "2.0", "info": {"title": "Kubernetes", "version": VERSION["gitVersion"]}, "paths": paths}


def _query_parameter(name: str) -> bytes:
    """ParametersItem.parameter.non_body_parameter.query_parameter_sub_schema of gnostic's openapi.v2."""
    schema = field(2, "query") + field(4, name) + field(6, "string")
    return field(1, field(2, field(3, schema)))


def openapi_protobuf() -> bytes:
    """The same document in the encoding that kubectl insists on (github.com/google/gnostic, openapiv2)."""
    document: dict[str, Any] = openapi()
    paths = b""
    for path, item in document["paths"].items():
        kind = item["patch"]["x-kubernetes-group-version-kind"]
        yaml = "".join(f"{key}: {value}\n" if value else f'{key}: ""\n' for key, value in kind.items())
        extension = field(1, "x-kubernetes-group-version-kind") + field(2, field(2, yaml))
        parameters = b"".join(field(8, _query_parameter(one["name"])) for one in item["patch"]["parameters"])
        operation = parameters + field(13, extension)
        paths += field(2, field(1, path) + field(2, field(8, operation)))
    info = field(1, document["info"]["title"]) + field(2, document["info"]["version"])
    return field(1, "2.0") + field(2, info) + field(8, paths)
