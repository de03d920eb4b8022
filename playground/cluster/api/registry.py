"""The one door through which objects change, for clients and controllers alike: complete, check, number, keep."""

import secrets
import uuid
from collections.abc import Callable
from datetime import timedelta

from playground.cluster.api.changes import allowed_part, draft_of, is_same, makes_generation
from playground.cluster.api.defaults import fill_defaults
from playground.cluster.api.errors import (
    ApiError,
    already_exists,
    bad_request,
    conflict,
    not_found,
    precondition_failed,
)
from playground.cluster.api.kinds import (
    DEPLOYMENT,
    ENDPOINT_SLICE,
    HTTP_ROUTE,
    JOB,
    NAMESPACE,
    POD,
    Kind,
    Object,
    copied,
    is_leaving,
    name_of,
)
from playground.cluster.api.ownership import record_manager
from playground.cluster.api.quotas import check_quota
from playground.cluster.api.store import Store
from playground.cluster.api.validation import validate
from playground.cluster.clock import Clock

NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_NUMBERED = (DEPLOYMENT, ENDPOINT_SLICE, JOB, HTTP_ROUTE)
_OURS = ("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "namespace")


def random_suffix() -> str:
    """Five letters as the API puts them after a `generateName`."""
    return "".join(secrets.choice(NAME_LETTERS) for _ in range(5))


class Registry:
    """Create, update and delete with everything that the API does around it."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock

    def create(self, kind: Kind, namespace: str, body: Object, manager: str, dry_run: bool = False) -> Object:
        """Keep a new object. 409 when its name is taken, 404 without its namespace, 422 when it is wrong."""
        thing = self._fresh(kind, namespace, body)
        name = name_of(thing)
        if kind.namespaced:
            self._check_namespace(namespace, kind, name)
        if self.store.get(kind, namespace, name):
            raise already_exists(kind, name)
        if kind.has_status and kind not in (POD, NAMESPACE):
            thing.pop("status", None)
        fill_defaults(kind, thing)
        validate(kind, thing, None)
        check_quota(self.store, kind, thing)
        if kind in _NUMBERED or "replicas" in thing.get("spec", {}):
            thing["metadata"]["generation"] = 1
        record_manager(kind, thing, None, manager, self.clock.stamp())
        return thing if dry_run else self.store.put(kind, thing)

    def update(
        self,
        kind: Kind,
        namespace: str,
        name: str,
        change: Callable[[Object], Object | None],
        manager: str,
        subresource: str = "",
        dry_run: bool = False,
    ) -> Object:
        """Change an object: `change` gets a copy and edits it or returns another. Nothing is kept, and no number given,
        where nothing differs. 404, 409 when `metadata.resourceVersion` is not the current one, 422."""
        current = self.store.get(kind, namespace, name)
        if not current:
            raise not_found(kind, name)
        copy = draft_of(current)
        draft = change(copy) or copy
        self._check_identity(kind, draft, current)
        thing = allowed_part(kind, subresource, draft, current)
        fill_defaults(kind, thing)
        validate(kind, thing, current)
        if is_same(thing, current):
            return current
        if subresource != "status" and makes_generation(kind, thing, current):
            thing["metadata"]["generation"] = current["metadata"].get("generation", 0) + 1
        record_manager(kind, thing, current, manager, self.clock.stamp())
        if dry_run:
            return thing
        if is_leaving(thing) and not thing["metadata"].get("finalizers") and kind not in (POD, NAMESPACE):
            self.store.remove(kind, current)
            return thing
        return self.store.put(kind, thing)

    def delete(self, kind: Kind, namespace: str, name: str, options: Object, dry_run: bool = False) -> Object:
        """Begin to delete, or do it: pods get their grace, finalizers are waited for. Returns the object as it is now;
        it is gone from the store when nothing holds it."""
        current = self.store.get(kind, namespace, name)
        if not current:
            raise not_found(kind, name)
        self._check_preconditions(kind, name, current, options.get("preconditions") or {})
        finalizers = [*(current["metadata"].get("finalizers") or ()), *_held_by(kind, options)]
        grace = _grace(kind, current, options)
        if dry_run:
            return current
        if not finalizers and not grace and kind is not NAMESPACE:
            self.store.remove(kind, current)
            return current
        if is_leaving(current):
            return current
        leaving = copied(current)
        leaving["metadata"]["deletionTimestamp"] = self._after(grace)
        leaving["metadata"]["deletionGracePeriodSeconds"] = grace
        if finalizers:
            leaving["metadata"]["finalizers"] = finalizers
        if kind is NAMESPACE:
            leaving["status"]["phase"] = "Terminating"
        return self.store.put(kind, leaving)

    def _fresh(self, kind: Kind, namespace: str, body: Object) -> Object:
        thing: Object = {"kind": kind.name, "apiVersion": kind.api_version} | copied(body)
        metadata = {key: value for key, value in (thing.get("metadata") or {}).items() if key not in _OURS}
        for unset in ("resourceVersion", "managedFields", "selfLink"):
            metadata.pop(unset, None)
        if metadata.get("generateName") and not metadata.get("name"):
            metadata["name"] = metadata["generateName"] + random_suffix()
        if namespace:
            metadata["namespace"] = namespace
        thing["metadata"] = metadata | {"uid": str(uuid.uuid4()), "creationTimestamp": self.clock.stamp()}
        return thing

    def _check_namespace(self, namespace: str, kind: Kind, name: str) -> None:
        owner = self.store.get(NAMESPACE, "", namespace)
        if not owner:
            raise not_found(NAMESPACE, namespace)
        if is_leaving(owner):
            why = f"unable to create new content in namespace {namespace} because it is being terminated"
            details = {"name": name, "group": kind.group, "kind": kind.plural}
            raise ApiError(403, "Forbidden", f'{kind.resource} "{name}" is forbidden: {why}', details)

    def _check_identity(self, kind: Kind, draft: Object, current: Object) -> None:
        metadata, name = draft.get("metadata") or {}, name_of(current)
        if not metadata.get("name"):
            raise bad_request(f"the name of the object ({name} based on URL) was undeterminable: name must be provided")
        if metadata["name"] != name:
            why = f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})"
            raise bad_request(why)
        scope = current["metadata"].get("namespace", "")
        if (metadata.get("namespace") or scope) != scope:
            why = "the namespace of the object ({}) does not match the namespace on the request ({})"
            raise bad_request(why.format(metadata["namespace"], scope))
        revision = metadata.get("resourceVersion")
        if revision not in (None, "", current["metadata"]["resourceVersion"]):
            raise conflict(kind, name)

    def _check_preconditions(self, kind: Kind, name: str, current: Object, wanted: Object) -> None:
        uid, revision = current["metadata"]["uid"], current["metadata"]["resourceVersion"]
        if wanted.get("uid") not in (None, uid):
            why = f"the UID in the precondition ({wanted['uid']}) does not match the UID in record ({uid})."
            raise precondition_failed(kind, name, f"{why} The object might have been deleted and then recreated")
        if wanted.get("resourceVersion") not in (None, revision):
            why = f"the ResourceVersion in the precondition ({wanted['resourceVersion']}) does not match"
            raise precondition_failed(
                kind, name, f"{why} the ResourceVersion in record ({revision}). It might have been modified"
            )

    def _after(self, seconds: int) -> str:
        return (self.clock.now() + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _held_by(kind: Kind, options: Object) -> list[str]:
    """What a deletion waits for. Jobs leave their pods behind unless told otherwise: so it was in the API's first days,
    and nobody dares to change it."""
    policy = options.get("propagationPolicy") or ("Orphan" if kind is JOB else "Background")
    return {"Foreground": ["foregroundDeletion"], "Orphan": ["orphan"]}.get(policy, [])


def _grace(kind: Kind, current: Object, options: Object) -> int:
    if kind is not POD:
        return 0
    asked = options.get("gracePeriodSeconds")
    return int(current["spec"]["terminationGracePeriodSeconds"] if asked is None else asked)
