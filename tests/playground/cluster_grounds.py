"""The playground's cluster and a real one, each with a fresh namespace: what is true of one is true of the other."""

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, NamedTuple

from kubernetes.aio import config

from playground.cluster import Cluster

Json = dict[str, Any]

STRATEGIC, MERGE = "application/strategic-merge-patch+json", "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
REAL = os.environ.get("QUARTERDECK_TEST_KUBECONFIG", "")
SCALE = 10.0
PLURALS = {
    **{name: f"apps/v1/{name}" for name in ("deployments", "replicasets")},
    "jobs": "batch/v1/jobs",
    "horizontalpodautoscalers": "autoscaling/v1/horizontalpodautoscalers",
    "endpointslices": "discovery.k8s.io/v1beta1/endpointslices",
    "httproutes": "gateway.networking.k8s.io/v1/httproutes",
}


class Reply(NamedTuple):
    """What came back; `body` is {} where it is not JSON."""

    status: int
    body: Json
    text: str

    @property
    def message(self) -> str:
        """The message of a Status, without the indices that newer servers put into paths."""
        return re.sub(r"\[\d+\]", "", self.body.get("message", ""))


@dataclass
class Ground:
    """An administrator in a namespace; `real` tells whose cluster it is."""

    client: Any
    namespace: str
    real: bool

    def path(self, plural: str, name: str = "") -> str:
        """The path of a kind in the namespace, or of one object."""
        group, _, rest = PLURALS.get(plural, f"v1/{plural}").rpartition("/")
        root = f"/apis/{group}" if plural in PLURALS else f"/api/{group}"
        return f"{root}/namespaces/{self.namespace}/{rest}" + (f"/{name}" if name else "")

    async def call(self, method: str, path: str, body: Any = None, kind: str = STRATEGIC, accept: str = "") -> Reply:
        """One request, whatever comes of it."""
        headers = {"Content-Type": kind if method == "PATCH" else "application/json"}
        headers["Accept"] = accept or "application/json"
        request = await self.client.param_serialize(
            method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        response = await self.client.call_api(*request, _request_timeout=10)
        text = (await response.read()).decode()
        return Reply(response.status, json.loads(text) if text.startswith("{") else {}, text)

    async def send(self, method: str, path: str, body: Any = None, kind: str = STRATEGIC) -> Json:
        """One request that must succeed."""
        reply = await self.call(method, path, body, kind)
        assert reply.status < 300, f"{method} {path}: {reply.text}"
        return reply.body

    async def items(self, plural: str, selector: str = "") -> list[Json]:
        query = f"?labelSelector={selector.replace('=', '%3D').replace('/', '%2F')}" if selector else ""
        found: list[Json] = (await self.send("GET", self.path(plural) + query))["items"]
        return found

    async def until(self, path: str, holds: Callable[[Json], Any], within: float = 15.0) -> Json:
        """What is at a path, once it is as said."""
        end = time.monotonic() + within
        while not holds(seen := (await self.call("GET", path)).body):
            assert time.monotonic() < end, f"{path} is still {json.dumps(seen)[:2000]}"
            await asyncio.sleep(0.05)
        return seen

    async def finish_pods(self, job: str, phase: str) -> None:
        """What the real cluster has no kubelet for: let a Job's pods end. Those of the playground do it themselves."""
        if not self.real:
            return
        path = f"{self.path('pods')}?labelSelector=job-name%3D{job}"
        seen = await self.until(path, lambda pods: any(one["status"]["phase"] == "Running" for one in pods["items"]))
        for pod in seen["items"]:
            if pod["status"]["phase"] == "Running":
                path = f"{self.path('pods', pod['metadata']['name'])}/status"
                await self.send("PATCH", path, {"status": {"phase": phase}})


def grounds() -> list[str]:
    """ "playground", and "real" where QUARTERDECK_TEST_KUBECONFIG names an administrator's kubeconfig."""
    assert REAL or not os.environ.get("CI"), "CI tests on a real API server: set QUARTERDECK_TEST_KUBECONFIG"
    return ["playground", "real"] if REAL else ["playground"]


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncIterator[Ground]:
    """A fresh namespace on a ground of this kind."""
    if kind == "real":
        async with _in_namespace(Path(REAL), real=True) as ground:
            yield ground
        return
    async with Cluster(scale=SCALE) as cluster, _in_namespace(cluster.kubeconfig(folder / "admin", "admin")) as ground:
        yield ground


@asynccontextmanager
async def _in_namespace(kubeconfig: Path, *, real: bool = False) -> AsyncIterator[Ground]:
    loaders: Any = config  # it carries no types
    async with await loaders.new_client_from_config(str(kubeconfig), persist_config=False) as client:
        ground = Ground(client, f"ground-{token_hex(4)}", real)
        await ground.send("POST", "/api/v1/namespaces", {"metadata": {"name": ground.namespace}})
        await ground.until(ground.path("serviceaccounts"), lambda found: found["items"])  # pods need one
        try:
            yield ground
        finally:
            await ground.send("DELETE", f"/api/v1/namespaces/{ground.namespace}")
