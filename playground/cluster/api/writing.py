"""Writing over HTTP: create, update, patch and delete, with their options, and the scale subresource."""

import json
from collections.abc import Callable
from typing import Any

import yaml
from aiohttp import web

from playground.cluster.api import wire
from playground.cluster.api.errors import bad_request, conflict, invalid, no_such_method, not_found, unprocessable
from playground.cluster.api.kinds import POD, Kind, Object, name_of
from playground.cluster.api.patches import check_patch_type, parse, patched
from playground.cluster.api.reading import dry_run, filters_of
from playground.cluster.api.registry import Registry
from playground.cluster.api.requests import Ask
from playground.cluster.api.schema import Misfit, go_map, pruned
from playground.cluster.api.selectors import selector_text
from playground.cluster.api.store import Store


def manager_of(request: web.Request) -> str:
    """Who owns the fields that this request sets: the fieldManager, else the program's name."""
    agent = request.headers.get("User-Agent", "unknown").partition("/")[0]
    return request.query.get("fieldManager") or agent


async def read_object(request: web.Request) -> Object:
    """The object in a request's body, as JSON, YAML or (some) protobuf; 400 when it is none."""
    body = await request.read()
    if request.content_type == wire.MEDIA_TYPE:
        return wire.read_object(body)
    if request.content_type in ("application/yaml", "application/x-yaml"):
        try:
            thing: Any = yaml.safe_load(body)
        except yaml.YAMLError as error:
            raise bad_request(f"error parsing YAML: {error}") from None
    else:
        thing = parse(body)
    if not isinstance(thing, dict):
        raise bad_request("couldn't get version/kind; json parse error: not an object")
    return thing


def _as_kind(kind: Kind, thing: Object) -> Object:
    """The object as its kind has it; 400 when it is of another kind, or has values of a wrong type."""
    if kind.is_custom and not thing.get("kind"):
        start = f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}: unmarshalerDecoder'
        raise bad_request(f"{start}: Object 'Kind' is missing in '{json.dumps(thing)}'")
    given = (thing.get("apiVersion", kind.api_version), thing.get("kind", kind.name))
    if given != (kind.api_version, kind.name):
        version, name = given
        why = f'no kind "{name}" is registered for version "{version}"'
        raise bad_request(f'{name} in version "{version.rpartition("/")[2]}" cannot be handled as a {kind.name}: {why}')
    try:
        return pruned(kind, thing)
    except Misfit as wrong:
        if kind.is_custom:
            raise unprocessable(kind.title, name_of(thing), [wrong.of_custom()]) from None
        start = f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}'
        raise bad_request(f"{start}: {wrong.of_object()}") from None


def _fitting(kind: Kind, draft: Object, body: bytes) -> Object:
    """What a patch made, unless it put values of a wrong type in: that is 422."""
    try:
        return pruned(kind, draft)
    except Misfit as wrong:
        if kind.is_custom:
            raise unprocessable(kind.title, name_of(draft), [wrong.of_custom()]) from None
        raise unprocessable("", "", [invalid("patch", f'"{go_map(parse(body))}"', wrong.of_patch())]) from None


class Writer:
    """Answers create, update, patch, delete and deletecollection."""

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store, self._registry = store, registry

    async def create(self, request: web.Request, kind: Kind, namespace: str) -> Object:
        body = _as_kind(kind, await read_object(request))
        given = (body.get("metadata") or {}).get("namespace") or namespace
        if given != namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        dry = dry_run(request, "CreateOptions")
        return self._registry.create(kind, namespace, body, manager_of(request), dry)

    async def update(self, request: web.Request, ask: Ask) -> Object:
        """PUT. A resource version in the body is checked, as an optimistic lock."""
        body = await read_object(request)
        if ask.subresource == "scale":
            return self._scale(request, ask, lambda scale: body, "UpdateOptions")
        body = _as_kind(ask.kind, body)
        current = self._store.get(ask.kind, _scope(ask), ask.name)
        uid = (body.get("metadata") or {}).get("uid")
        if current and uid not in (None, current["metadata"]["uid"]):
            why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {current['metadata']['uid']}"
            raise conflict(ask.kind, ask.name, why)
        return self._change(request, ask, lambda thing: body, "UpdateOptions")

    async def patch(self, request: web.Request, ask: Ask) -> Object:
        body, content_type = await request.read(), request.content_type
        check_patch_type(ask.kind, content_type)

        def change(thing: Object) -> Object:
            return _fitting(ask.kind, patched(thing, content_type, body), body)

        if ask.subresource == "scale":
            return self._scale(request, ask, lambda scale: patched(scale, content_type, body), "PatchOptions")
        return self._change(request, ask, change, "PatchOptions")

    async def delete(self, request: web.Request, ask: Ask) -> Object:
        """What is left of the object while something holds it, else the Status that says it is gone."""
        options = await self._delete_options(request)
        kind, namespace = ask.kind, _scope(ask)
        dry = _is_dry(options)
        thing = self._registry.delete(kind, namespace, ask.name, options, dry)
        if kind is POD or (self._store.get(kind, namespace, ask.name) and not dry):
            return self._store.get(kind, namespace, ask.name) or thing
        details = {
            "name": ask.name,
            "group": kind.group,
            "kind": kind.plural,
            "uid": "" if dry else thing["metadata"]["uid"],
        }
        shown = {key: value for key, value in details.items() if value}
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": shown}

    async def delete_collection(self, request: web.Request, ask: Ask) -> Object:
        options = await self._delete_options(request)
        wanted = filters_of(request, ask.kind)
        gone = [thing for thing in self._store.all(ask.kind, ask.namespace) if wanted(thing)]
        for thing in gone:
            namespace = thing["metadata"].get("namespace", "")
            self._registry.delete(ask.kind, namespace, name_of(thing), options, _is_dry(options))
        head = {"kind": f"{ask.kind.name}List", "apiVersion": ask.kind.api_version}
        return head | {"metadata": {"resourceVersion": str(self._store.revision)}, "items": gone}

    def scale(self, ask: Ask) -> Object:
        """The scale of a workload."""
        thing = self._store.get(ask.kind, ask.namespace, ask.name)
        if not thing:
            raise not_found(ask.kind, ask.name)
        kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        return {
            "kind": "Scale",
            "apiVersion": "autoscaling/v1",
            "metadata": {key: thing["metadata"][key] for key in kept},
            "spec": {"replicas": thing["spec"]["replicas"]},
            "status": {
                "replicas": thing["status"].get("replicas", 0),
                "selector": selector_text(thing["spec"]["selector"]),
            },
        }

    def _scale(self, request: web.Request, ask: Ask, change: Callable[[Object], Object], options: str) -> Object:
        scale = change(self.scale(ask))
        replicas = (scale.get("spec") or {}).get("replicas", 0)
        if not isinstance(replicas, int) or replicas < 0:
            wrong = invalid("spec.replicas", str(replicas), "must be greater than or equal to 0")
            raise unprocessable("Scale.autoscaling", ask.name, [wrong])

        def resize(thing: Object) -> None:
            thing["spec"]["replicas"] = replicas
            if revision := (scale.get("metadata") or {}).get("resourceVersion"):
                thing["metadata"]["resourceVersion"] = revision

        changed = self._change(request, ask, resize, options)
        answer = self.scale(ask)
        answer["metadata"]["resourceVersion"] = changed["metadata"]["resourceVersion"]
        return answer | {"spec": {"replicas": changed["spec"]["replicas"]}}

    def _change(
        self, request: web.Request, ask: Ask, change: Callable[[Object], Object | None], options: str
    ) -> Object:
        part, dry = ask.subresource, dry_run(request, options)
        return self._registry.update(ask.kind, _scope(ask), ask.name, change, manager_of(request), part, dry)

    async def _delete_options(self, request: web.Request) -> Object:
        if await request.read():
            return await read_object(request)  # beside a body the query is not looked at, not even for a dry run
        options: Object = {"dryRun": ["All"]} if dry_run(request, "DeleteOptions") else {}
        for key in ("propagationPolicy", "gracePeriodSeconds"):
            if key in request.query:
                options[key] = json.loads(request.query[key]) if key == "gracePeriodSeconds" else request.query[key]
        return options


def _is_dry(options: Object) -> bool:
    return bool(options.get("dryRun") == ["All"])


def _scope(ask: Ask) -> str:
    if not ask.name:
        raise no_such_method()
    return ask.namespace if ask.kind.namespaced else ""
