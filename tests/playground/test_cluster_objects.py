"""Objects in the playground's cluster: made, found, changed and deleted as the API's conventions say."""

import asyncio

from tests.playground.cluster_user import (
    API,
    APPS,
    CORE,
    DEPLOYMENTS,
    PRODUCTION,
    Json,
    kube,
)

CONFIG_MAPS = f"{CORE}/namespaces/{PRODUCTION}/configmaps"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{PRODUCTION}/leases"


def configmap(name: str, **metadata: object) -> Json:
    return {"metadata": {"name": name, **metadata}, "data": {"a": "1"}}


async def test_a_new_object_gets_what_is_the_servers_to_give() -> None:
    async with kube() as shop:
        made = await shop.send("POST", CONFIG_MAPS, configmap("one"))
        again = await shop.send("POST", CONFIG_MAPS, {"metadata": {"generateName": "one-"}})
        assert made["metadata"]["uid"] != again["metadata"]["uid"]
        assert int(again["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])
        assert again["metadata"]["name"].startswith("one-")
        assert made["metadata"]["creationTimestamp"].endswith("Z")
        assert (made["kind"], made["apiVersion"], made["metadata"]["namespace"]) == ("ConfigMap", "v1", PRODUCTION)


async def test_a_deployment_is_completed_with_the_defaults_of_the_api() -> None:
    async with kube() as shop:
        spec = {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "x", "image": "y"}]}},
        }
        made = await shop.send("POST", f"{DEPLOYMENTS}?dryRun=All", {"metadata": {"name": "b"}, "spec": spec})
        assert made["spec"] == {
            "replicas": 1,
            "selector": {"matchLabels": {"a": "b"}},
            "template": {
                "metadata": {"creationTimestamp": None, "labels": {"a": "b"}},
                "spec": {
                    "containers": [
                        {
                            "name": "x",
                            "image": "y",
                            "resources": {},
                            "terminationMessagePath": "/dev/termination-log",
                            "terminationMessagePolicy": "File",
                            "imagePullPolicy": "Always",
                        }
                    ],
                    "restartPolicy": "Always",
                    "terminationGracePeriodSeconds": 30,
                    "dnsPolicy": "ClusterFirst",
                    "securityContext": {},
                    "schedulerName": "default-scheduler",
                },
            },
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}},
            "revisionHistoryLimit": 10,
            "progressDeadlineSeconds": 600,
        }


async def test_a_dry_run_does_everything_and_keeps_nothing() -> None:
    async with kube() as shop:
        before = await shop.get(API)
        changed = await shop.send("PATCH", f"{API}?dryRun=All", {"spec": {"replicas": 9}})
        assert (changed["spec"]["replicas"], changed["metadata"]["generation"]) == (9, 3)
        assert changed["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
        made = await shop.send("POST", f"{CONFIG_MAPS}?dryRun=All", configmap("one"))
        assert "resourceVersion" not in made["metadata"]
        assert (await shop.send("DELETE", f"{API}?dryRun=All"))["status"] == "Success"
        refused = await shop.call("PATCH", f"{API}?dryRun=All", {"spec": {"replicas": -1}})
        assert refused.status == 422
        await asyncio.sleep(0.05)
        assert await shop.get(API) == before
        assert await shop.items(CONFIG_MAPS) == []


async def test_a_dry_run_of_another_kind_is_refused() -> None:
    async with kube() as shop:
        answer = await shop.call("PATCH", f"{API}?dryRun=Some", {})
        assert answer.status == 422
        assert answer.body["message"] == (
            'PatchOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: []string{"Some"}: '
            'supported values: "All"'
        )


async def test_what_is_not_there_or_already_there_is_said_so() -> None:
    async with kube() as shop:
        answer = await shop.call("GET", f"{DEPLOYMENTS}/none")
        assert (answer.status, answer.body["message"]) == (404, 'deployments.apps "none" not found')
        assert answer.body["details"] == {"name": "none", "group": "apps", "kind": "deployments"}
        await shop.send("POST", CONFIG_MAPS, configmap("one"))
        answer = await shop.call("POST", CONFIG_MAPS, configmap("one"))
        assert (answer.status, answer.body["reason"]) == (409, "AlreadyExists")
        answer = await shop.call("POST", f"{CORE}/namespaces/none/configmaps", configmap("one"))
        assert (answer.status, answer.body["message"]) == (404, 'namespaces "none" not found')
        assert (await shop.call("GET", f"{APPS}/statefulsets")).body["message"] == (
            "the server could not find the requested resource"
        )
        assert (await shop.call("POST", API, {})).status == 405


async def test_a_put_with_an_old_version_is_a_conflict() -> None:
    async with kube() as shop:
        lease = await shop.send("POST", LEASES, {"metadata": {"name": "lock"}, "spec": {"holderIdentity": "one"}})
        taken = await shop.send("PUT", f"{LEASES}/lock", lease | {"spec": {"holderIdentity": "two"}})
        assert taken["spec"]["holderIdentity"] == "two"
        late = await shop.call("PUT", f"{LEASES}/lock", lease | {"spec": {"holderIdentity": "three"}})
        assert (late.status, late.body["reason"]) == (409, "Conflict")


async def test_only_one_of_many_at_once_wins_a_lease() -> None:
    async with kube() as shop:
        lease = await shop.send("POST", LEASES, {"metadata": {"name": "lock"}, "spec": {}})
        bodies = [lease | {"spec": {"holderIdentity": str(number)}} for number in range(8)]
        answers = await asyncio.gather(*(shop.call("PUT", f"{LEASES}/lock", body) for body in bodies))
        assert sorted(answer.status for answer in answers) == [200] + [409] * 7


async def test_lists_are_chosen_by_labels_and_fields() -> None:
    async with kube() as shop:
        for name, labels in (("one", {"tier": "front"}), ("two", {"tier": "back", "old": "yes"}), ("three", {})):
            await shop.send("POST", CONFIG_MAPS, configmap(name, labels=labels))

        async def chosen(query: str) -> list[str]:
            return [one["metadata"]["name"] for one in await shop.items(f"{CONFIG_MAPS}?{query}")]

        assert await chosen("labelSelector=tier%3Dfront") == ["one"]
        assert await chosen("labelSelector=tier!%3Dfront") == ["three", "two"]
        assert await chosen("labelSelector=tier%20in%20(front,back),!old") == ["one"]
        assert await chosen("labelSelector=tier%20notin%20(front),old") == ["two"]
        assert await chosen("fieldSelector=metadata.name!%3Dtwo") == ["one", "three"]
        answer = await shop.call("GET", f"{CONFIG_MAPS}?fieldSelector=data.a%3D1")
        assert (answer.status, answer.body["message"]) == (400, "field label not supported: data.a")
        assert (await shop.call("GET", f"{CONFIG_MAPS}?labelSelector=a%3D%3D%3Db")).status == 400


async def test_long_lists_come_in_pages() -> None:
    async with kube() as shop:
        for number in range(5):
            await shop.send("POST", CONFIG_MAPS, configmap(f"c{number}"))
        seen: list[str] = []
        page = await shop.get(f"{CONFIG_MAPS}?limit=2")
        assert page["metadata"]["remainingItemCount"] == 3
        while True:
            seen += [one["metadata"]["name"] for one in page["items"]]
            if "continue" not in page["metadata"]:
                break
            page = await shop.get(f"{CONFIG_MAPS}?limit=2&continue={page['metadata']['continue']}")
        assert seen == ["c0", "c1", "c2", "c3", "c4"]
        token = (await shop.get(f"{CONFIG_MAPS}?limit=2"))["metadata"]["continue"]
        await shop.send("DELETE", f"{CONFIG_MAPS}/c0")
        shop.cluster.store.forget()
        assert (await shop.call("GET", f"{CONFIG_MAPS}?continue={token}")).status == 410


async def test_a_collection_is_deleted_by_its_labels() -> None:
    async with kube() as shop:
        await shop.send("POST", CONFIG_MAPS, configmap("one", labels={"a": "b"}))
        await shop.send("POST", CONFIG_MAPS, configmap("two"))
        await shop.send("DELETE", f"{CONFIG_MAPS}?labelSelector=a%3Db")
        assert [one["metadata"]["name"] for one in await shop.items(CONFIG_MAPS)] == ["two"]


async def test_a_deletion_for_another_object_of_the_same_name_is_refused() -> None:
    async with kube() as shop:
        made = await shop.send("POST", CONFIG_MAPS, configmap("one"))
        answer = await shop.call("DELETE", f"{CONFIG_MAPS}/one", {"preconditions": {"uid": "other"}})
        assert (answer.status, answer.body["reason"]) == (409, "Conflict")
        await shop.send("DELETE", f"{CONFIG_MAPS}/one", {"preconditions": {"uid": made["metadata"]["uid"]}})


async def test_finalizers_hold_an_object_until_they_are_gone() -> None:
    async with kube() as shop:
        await shop.send("POST", CONFIG_MAPS, configmap("one", finalizers=["example.com/backup"]))
        held = await shop.send("DELETE", f"{CONFIG_MAPS}/one")
        assert held["metadata"]["deletionTimestamp"]
        await shop.send(
            "PATCH", f"{CONFIG_MAPS}/one", {"metadata": {"finalizers": None}}, "application/merge-patch+json"
        )
        assert (await shop.call("GET", f"{CONFIG_MAPS}/one")).status == 404


async def test_a_deletion_in_the_foreground_ends_with_the_owner() -> None:
    async with kube(scale=5) as shop:
        held = await shop.send("DELETE", API, {"propagationPolicy": "Foreground"})
        assert held["metadata"]["finalizers"] == ["foregroundDeletion"]
        await shop.until(DEPLOYMENTS, lambda found: "api" not in [one["metadata"]["name"] for one in found["items"]])
        assert await shop.pods() == []
        assert await shop.replica_sets() == {}


async def test_a_deleted_namespace_takes_everything_in_it_along() -> None:
    async with kube() as shop:
        gone = await shop.send("DELETE", f"{CORE}/namespaces/{PRODUCTION}")
        assert gone["status"]["phase"] == "Terminating"
        refused = await shop.call("POST", CONFIG_MAPS, configmap("late"))
        assert (refused.status, refused.body["reason"]) == (403, "Forbidden")
        await shop.until(f"{CORE}/namespaces", lambda found: PRODUCTION not in str(found["items"]))
        left = [thing["metadata"] for _, thing in shop.cluster.store.everything()]
        assert [one["name"] for one in left if one.get("namespace") == PRODUCTION] == []


async def test_a_new_namespace_gets_its_service_account() -> None:
    async with kube() as shop:
        await shop.send("POST", f"{CORE}/namespaces", {"metadata": {"name": "fresh"}})
        accounts = f"{CORE}/namespaces/fresh/serviceaccounts"
        await shop.until(accounts, lambda found: [one["metadata"]["name"] for one in found["items"]] == ["default"])


async def test_the_api_describes_itself() -> None:
    async with kube() as shop:
        resources = (await shop.get("/apis/apps/v1"))["resources"]
        names = [resource["name"] for resource in resources]
        assert names == [
            *("deployments", "deployments/scale", "deployments/status"),
            *("replicasets", "replicasets/scale", "replicasets/status"),
        ]
        for group in (await shop.get("/apis"))["groups"]:
            for version in group["versions"]:
                assert (await shop.get(f"/apis/{version['groupVersion']}"))["resources"]
        assert (await shop.get("/api"))["versions"] == ["v1"]
        assert (await shop.get("/version"))["major"] == "1"
        assert (await shop.call("GET", "/readyz")).text == "ok"
        assert (await shop.call("GET", "/apis/none/v1")).status == 404
