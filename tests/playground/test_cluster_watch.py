"""Watching the playground's cluster: what clients are told, from when, and until when."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from playground.cluster import Cluster
from tests.playground.cluster_user import API, APPS, CORE, DEPLOYMENTS, PRODUCTION, Json, Kube, kube

CONFIG_MAPS = f"{CORE}/namespaces/{PRODUCTION}/configmaps"


class Stream:
    """The events of a watch, one after the other."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response

    async def next(self) -> tuple[str, Json]:
        async with asyncio.timeout(5):
            line = await self.response.content.readline()
        assert line, "the watch has ended"
        event = json.loads(line)
        return event["type"], event["object"]

    async def ended(self) -> bool:
        async with asyncio.timeout(5):
            return not await self.response.content.read()


@asynccontextmanager
async def watch(shop: Kube, path: str, query: str = "", accept: str = "application/json") -> AsyncIterator[Stream]:
    url = f"{shop.cluster.url}{path}?watch=true{query}"
    async with shop.session.get(url, headers={"Authorization": "Bearer admin", "Accept": accept}) as response:
        yield Stream(response)


def configmap(name: str, **labels: str) -> Json:
    return {"metadata": {"name": name, "labels": labels}, "data": {"a": "1"}}


async def test_a_watch_without_a_version_begins_with_all_that_is_there() -> None:
    async with kube() as shop, watch(shop, DEPLOYMENTS) as stream:
        seen = [await stream.next() for _ in range(2)]
        assert [(kind, thing["metadata"]["name"]) for kind, thing in seen] == [("ADDED", "api"), ("ADDED", "cart-blue")]
        assert seen[0][1]["kind"] == "Deployment"


async def test_changes_come_in_order_from_the_version_of_a_list_on() -> None:
    async with kube() as shop:
        version = (await shop.get(CONFIG_MAPS))["metadata"]["resourceVersion"]
        await shop.send("POST", CONFIG_MAPS, configmap("one"))
        async with watch(shop, CONFIG_MAPS, f"&resourceVersion={version}") as stream:
            assert (await stream.next())[0] == "ADDED"
            await shop.send("PATCH", f"{CONFIG_MAPS}/one", {"data": {"a": "2"}})
            kind, changed = await stream.next()
            assert (kind, changed["data"]) == ("MODIFIED", {"a": "2"})
            await shop.send("DELETE", f"{CONFIG_MAPS}/one")
            kind, gone = await stream.next()
            assert kind == "DELETED"
            assert int(gone["metadata"]["resourceVersion"]) > int(changed["metadata"]["resourceVersion"])


async def test_what_enters_a_selection_is_added_and_what_leaves_it_deleted() -> None:
    async with kube() as shop:
        await shop.send("POST", CONFIG_MAPS, configmap("one", colour="blue"))
        version = (await shop.get(CONFIG_MAPS))["metadata"]["resourceVersion"]
        async with watch(shop, CONFIG_MAPS, f"&resourceVersion={version}&labelSelector=colour%3Dgreen") as stream:
            for colour in ("green", "blue"):
                await shop.send("PATCH", f"{CONFIG_MAPS}/one", {"metadata": {"labels": {"colour": colour}}})
            assert [(await stream.next())[0] for _ in range(2)] == ["ADDED", "DELETED"]


async def test_one_object_can_be_watched_by_its_name() -> None:
    async with kube() as shop, watch(shop, DEPLOYMENTS, "&fieldSelector=metadata.name%3Dapi") as stream:
        assert (await stream.next())[1]["metadata"]["name"] == "api"
        await shop.set_image("v2.1", f"{DEPLOYMENTS}/web")
        await shop.set_image("v1.2")
        assert (await stream.next())[1]["metadata"]["name"] == "api"


async def test_a_change_that_changes_nothing_is_no_event() -> None:
    async with kube() as shop:
        before = await shop.get(API)
        again = await shop.send("PATCH", API, {"spec": {"replicas": 3}})
        assert again["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]


async def test_a_version_that_is_no_longer_known_is_gone() -> None:
    async with kube() as shop:
        version = (await shop.get(DEPLOYMENTS))["metadata"]["resourceVersion"]
        await shop.send("POST", CONFIG_MAPS, configmap("one"))
        shop.cluster.store.forget()
        async with watch(shop, DEPLOYMENTS, f"&resourceVersion={version}") as stream:
            kind, status = await stream.next()
            assert (kind, status["code"], status["reason"]) == ("ERROR", 410, "Expired")
            assert await stream.ended()


async def test_a_watch_ends_when_its_time_is_over() -> None:
    async with kube() as shop, watch(shop, f"{APPS}/namespaces/none/deployments", "&timeoutSeconds=1") as stream:
        assert await stream.ended()


async def test_tables_are_watched_with_their_columns_once() -> None:
    table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    async with kube() as shop, watch(shop, DEPLOYMENTS, accept=table) as stream:
        first, second = [(await stream.next())[1] for _ in range(2)]
        assert [column["name"] for column in first["columnDefinitions"]][:3] == ["Name", "Ready", "Up-to-date"]
        assert not second["columnDefinitions"]
        assert second["rows"][0]["cells"][:2] == ["cart-blue", "2/2"]


async def test_watches_end_when_the_cluster_stops() -> None:
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer admin"}) as session:
        async with Cluster() as cluster:
            response = await session.get(f"{cluster.url}{APPS}/namespaces/none/deployments?watch=true")
        assert await Stream(response).ended()
