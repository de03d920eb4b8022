"""The calls for objects of one namespace, and changing one of them under a fence."""

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bot.errors import Code, Refusal
from bot.values import Fence
from integrations.targets._kubernetes.api import Cluster, Json, Query
from integrations.targets._kubernetes.notes import admit, called

Body = Json | list[Json]

MANAGER = "quarterdeck"
ATTEMPTS = 10  # the controllers write an object's status several times a second while something happens to it
PAUSE = 0.1


class Kind(NamedTuple):
    """A resource as its path names it. `custom`: known by a CustomResourceDefinition only."""

    api: str
    plural: str
    custom: bool = False


DEPLOYMENTS = Kind("apis/apps/v1", "deployments")
REPLICA_SETS = Kind("apis/apps/v1", "replicasets")
PODS = Kind("api/v1", "pods")
EVENTS = Kind("api/v1", "events")
SERVICES = Kind("api/v1", "services")
CONFIG_MAPS = Kind("api/v1", "configmaps")
SECRETS = Kind("api/v1", "secrets")
QUOTAS = Kind("api/v1", "resourcequotas")
JOBS = Kind("apis/batch/v1", "jobs")
AUTOSCALERS = Kind("apis/autoscaling/v1", "horizontalpodautoscalers")
SLICES = Kind("apis/discovery.k8s.io/v1", "endpointslices")
OLD_SLICES = Kind("apis/discovery.k8s.io/v1beta1", "endpointslices")  # before Kubernetes 1.21
ROUTES = Kind("apis/gateway.networking.k8s.io/v1", "httproutes", custom=True)


class Objects:
    """The objects of one namespace. `timeout` is in seconds, for each call."""

    def __init__(self, cluster: Cluster, namespace: str, timeout: float) -> None:
        self.cluster, self.namespace, self.timeout = cluster, namespace, timeout

    def path(self, kind: Kind, *rest: str) -> str:
        """Where these are."""
        return "/".join(["", kind.api, "namespaces", self.namespace, kind.plural, *rest])

    async def get(self, kind: Kind, name: str) -> Json:
        """One object."""
        return await self.cluster.get(self.path(kind, name), timeout=self.timeout)

    async def find(self, kind: Kind, name: str) -> Json | None:
        """One object; None where there is none."""
        try:
            return await self.get(kind, name)
        except Refusal as refusal:
            if refusal.code is Code.NOT_FOUND:
                return None
            raise

    async def list(self, kind: Kind, query: Query = ()) -> list[Json]:
        """Those that `query` asks for."""
        found = await self.cluster.get(self.path(kind), query, timeout=self.timeout)
        return list(found["items"])

    async def exists(self, kind: Kind, name: str) -> bool:
        """Whether there is one of that name, by its metadata alone: what a Secret holds is not asked for."""
        try:
            await self.cluster.metadata(self.path(kind, name), timeout=self.timeout)
        except Refusal as refusal:
            if refusal.code is Code.NOT_FOUND:
                return False
            raise
        return True

    async def create(self, kind: Kind, body: Json, *, dry_run: bool = False) -> Json:
        """Make an object; raises Refusal(CONFLICT) where there is one of that name."""
        return await self.cluster.create(self.path(kind), body, _query(dry_run), timeout=self.timeout)

    async def patch(self, kind: Kind, name: str, body: Body, *, dry_run: bool = False) -> Json:
        """Change an object and return it; or only ask whether the API server would."""
        path, query = self.path(kind, name), _query(dry_run)
        return await self.cluster.patch(path, body, query, timeout=self.timeout, custom=kind.custom)

    async def delete(self, kind: Kind, thing: Json, *, dry_run: bool = False) -> None:
        """Delete exactly this object as it was read, and what it owns soon after. Gone already is fine."""
        metadata = thing["metadata"]
        only = {key: metadata[key] for key in ("uid", "resourceVersion") if key in metadata}
        body: Json = {"propagationPolicy": "Background", "preconditions": only}
        if dry_run:  # here, for beside a body the API server does not look at the query, and would really delete
            body["dryRun"] = ["All"]
        try:
            await self.cluster.delete(self.path(kind, metadata["name"]), body, timeout=self.timeout)
        except Refusal as refusal:
            if refusal.code is not Code.NOT_FOUND:
                raise

    async def change(self, kind: Kind, name: str, fence: Fence, body: Callable[[Json], Body | None]) -> Json:
        """Read an object, decide, patch exactly what was read; again where it has moved on. Returns it as it then is.

        `body` None: nothing is to be done. Raises Refusal(FENCED) for a fence that is stale.
        """
        for _ in range(ATTEMPTS):
            thing = await self.get(kind, name)
            admit(thing, fence)
            patch = body(thing)
            if patch is None:
                return thing
            try:
                return await self.patch(kind, name, patch)
            except Refusal as refusal:
                if not await self.moved(kind, refusal, patch, thing):
                    raise
                await asyncio.sleep(PAUSE)
        raise Refusal(Code.CONFLICT, f"{called(thing)} kept changing under our hands.", "Try again.")

    async def moved(self, kind: Kind, refusal: Refusal, body: Body, thing: Json) -> bool:
        """Whether a patch was refused because somebody wrote meanwhile."""
        if refusal.code is Code.CONFLICT:
            return True
        # A failed `test` of a JSON patch is told as 422 without a reason, so we have to look ourselves.
        if refusal.code is not Code.INVALID or not isinstance(body, list):
            return False
        now = await self.get(kind, thing["metadata"]["name"])
        return bool(now["metadata"]["resourceVersion"] != thing["metadata"]["resourceVersion"])


def _query(dry_run: bool) -> Sequence[tuple[str, str]]:
    return [("fieldManager", MANAGER), *([("dryRun", "All")] if dry_run else [])]
