"""What a request asks for: the parts of its path and the verb that authorization and the audit speak of."""

from dataclasses import dataclass

from aiohttp import web

from playground.cluster.api.errors import no_such_resource
from playground.cluster.api.kinds import BY_PATH, Kind

_ONE = {"GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete", "POST": "create"}
_MANY = {"GET": "list", "HEAD": "list", "POST": "create", "DELETE": "deletecollection"}


@dataclass(frozen=True)
class Ask:
    """`plural` is empty for paths that name no resource ("/version"); `namespace` is empty for all namespaces."""

    verb: str
    path: str
    group: str = ""
    version: str = ""
    namespace: str = ""
    plural: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def kind(self) -> Kind:
        """The kind asked for; 404 where there is none."""
        kind = BY_PATH.get((self.group, self.version, self.plural))
        if not kind or self.subresource not in ("", *kind.subresources):
            raise no_such_resource()
        return kind


def read_ask(request: web.Request) -> Ask:
    """Take a request's path apart, as kube-apiserver does."""
    path, method = "/" + request.match_info["path"], request.method
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return Ask(method.lower(), path)
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in ("status", "finalize"):
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = (*rest, "", "", "")[:3]
    verb = (_ONE if name else _MANY).get(method, method.lower())
    if verb in ("get", "list") and request.query.get("watch") in ("1", "true"):
        verb = "watch"
    if plural == "namespaces" and name:
        namespace = name
    return Ask(verb, path, group, version, namespace, plural, name, subresource)
