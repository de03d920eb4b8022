"""Every request to the API: who asks, what for, may they; then reading, watching or writing; errors as Status."""

from collections.abc import Awaitable, Callable

from aiohttp import web

from playground.cluster.api import discovery
from playground.cluster.api.access import Access, User, user_of
from playground.cluster.api.errors import ApiError, invalid, no_such_method, unprocessable
from playground.cluster.api.kinds import ACCESS_REVIEW, Object
from playground.cluster.api.reading import Reader
from playground.cluster.api.requests import Ask, read_ask
from playground.cluster.api.served import Served
from playground.cluster.api.watching import Watcher
from playground.cluster.api.writing import Writer, read_object

LogReader = Callable[[web.Request, Ask], Awaitable[web.StreamResponse]]
Gate = Callable[[web.Request, User, Ask], Awaitable[None]]

USER = web.RequestKey("user", str)
OPENAPI_PROTOBUF = "application/com.github.proto-openapi.spec.v2"


def answer(body: Object, code: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(body, status=code, headers=headers)


def page_not_found() -> web.Response:
    """For a path that nothing is behind: not even a Status."""
    return web.Response(text="404 page not found\n", status=404)


class ApiServer:
    """Handles what is under /api, /apis and beside them. `gate` may hold a request up or refuse it (faults);
    `read_log` answers for a pod's log."""

    def __init__(
        self,
        access: Access,
        served: Served,
        reader: Reader,
        writer: Writer,
        watcher: Watcher,
        read_log: LogReader,
        gate: Gate,
    ) -> None:
        self._access, self._served = access, served
        self._reader, self._writer, self._watcher = reader, writer, watcher
        self._read_log, self._gate = read_log, gate

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The answer to any request; an ApiError becomes its Status."""
        try:
            prefix, impersonated = request.match_info.get("token", ""), request.headers.get("Impersonate-User", "")
            user = user_of(request.headers.get("Authorization", ""), prefix, impersonated)
            request[USER] = user.name
            ask = read_ask(request)
            await self._gate(request, user, ask)
            self._access.require(user, ask)
            if not ask.plural:
                return self._about(request, ask)
            if not self._served.has_group(ask.group):
                return page_not_found()
            return await self._resource(request, user, ask)
        except ApiError as error:
            return answer(error.status(), error.code, dict(error.headers))

    def _about(self, request: web.Request, ask: Ask) -> web.Response:
        parts, kinds = [part for part in ask.path.split("/") if part], self._served.kinds
        match parts:
            case ["version"]:
                return answer(discovery.VERSION)
            case ["healthz" | "livez" | "readyz", *_]:
                return web.Response(text="ok")
            case ["openapi", "v2"]:
                if OPENAPI_PROTOBUF in request.headers.get("Accept", ""):
                    return web.Response(body=discovery.openapi_protobuf(kinds), content_type="application/octet-stream")
                return answer(discovery.openapi(kinds))
            case ["api"]:
                return answer(discovery.api_versions(request.host))
            case ["apis"]:
                return answer(discovery.group_list(kinds))
            case ["api", version]:
                found = discovery.resource_list(version, kinds)
            case ["apis", group]:
                found = discovery.group(group, kinds)
            case ["apis", group, version]:
                found = discovery.resource_list(f"{group}/{version}", kinds)
            case _:
                found = None
        return answer(found) if found else page_not_found()

    async def _resource(self, request: web.Request, user: User, ask: Ask) -> web.StreamResponse:
        kind = ask.kind
        if ask.verb not in kind.verbs:
            raise no_such_method()
        if kind is ACCESS_REVIEW:
            return answer(await self._review(request, user), 201)
        if ask.subresource == "log":
            return await self._read_log(request, ask)
        if ask.verb == "watch":
            return await self._watcher.serve(request, kind, ask.namespace if kind.namespaced else "")
        return await self._read_or_write(request, ask)

    async def _read_or_write(self, request: web.Request, ask: Ask) -> web.Response:
        kind, namespace = ask.kind, ask.namespace if ask.kind.namespaced else ""
        match ask.verb:
            case "get" if ask.subresource == "scale":
                return answer(self._writer.scale(ask))
            case "get":
                return answer(self._reader.get(request, kind, namespace, ask.name))
            case "list":
                return answer(self._reader.many(request, kind, namespace))
            case "create":
                if ask.name or (kind.namespaced and not namespace):
                    raise no_such_method()
                thing = await self._writer.create(request, kind, namespace)
                return answer(self._reader.one(request, kind, thing), 201)
            case "delete":
                return answer(await self._writer.delete(request, ask))
            case "deletecollection":
                return answer(await self._writer.delete_collection(request, ask))
        thing = await (self._writer.update if ask.verb == "update" else self._writer.patch)(request, ask)
        return answer(thing if ask.subresource == "scale" else self._reader.one(request, kind, thing))

    async def _review(self, request: web.Request, user: User) -> Object:
        body = await read_object(request)
        spec = body.get("spec") or {}
        wanted = spec.get("resourceAttributes")
        if wanted:
            parts = {key: wanted.get(key, "") for key in ("group", "version", "namespace", "name", "subresource")}
            ask = Ask(wanted.get("verb", ""), "", plural=wanted.get("resource", ""), **parts)
        elif path := spec.get("nonResourceAttributes"):
            ask = Ask(path.get("verb", ""), path.get("path", ""))
        else:
            why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
            raise unprocessable(f".{ACCESS_REVIEW.group}", "", [invalid("spec.resourceAttributes", '"null"', why)])
        verdict = self._access.decide(user, ask)
        status: Object = {"allowed": verdict.allowed}
        if verdict.reason:
            status["reason"] = verdict.reason
        head = {"kind": ACCESS_REVIEW.name, "apiVersion": ACCESS_REVIEW.api_version}
        return head | {"metadata": {"creationTimestamp": None}, "spec": spec, "status": status}
