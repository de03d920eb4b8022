"""The playground's cluster prints the kinds that strategies use as kubectl shows them."""

from tests.playground.cluster_user import CORE, PRODUCTION, Json, Kube, kube

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
ROOTS = {
    "jobs": "/apis/batch/v1",
    "horizontalpodautoscalers": "/apis/autoscaling/v1",
    "httproutes": "/apis/gateway.networking.k8s.io/v1",
}


def path_of(plural: str) -> str:
    return f"{ROOTS.get(plural, CORE)}/namespaces/{PRODUCTION}/{plural}"


async def row(shop: Kube, plural: str, body: Json | None = None) -> dict[str, object]:
    """The first row of a kind's table, by the titles of its columns."""
    if body:
        await shop.send("POST", path_of(plural), {"metadata": {"name": "one"}, **body})
    answer = await shop.call("GET", path_of(plural), accept=TABLE)
    assert answer.body["kind"] == "Table"
    titles = [column["name"] for column in answer.body["columnDefinitions"] if not column["priority"]]
    return dict(zip(titles, answer.body["rows"][0]["cells"], strict=False))


async def test_each_kind_has_its_columns() -> None:
    async with kube() as shop:
        template = {
            "spec": {"restartPolicy": "Never", "containers": [{"name": "a", "image": "b", "command": ["true"]}]}
        }
        await shop.send("POST", path_of("jobs"), {"metadata": {"name": "one"}, "spec": {"template": template}})
        await shop.until(f"{path_of('jobs')}/one", lambda one: one["status"].get("succeeded"))
        job = await row(shop, "jobs")
        assert (job["Name"], job["Completions"]) == ("one", "1/1")
        assert str(job["Duration"]).endswith("s")
        target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
        scaler = await row(shop, "horizontalpodautoscalers", {"spec": {"scaleTargetRef": target, "maxReplicas": 5}})
        assert (scaler["Reference"], scaler["MinPods"], scaler["MaxPods"]) == ("Deployment/api", "1", "5")
        secret = await row(shop, "secrets", {"stringData": {"a": "1"}})
        assert (secret["Type"], secret["Data"]) == ("Opaque", 1)
        await row(shop, "resourcequotas", {"spec": {"hard": {"pods": "50"}}})
        await shop.until(f"{path_of('resourcequotas')}/one", lambda one: one["status"].get("used"))
        assert (await row(shop, "resourcequotas"))["Request"] == "pods: 11/50"
        assert (await row(shop, "httproutes"))["Hostnames"] == '["pay.example.com"]'


async def test_a_quota_that_counts_nothing_countable_is_refused() -> None:
    async with kube() as shop:
        for amount in ("many", "-1", ""):
            body = {"metadata": {"name": "one"}, "spec": {"hard": {"pods": amount}}}
            answer = await shop.call("POST", path_of("resourcequotas"), body)
            assert (answer.status, answer.body["details"]["causes"][0]["field"]) == (422, "spec.hard[pods]")
