"""Somebody who talks to the playground's cluster over HTTP, as its clients do."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from playground.cluster import Cluster

Json = dict[str, Any]

PRODUCTION = "shop-production"
APPS, CORE, RBAC = "/apis/apps/v1", "/api/v1", "/apis/rbac.authorization.k8s.io/v1"
STRATEGIC, MERGE = "application/strategic-merge-patch+json", "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
DEPLOYMENTS = f"{APPS}/namespaces/{PRODUCTION}/deployments"
API = f"{DEPLOYMENTS}/api"


class Answer(NamedTuple):
    """What came back; `body` is {} where it is not JSON."""

    status: int
    body: Json
    text: str
    headers: dict[str, str]


class Kube:
    """A cluster and a session with it; calls are made as admin unless `token` says otherwise."""

    def __init__(self, cluster: Cluster, session: aiohttp.ClientSession) -> None:
        self.cluster, self.session = cluster, session

    async def call(
        self, method: str, path: str, body: Any = None, *, kind: str = STRATEGIC, token: str = "admin", accept: str = ""
    ) -> Answer:
        """One request, whatever comes of it. A `str` body goes out as it is."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers["Content-Type"] = kind if method == "PATCH" else "application/json"
        if accept:
            headers["Accept"] = accept
        data = body if isinstance(body, str | None) else json.dumps(body)
        async with self.session.request(method, self.cluster.url + path, data=data, headers=headers) as response:
            text = await response.text()
            is_json = response.content_type == "application/json" and text.startswith("{")
            return Answer(response.status, json.loads(text) if is_json else {}, text, dict(response.headers))

    async def get(self, path: str) -> Json:
        """What is there; anything but success fails the test."""
        answer = await self.call("GET", path)
        assert answer.status == 200, answer.text
        return answer.body

    async def items(self, path: str) -> list[Json]:
        listed: list[Json] = (await self.get(path))["items"]
        return listed

    async def send(self, method: str, path: str, body: Any = None, kind: str = STRATEGIC) -> Json:
        """A change that must succeed."""
        answer = await self.call(method, path, body, kind=kind)
        assert answer.status in (200, 201), answer.text
        return answer.body

    async def set_image(self, version: str, path: str = API) -> Json:
        """What `kubectl set image` sends."""
        name = path.rpartition("/")[2]
        container = {"name": name, "image": f"registry.example.com/shop/{name}:{version}"}
        return await self.send("PATCH", path, {"spec": {"template": {"spec": {"containers": [container]}}}})

    async def until(self, path: str, holds: Callable[[Json], Any], within: float = 5.0) -> Json:
        """What is at a path, once it is as said."""
        end = time.monotonic() + within
        while not holds(seen := await self.get(path)):
            assert time.monotonic() < end, f"{path} is still {json.dumps(seen.get('status', seen))[:2000]}"
            await asyncio.sleep(0.01)
        return seen

    async def rolled_out(self, path: str = API) -> Json:
        """The Deployment, once `kubectl rollout status` would call it done."""
        return await self.until(path, is_rolled_out)

    async def replica_sets(self, namespace: str = PRODUCTION, app: str = "api") -> dict[int, Json]:
        """The ReplicaSets of an app, by revision."""
        found = await self.items(f"{APPS}/namespaces/{namespace}/replicasets?labelSelector=app%3D{app}")
        return {int(one["metadata"]["annotations"]["deployment.kubernetes.io/revision"]): one for one in found}

    async def pods(self, namespace: str = PRODUCTION, selector: str = "app%3Dapi") -> list[Json]:
        return await self.items(f"{CORE}/namespaces/{namespace}/pods?labelSelector={selector}")

    async def new_pod(self, holds: Callable[[Json], Any]) -> Json:
        """A pod of the newest revision of api, once it is as said."""
        await self.until(API, lambda one: one["status"].get("observedGeneration", 0) >= one["metadata"]["generation"])
        newest = max((await self.replica_sets()).items())[1]
        digest = newest["metadata"]["labels"]["pod-template-hash"]
        path = f"{CORE}/namespaces/{PRODUCTION}/pods?labelSelector=pod-template-hash%3D{digest}"
        seen = await self.until(path, lambda pods: any(holds(pod) for pod in pods["items"]))
        return next(pod for pod in seen["items"] if holds(pod))

    async def events(self, about: str, namespace: str = PRODUCTION) -> list[tuple[str, str]]:
        """What was told of an object: reasons and messages."""
        path = f"{CORE}/namespaces/{namespace}/events?fieldSelector=involvedObject.name%3D{about}"
        return [(one["reason"], one["message"]) for one in await self.items(path)]


def is_rolled_out(deployment: Json) -> bool:
    status, wanted = deployment["status"], deployment["spec"]["replicas"]
    counters = ("replicas", "updatedReplicas", "availableReplicas")
    observed = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
    return observed and all(status.get(counter, 0) == wanted for counter in counters)


def condition(thing: Json, kind: str) -> Json:
    found = [one for one in thing["status"].get("conditions", []) if one["type"] == kind]
    return found[0] if found else {"status": "", "reason": "", "message": ""}


def waiting_reason(pod: Json) -> str:
    states = [status["state"] for status in pod["status"].get("containerStatuses", [])]
    return next((str(state["waiting"].get("reason", "")) for state in states if "waiting" in state), "")


@asynccontextmanager
async def kube(scale: float = 50.0, *, port: int = 0, journal: Path | None = None) -> AsyncIterator[Kube]:
    """A fresh cluster whose time passes `scale` times as fast."""
    async with Cluster(port, scale=scale, journal=journal) as cluster, aiohttp.ClientSession() as session:
        yield Kube(cluster, session)
