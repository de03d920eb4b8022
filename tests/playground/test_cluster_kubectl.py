"""kubectl works against the playground's cluster: its requests are answered as it needs them.

What it sends is replayed here, since it is not on every machine; where it is, it drives the same scene itself.
"""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any, Protocol

import pytest
import yaml

from playground.cluster.api.wire import fields
from tests.playground.cluster_user import (
    API,
    APPS,
    CORE,
    DEPLOYMENTS,
    JSON_PATCH,
    PRODUCTION,
    STRATEGIC,
    Json,
    Kube,
    is_rolled_out,
    kube,
    waiting_reason,
)

TABLE = (
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json"
)
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
OPENAPI = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
IMAGE = "registry.example.com/shop/api:{}"


class Driver(Protocol):
    """Somebody who types the commands of the scene."""

    async def set_image(self, version: str) -> None: ...
    async def wait(self) -> None: ...
    async def undo(self) -> None: ...
    async def scale(self, replicas: int) -> None: ...
    async def apply(self, manifest: Json) -> None: ...
    async def delete(self, name: str) -> None: ...


class Replay:
    """The requests that kubectl makes for each command."""

    def __init__(self, shop: Kube) -> None:
        self._shop = shop

    async def set_image(self, version: str) -> None:
        containers = [{"image": IMAGE.format(version), "name": "api"}]
        order = [{"name": "api"}]
        body = {"spec": {"template": {"spec": {"$setElementOrder/containers": order, "containers": containers}}}}
        await self._shop.send("PATCH", f"{API}?fieldManager=kubectl-set", body)

    async def wait(self) -> None:
        query = f"{DEPLOYMENTS}?fieldSelector=metadata.name%3Dapi"
        await self._shop.until(query, lambda found: is_rolled_out(found["items"][0]))

    async def undo(self) -> None:
        api = await self._shop.get(API)
        sets = await self._shop.replica_sets()
        _, wanted = sorted(sets.items())[-2]
        template = wanted["spec"]["template"]
        del template["metadata"]["labels"]["pod-template-hash"]
        kept = {**wanted["metadata"]["annotations"]}
        for ours in ("revision", "revision-history", "desired-replicas", "max-replicas"):
            kept.pop(f"deployment.kubernetes.io/{ours}", None)
        kept["deployment.kubernetes.io/revision"] = api["metadata"]["annotations"]["deployment.kubernetes.io/revision"]
        patch = [
            {"op": "replace", "path": "/spec/template", "value": template},
            {"op": "replace", "path": "/metadata/annotations", "value": kept},
        ]
        await self._shop.send("PATCH", API, patch, JSON_PATCH)

    async def scale(self, replicas: int) -> None:
        body = {"spec": {"replicas": replicas}}
        await self._shop.send("PATCH", f"{API}/scale", body, "application/merge-patch+json")

    async def apply(self, manifest: Json) -> None:
        name, text = manifest["metadata"]["name"], json.dumps(manifest) + "\n"
        marked = manifest | {"metadata": manifest["metadata"] | {"annotations": {LAST_APPLIED: text}}}
        query = "fieldManager=kubectl-client-side-apply"
        if (await self._shop.call("GET", f"{DEPLOYMENTS}/{name}")).status == 404:
            await self._shop.send("POST", f"{DEPLOYMENTS}?{query}", marked)
        else:
            await self._shop.send("PATCH", f"{DEPLOYMENTS}/{name}?{query}", marked, STRATEGIC)

    async def delete(self, name: str) -> None:
        await self._shop.send("DELETE", f"{DEPLOYMENTS}/{name}", {"propagationPolicy": "Background"})


class Kubectl:
    """The program itself."""

    def __init__(self, shop: Kube, folder: Path) -> None:
        self._config = shop.cluster.kubeconfig(folder / "admin.yml", "admin")
        self._folder = folder

    async def run(self, *words: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *("kubectl", "--kubeconfig", str(self._config), "--namespace", PRODUCTION),
            *("--cache-dir", str(self._folder / "cache"), *words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output = (await process.communicate())[0].decode()
        assert process.returncode == 0, output
        return output

    async def set_image(self, version: str) -> None:
        await self.run("set", "image", "deployment/api", f"api={IMAGE.format(version)}")

    async def wait(self) -> None:
        assert "successfully rolled out" in await self.run("rollout", "status", "deployment/api", "--timeout=20s")

    async def undo(self) -> None:
        await self.run("rollout", "undo", "deployment/api")

    async def scale(self, replicas: int) -> None:
        await self.run("scale", "deployment/api", f"--replicas={replicas}")

    async def apply(self, manifest: Json) -> None:
        path = self._folder / "manifest.yml"
        path.write_text(yaml.safe_dump(manifest))
        await self.run("apply", "-f", str(path), "--dry-run=server")
        await self.run("apply", "-f", str(path))

    async def delete(self, name: str) -> None:
        await self.run("delete", "deployment", name)


@pytest.mark.parametrize("driver", ["requests", *(["kubectl"] if shutil.which("kubectl") else [])])
async def test_deploy_undo_scale_apply_and_delete_work_as_typed(driver: str, tmp_path: Path) -> None:
    async with kube(scale=30) as shop:
        user: Driver = Kubectl(shop, tmp_path) if driver == "kubectl" else Replay(shop)
        await user.set_image("v1.2")
        await user.wait()
        await user.set_image("v1.3-bad")
        await shop.new_pod(lambda pod: waiting_reason(pod) == "ImagePullBackOff")
        await user.undo()
        await user.wait()
        api = await shop.get(API)
        assert api["spec"]["template"]["spec"]["containers"][0]["image"].endswith(":v1.2")
        assert api["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "5"
        await user.scale(4)
        await shop.until(API, lambda one: one["status"].get("readyReplicas") == 4)
        labels = {"app": "cart"}
        containers = [{"name": "cart", "image": "registry.example.com/shop/cart:v1"}]
        template = {"metadata": {"labels": labels}, "spec": {"containers": containers}}
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
        manifest = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "cart"}, "spec": spec}
        await user.apply(manifest)
        await user.apply(manifest | {"spec": spec | {"replicas": 2}})
        cart = await shop.get(f"{DEPLOYMENTS}/cart")
        assert (cart["spec"]["replicas"], LAST_APPLIED in cart["metadata"]["annotations"]) == (2, True)
        await user.delete("cart")
        assert (await shop.call("GET", f"{DEPLOYMENTS}/cart")).status == 404


async def table(shop: Kube, path: str) -> tuple[list[str], list[list[Any]]]:
    answer = await shop.call("GET", path, accept=TABLE)
    assert answer.body["kind"] == "Table", answer.text
    return [one["name"] for one in answer.body["columnDefinitions"]], [row["cells"] for row in answer.body["rows"]]


async def test_every_kind_that_can_be_listed_can_be_printed() -> None:
    async with kube() as shop:
        await shop.set_image("v1.2")
        await shop.rolled_out()
        printed = set()
        for group in ("/api/v1", *(f"/apis/{one['name']}/v1" for one in (await shop.get("/apis"))["groups"])):
            for resource in (await shop.get(group))["resources"]:
                if "list" in resource["verbs"]:
                    columns, rows = await table(shop, f"{group}/{resource['name']}")
                    assert all(len(row) == len(columns) for row in rows)
                    printed.add(resource["name"])
        assert {"pods", "deployments", "events", "roles", "endpointslices", "leases", "nodes"} <= printed


async def test_pods_are_printed_with_what_is_wrong_with_them() -> None:
    async with kube() as shop:
        await shop.set_image("v1.4-crash")
        pod = await shop.new_pod(lambda pod: waiting_reason(pod) == "CrashLoopBackOff")
        columns, rows = await table(shop, f"{CORE}/namespaces/{PRODUCTION}/pods")
        assert columns[:5] == ["Name", "Ready", "Status", "Restarts", "Age"]
        row = next(row for row in rows if row[0] == pod["metadata"]["name"])
        assert row[1:3] == ["0/1", "CrashLoopBackOff"]
        _, rows = await table(shop, DEPLOYMENTS)
        assert rows[0][:4] == ["api", "3/3", 1, 3]


async def test_rows_carry_as_much_of_the_object_as_is_asked_for() -> None:
    async with kube() as shop:
        answer = await shop.call("GET", API, accept=TABLE)
        assert answer.body["rows"][0]["object"]["kind"] == "PartialObjectMetadata"
        answer = await shop.call("GET", f"{DEPLOYMENTS}?includeObject=Object", accept=TABLE)
        assert answer.body["rows"][0]["object"]["spec"]["replicas"] == 3


async def test_the_openapi_document_says_which_patches_can_run_dry() -> None:
    async with kube() as shop:
        headers = {"Authorization": "Bearer admin", "Accept": OPENAPI}
        async with shop.session.get(f"{shop.cluster.url}/openapi/v2", headers=headers) as response:
            document = dict(fields(await response.read()))
        assert document[1] == b"2.0"
        paths = {}
        for number, path in fields(document[8]):
            assert number == 2
            named = dict(fields(path))
            paths[named[1].decode()] = dict(fields(named[2]))[8]
        patch = paths[f"{APPS}/namespaces/{{namespace}}/deployments/{{name}}"]
        extension = dict(fields(dict(fields(patch))[13]))
        assert extension[1] == b"x-kubernetes-group-version-kind"
        assert yaml.safe_load(dict(fields(extension[2]))[2]) == {"group": "apps", "version": "v1", "kind": "Deployment"}
        assert b"dryRun" in patch
        plain = await shop.get("/openapi/v2")
        assert set(plain["paths"]) == set(paths)


async def test_a_kubeconfig_is_for_its_owner_alone_and_for_known_users(tmp_path: Path) -> None:
    async with kube() as shop:
        path = shop.cluster.kubeconfig(tmp_path / "config.yml")
        assert path.stat().st_mode & 0o777 == 0o600
        config = yaml.safe_load(path.read_text())
        assert config["users"] == [{"name": "quarterdeck", "user": {"token": "quarterdeck"}}]
        assert config["current-context"] == config["contexts"][0]["name"] == "playground"
        with pytest.raises(ValueError, match="no such user: mallory"):
            shop.cluster.kubeconfig(tmp_path / "other.yml", "mallory")
