"""A namespace with one Deployment to deploy to, in the playground's cluster or a real one, and a bot with exactly the
rights of ops/kubernetes/rights in it."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import yaml
from kubernetes.aio import config

from bot.ports import DeployTarget
from bot.values import Change, Phase, Place, Progress, Revision
from integrations.targets.kubernetes import Options, connect
from playground.cluster import Cluster

Json = dict[str, Any]

RIGHTS = Path(__file__).parents[2] / "ops/kubernetes/rights"
RBAC = "/apis/rbac.authorization.k8s.io/v1/namespaces"
STRATEGIC, JSON_PATCH = "application/strategic-merge-patch+json", "application/json-patch+json"
REPOSITORY = "registry.example.com/shop/api"
PLACE = Place("api", "production")
REAL = os.environ.get("QUARTERDECK_TEST_KUBECONFIG", "")
SCALE = 10


class Admin:
    """Somebody with kubectl and all rights."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def send(self, method: str, path: str, body: Any = None, kind: str = STRATEGIC) -> Json:
        """One call; anything but success fails the test."""
        headers = {"Content-Type": kind if method == "PATCH" else "application/json"}
        request = await self._client.param_serialize(
            method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
        )
        response = await self._client.call_api(*request, _request_timeout=10)
        content = await response.read()
        assert response.status < 300, f"{method} {path}: {response.status} {content!r}"
        answer: Json = json.loads(content)
        return answer


@dataclass
class Ground:
    """`bot` and `admin_file` are kubeconfigs; `user` is the bot's name in the cluster; `logs` whether pods have any;
    `scale` how many of the cluster's seconds pass in a real one."""

    admin: Admin
    admin_file: Path
    bot: Path
    user: str
    namespace: str
    logs: bool
    scale: int

    def options(self, **changes: Any) -> Options:
        given = {"namespace": self.namespace, "deployment": "api", "container": "api", "image": REPOSITORY}
        return Options.model_validate({**given, "kubeconfig": self.bot, **changes})

    @asynccontextmanager
    async def target(self, **changes: Any) -> AsyncIterator[DeployTarget]:
        """The place's target, as a fresh process has it."""
        target = connect({PLACE: self.options(**changes)})[PLACE]
        try:
            yield target
        finally:
            await target.close()

    def path(self, plural: str = "deployments", name: str = "api") -> str:
        api = {"services": "api/v1", "pods": "api/v1", "resourcequotas": "api/v1", "jobs": "apis/batch/v1"}
        api |= {"horizontalpodautoscalers": "apis/autoscaling/v1", "httproutes": "apis/gateway.networking.k8s.io/v1"}
        api |= {"configmaps": "api/v1", "secrets": "api/v1"}
        root = api.get(plural, "apis/apps/v1")
        return f"/{root}/namespaces/{self.namespace}/{plural}" + (f"/{name}" if name else "")

    async def deployment(self, name: str = "api") -> Json:
        return await self.admin.send("GET", self.path(name=name))

    async def find(self, plural: str, name: str) -> Json | None:
        """One object, if it is there."""
        found = await self.admin.send("GET", self.path(plural, ""))
        return next((one for one in found["items"] if one["metadata"]["name"] == name), None)

    async def make(self, plural: str, body: Json) -> Json:
        return await self.admin.send("POST", self.path(plural, ""), body)

    async def patch(self, body: Json, name: str = "api") -> Json:
        """Change the Deployment, and wait until its controller has seen that."""
        generation = (await self.admin.send("PATCH", self.path(name=name), body))["metadata"]["generation"]
        return await self.until(lambda api: api["status"].get("observedGeneration", 0) >= generation, name=name)

    async def set_image(self, version: str) -> Json:
        """What `kubectl set image` does."""
        containers = [{"name": "api", "image": f"{REPOSITORY}:{version}"}]
        return await self.patch({"spec": {"template": {"spec": {"containers": containers}}}})

    async def replica_sets(self) -> list[Json]:
        sets: list[Json] = (await self.admin.send("GET", self.path("replicasets", "")))["items"]
        return sets

    async def until(self, holds: Callable[[Json], bool], within: float = 15, name: str = "api") -> Json:
        """The Deployment, once it is as said."""
        end = time.monotonic() + within
        while not holds(deployment := await self.deployment(name)):
            assert time.monotonic() < end, f"still {deployment.get('status')} after {within} s"
            await asyncio.sleep(0.05)
        return deployment


def to(version: str, **more: Any) -> Change:
    """The change to a version."""
    return Change(version=version, **more)


def service(name: str = "api", **selector: str) -> Json:
    """A Service for the pods with these labels."""
    ports = [{"port": 80, "targetPort": 8080}]
    return {"metadata": {"name": name}, "spec": {"selector": {"app": "api", **selector}, "ports": ports}}


def route(to_service: str) -> Json:
    """The HTTPRoute "shop", all of which goes to one Service."""
    rules = [{"backendRefs": [{"name": to_service, "port": 80, "weight": 100}]}]
    spec = {"parentRefs": [{"name": "shop"}], "rules": rules}
    api = "gateway.networking.k8s.io/v1"
    return {"apiVersion": api, "kind": "HTTPRoute", "metadata": {"name": "shop"}, "spec": spec}


async def settled(target: DeployTarget, revision: Revision, within: float = 15) -> Progress:
    """The first look that is not WAITING."""
    end = time.monotonic() + within
    while (progress := await target.observe(revision)).phase is Phase.WAITING:
        assert time.monotonic() < end, f"still {progress.text} after {within} s"
        await asyncio.sleep(0.1)
    return progress


@asynccontextmanager
async def prepared(admin_file: Path, bot: Path, user: str, *, logs: bool, scale: int = 1) -> AsyncIterator[Ground]:
    """A fresh namespace where api v1.1 runs three times and `user` has the bot's rights."""
    namespace = f"contract-{token_hex(4)}"
    loaders: Any = config  # it carries no types
    async with await loaders.new_client_from_config(str(admin_file), persist_config=False) as client:
        ground = Ground(Admin(client), admin_file, bot, user, namespace, logs, scale)
        await ground.admin.send("POST", "/api/v1/namespaces", {"metadata": {"name": namespace}})
        try:
            await _grant(ground)
            await ground.make("deployments", deployment())
            await ground.until(lambda api: api.get("status", {}).get("availableReplicas") == 3)
            yield ground
        finally:
            await ground.admin.send("DELETE", f"/api/v1/namespaces/{namespace}")


def grounds() -> list[str]:
    """Always "playground", and "real" where QUARTERDECK_TEST_KUBECONFIG names an administrator's kubeconfig and, beside
    it, lies bot.kubeconfig of a user "bot" without rights. In CI a missing one is a failure, not an omission."""
    assert REAL or not os.environ.get("CI"), "CI tests on a real API server: set QUARTERDECK_TEST_KUBECONFIG"
    return ["playground", "real"] if REAL else ["playground"]


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncIterator[Ground]:
    """A fresh ground of this kind."""
    if kind == "real":
        admin = Path(REAL)
        async with prepared(admin, admin.with_name("bot.kubeconfig"), "bot", logs=False) as ground:
            yield ground
        return
    async with Cluster(scale=SCALE) as cluster:
        admin, bot = (cluster.kubeconfig(folder / user, user) for user in ("admin", "quarterdeck"))
        async with prepared(admin, bot, "quarterdeck", logs=True, scale=SCALE) as ground:
            yield ground


async def _grant(ground: Ground) -> None:
    role = yaml.safe_load((RIGHTS / "role.yaml").read_text())
    binding = yaml.safe_load((RIGHTS / "rolebinding.yaml").read_text())
    binding["subjects"] = [{"kind": "User", "name": ground.user, "apiGroup": "rbac.authorization.k8s.io"}]
    await ground.admin.send("POST", f"{RBAC}/{ground.namespace}/roles", role)
    await ground.admin.send("POST", f"{RBAC}/{ground.namespace}/rolebindings", binding)


def deployment(name: str = "api", replicas: int = 3, version: str = "v1.1", **labels: str) -> Json:
    """A Deployment with two containers, whose pods have the label app: api, and these."""
    api = {"name": "api", "image": f"{REPOSITORY}:{version}", "env": [{"name": "MODE", "value": "steady"}]}
    proxy = {"name": "proxy", "image": "registry.example.com/shop/proxy:v7"}
    chosen = {"app": "api", **labels}
    template = {"metadata": {"labels": chosen}, "spec": {"containers": [api, proxy]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": chosen}, "template": template}
    metadata = {"name": name, "annotations": {"example.com/team": "checkout"}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
