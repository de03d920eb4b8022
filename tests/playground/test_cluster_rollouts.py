"""Deployments in the playground's cluster roll out, fail, pause, scale and go back as they do in a real one."""

import asyncio

from tests.playground.cluster_user import (
    API,
    APPS,
    CORE,
    DEPLOYMENTS,
    JSON_PATCH,
    PRODUCTION,
    Json,
    condition,
    is_rolled_out,
    kube,
    waiting_reason,
)

REVISION = "deployment.kubernetes.io/revision"


def image_of(thing: Json) -> str:
    return str(thing["spec"]["template"]["spec"]["containers"][0]["image"])


async def test_the_world_starts_with_its_services_in_two_environments_all_ready() -> None:
    async with kube() as shop:
        found = await shop.items(f"{APPS}/deployments")
        seen = {
            (one["metadata"]["namespace"], one["metadata"]["name"], image_of(one).rpartition(":")[2]): one[
                "status"
            ].get("readyReplicas", 0)
            for one in found
        }
        production = {("api", "v1.1"): 3, ("web", "v2.0"): 2, ("cart-blue", "v3.0"): 2, ("pay", "v5.1"): 4}
        expected = {("shop-production", *what): replicas for what, replicas in production.items()}
        expected |= {("shop-staging", *what): 1 for what in production}
        expected |= {(namespace, "cart-green", "v2.9"): 0 for namespace in ("shop-production", "shop-staging")}
        assert seen == expected
        assert all(is_rolled_out(one) for one in found)
        assert not await shop.items(f"{CORE}/events")


async def test_the_past_left_a_replica_set_for_each_version() -> None:
    async with kube() as shop:
        sets = await shop.replica_sets()
        assert {number: (image_of(one)[-4:], one["spec"]["replicas"]) for number, one in sets.items()} == {
            1: ("v1.0", 0),
            2: ("v1.1", 3),
        }
        assert sets[1]["metadata"]["creationTimestamp"] < sets[2]["metadata"]["creationTimestamp"]
        assert sets[2]["metadata"]["annotations"]["kubernetes.io/change-cause"] == "api v1.1"


async def test_a_new_image_is_a_new_revision_that_replaces_all_pods() -> None:
    async with kube() as shop:
        changed = await shop.set_image("v1.2")
        assert changed["metadata"]["generation"] == 3
        api = await shop.rolled_out()
        assert api["metadata"]["annotations"][REVISION] == "3"
        assert condition(api, "Progressing")["reason"] == "NewReplicaSetAvailable"
        sets = await shop.replica_sets()
        assert {number: one["spec"]["replicas"] for number, one in sets.items()} == {1: 0, 2: 0, 3: 3}
        owner = sets[3]["metadata"]["ownerReferences"][0]
        assert (owner["uid"], owner["controller"]) == (api["metadata"]["uid"], True)
        assert sets[3]["metadata"]["annotations"]["deployment.kubernetes.io/desired-replicas"] == "3"
        assert sets[3]["metadata"]["annotations"]["deployment.kubernetes.io/max-replicas"] == "4"


async def test_a_rollout_never_has_more_pods_or_fewer_ready_ones_than_its_limits_allow() -> None:
    async with kube(scale=10) as shop:
        await shop.set_image("v1.2")
        while not is_rolled_out(api := await shop.get(API)):
            assert api["status"].get("replicas", 0) <= 4
            assert api["status"].get("availableReplicas", 0) >= 3
            await asyncio.sleep(0.005)


async def test_a_client_sees_its_change_before_the_controller_has_seen_it() -> None:
    async with kube() as shop:
        changed = await shop.set_image("v1.2")
        assert changed["status"]["observedGeneration"] < changed["metadata"]["generation"]


async def test_a_change_outside_the_template_makes_no_revision() -> None:
    async with kube() as shop:
        await shop.send("PATCH", API, {"metadata": {"annotations": {"kubernetes.io/change-cause": "told anew"}}})
        api = await shop.rolled_out()
        assert api["metadata"]["annotations"][REVISION] == "2"
        sets = await shop.replica_sets()
        assert sets[2]["metadata"]["annotations"]["kubernetes.io/change-cause"] == "told anew"


async def test_a_bad_image_leaves_the_old_pods_serving() -> None:
    async with kube() as shop:
        await shop.set_image("v1.3-bad")
        await shop.new_pod(lambda pod: waiting_reason(pod) == "ImagePullBackOff")
        api = await shop.get(API)
        assert (api["status"]["availableReplicas"], api["status"]["updatedReplicas"]) == (3, 1)
        assert condition(api, "Available")["status"] == "True"


async def test_a_rollout_that_does_not_move_exceeds_its_deadline() -> None:
    async with kube(scale=300) as shop:
        await shop.send("PATCH", API, {"spec": {"progressDeadlineSeconds": 30}})
        await shop.set_image("v1.4-notready")
        api = await shop.until(API, lambda one: condition(one, "Progressing")["status"] == "False")
        found = condition(api, "Progressing")
        assert found["reason"] == "ProgressDeadlineExceeded"
        assert found["message"].endswith("has timed out progressing.")


async def test_going_back_takes_the_old_replica_set_and_gives_it_the_highest_number() -> None:
    async with kube() as shop:
        first = (await shop.replica_sets())[1]
        template = first["spec"]["template"]
        del template["metadata"]["labels"]["pod-template-hash"]
        await shop.send("PATCH", API, [{"op": "replace", "path": "/spec/template", "value": template}], JSON_PATCH)
        api = await shop.rolled_out()
        assert (api["metadata"]["annotations"][REVISION], image_of(api)[-4:]) == ("3", "v1.0")
        sets = await shop.replica_sets()
        assert sorted(sets) == [2, 3]
        assert sets[3]["metadata"]["uid"] == first["metadata"]["uid"]
        assert sets[3]["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"


async def test_a_newer_change_overtakes_a_rollout_in_the_middle() -> None:
    async with kube() as shop:
        await shop.set_image("v1.3-bad")
        await shop.until(API, lambda one: one["status"].get("updatedReplicas") == 1)
        await shop.set_image("v1.4")
        api = await shop.rolled_out()
        assert (api["metadata"]["annotations"][REVISION], image_of(api)[-4:]) == ("4", "v1.4")
        await shop.until(
            f"{CORE}/namespaces/{PRODUCTION}/pods?labelSelector=app%3Dapi", lambda pods: len(pods["items"]) == 3
        )


async def test_recreate_stops_all_old_pods_before_the_first_new_one() -> None:
    async with kube(scale=10) as shop:
        await shop.send("PATCH", API, {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}})
        await shop.set_image("v1.2")
        versions: list[set[str]] = []
        while not is_rolled_out(await shop.get(API)):
            versions.append({pod["spec"]["containers"][0]["image"][-4:] for pod in await shop.pods()})
            await asyncio.sleep(0.005)
        assert {"v1.1", "v1.2"} not in versions
        assert {"v1.1"} in versions


async def test_a_paused_deployment_takes_changes_and_rolls_out_when_resumed() -> None:
    async with kube() as shop:
        await shop.send("PATCH", API, {"spec": {"paused": True}})
        await shop.until(API, lambda one: condition(one, "Progressing")["reason"] == "DeploymentPaused")
        await shop.set_image("v1.2")
        await asyncio.sleep(0.1)
        assert len(await shop.replica_sets()) == 2
        await shop.send("PATCH", API, {"spec": {"paused": False}})
        assert image_of(await shop.rolled_out())[-4:] == "v1.2"


async def test_scaling_changes_pods_and_no_revision() -> None:
    async with kube() as shop:
        await shop.send("PATCH", f"{API}/scale", {"spec": {"replicas": 5}}, "application/merge-patch+json")
        await shop.until(API, lambda one: one["status"].get("readyReplicas") == 5)
        await shop.send("PATCH", API, {"spec": {"replicas": 1}})
        api = await shop.rolled_out()
        assert api["metadata"]["annotations"][REVISION] == "2"
        assert (await shop.get(f"{API}/scale"))["status"]["replicas"] == 1


async def test_a_namespace_holds_no_more_pods_than_its_quota() -> None:
    async with kube() as shop:
        await shop.send("PATCH", f"{API}/scale", {"spec": {"replicas": 1_000_000}}, "application/merge-patch+json")
        newest = (await shop.replica_sets())[2]["metadata"]["name"]
        path = (
            f"{CORE}/namespaces/{PRODUCTION}/events?fieldSelector=involvedObject.name%3D{newest},reason%3DFailedCreate"
        )
        await shop.until(path, lambda found: found["items"])
        assert len(await shop.items(f"{CORE}/namespaces/{PRODUCTION}/pods")) == 200


async def test_no_more_old_revisions_are_kept_than_the_history_limit() -> None:
    async with kube() as shop:
        await shop.send("PATCH", API, {"spec": {"revisionHistoryLimit": 1}})
        for version in ("v1.2", "v1.3"):
            await shop.set_image(version)
            await shop.rolled_out()
        path = f"{APPS}/namespaces/{PRODUCTION}/replicasets?labelSelector=app%3Dapi"
        await shop.until(path, lambda sets: len(sets["items"]) == 2)
        assert sorted(await shop.replica_sets()) == [3, 4]


async def test_pods_count_as_available_only_after_their_minimum_of_ready_seconds() -> None:
    async with kube() as shop:
        await shop.send("PATCH", API, {"spec": {"minReadySeconds": 20}})
        await shop.set_image("v1.2")
        pending = await shop.until(
            API,
            lambda one: one["status"].get("readyReplicas", 0) > one["status"].get("availableReplicas", 0),
        )
        assert not is_rolled_out(pending)
        await shop.rolled_out()


async def test_deployments_without_surge_give_up_a_pod_first() -> None:
    async with kube() as shop:
        await shop.send("PATCH", API, {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}}})
        await shop.set_image("v1.2")
        seen = await shop.until(API, lambda one: one["status"].get("unavailableReplicas"))
        assert seen["status"]["replicas"] <= 3
        await shop.rolled_out()


async def test_the_steps_are_told_as_events() -> None:
    async with kube() as shop:
        await shop.set_image("v1.2")
        await shop.rolled_out()
        names = {
            number: one["metadata"]["name"] for number, one in (await shop.replica_sets()).items() if number in (2, 3)
        }
        told = [message for reason, message in await shop.events("api") if reason == "ScalingReplicaSet"]
        assert told == [
            f"Scaled up replica set {names[3]} to 1",
            f"Scaled down replica set {names[2]} to 2",
            f"Scaled up replica set {names[3]} to 2",
            f"Scaled down replica set {names[2]} to 1",
            f"Scaled up replica set {names[3]} to 3",
            f"Scaled down replica set {names[2]} to 0",
        ]


async def test_a_deleted_deployment_takes_its_replica_sets_and_pods_along() -> None:
    async with kube() as shop:
        gone = await shop.send("DELETE", API)
        assert (gone["status"], gone["details"]["kind"]) == ("Success", "deployments")
        assert (await shop.call("GET", API)).status == 404
        await shop.until(f"{CORE}/namespaces/{PRODUCTION}/pods?labelSelector=app%3Dapi", lambda pods: not pods["items"])
        assert not await shop.replica_sets()


async def test_a_deployment_deleted_as_an_orphan_leaves_its_pods_and_the_next_one_takes_them_in() -> None:
    async with kube() as shop:
        before = {pod["metadata"]["uid"] for pod in await shop.pods()}
        body = await shop.get(API)
        await shop.send("DELETE", f"{API}?propagationPolicy=Orphan")
        await shop.until(DEPLOYMENTS, lambda found: "api" not in [one["metadata"]["name"] for one in found["items"]])
        kept = {"metadata": {"name": "api", "labels": body["metadata"]["labels"]}, "spec": body["spec"]}
        await shop.send("POST", DEPLOYMENTS, kept)
        await shop.rolled_out()
        assert {pod["metadata"]["uid"] for pod in await shop.pods()} == before
