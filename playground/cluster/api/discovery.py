"""What the API says about itself: /version, /api, /apis and the OpenAPI document that kubectl asks for."""

import platform
from collections.abc import Iterable, Iterator
from typing import Any

from playground.cluster.api.kinds import Kind, Object
from playground.cluster.api.wire import field

VERSION = {
    "major": "1",
    "minor": "23",
    "gitVersion": "v1.23.0+playground",
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


def group_list(kinds: Iterable[Kind]) -> Object:
    """/apis"""
    kinds = tuple(kinds)
    groups = [_group(name, kinds) for name in dict.fromkeys(kind.group for kind in kinds if kind.group)]
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}


def group(name: str, kinds: Iterable[Kind]) -> Object | None:
    """/apis/<group>"""
    found = _group(name, tuple(kinds))
    return {"kind": "APIGroup", "apiVersion": "v1"} | found if found["versions"] else None


def _group(name: str, kinds: tuple[Kind, ...]) -> Object:
    found = dict.fromkeys(kind.version for kind in kinds if kind.group == name)
    versions = [{"groupVersion": f"{name}/{version}", "version": version} for version in found]
    return {"name": name, "versions": versions, "preferredVersion": versions[0] if versions else None}


def resource_list(api_version: str, kinds: Iterable[Kind]) -> Object | None:
    """/api/v1, /apis/<group>/<version>"""
    found = [kind for kind in kinds if kind.api_version == api_version]
    if not found:
        return None
    resources = [resource for kind in found for resource in _resources(kind)]
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


def _patches(kinds: Iterable[Kind]) -> Iterator[tuple[str, Kind]]:
    for kind in kinds:
        if "patch" in kind.verbs:
            root = f"/apis/{kind.api_version}" if kind.group else "/api/v1"
            scope = "/namespaces/{namespace}" if kind.namespaced else ""
            yield f"{root}{scope}/{kind.plural}/{{name}}", kind


def openapi(kinds: Iterable[Kind]) -> Object:
    """/openapi/v2 as JSON: the patch operations, from which clients learn that the server can run dry."""
    paths: Object = {}
    for path, kind in _patches(kinds):
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


def openapi_protobuf(kinds: Iterable[Kind]) -> bytes:
    """The same document in the encoding that kubectl insists on (github.com/google/gnostic, openapiv2)."""
    document: dict[str, Any] = openapi(kinds)
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
