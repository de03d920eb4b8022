"""The playground's cluster can be made to fail, and keeps a record of requests."""

import asyncio
import json
import time
from pathlib import Path

import aiohttp
import pytest

from playground.cluster import Cluster
from tests.playground.cluster_user import API, APPS, CORE, PRODUCTION, Kube, kube

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


async def fault(shop: Kube, **fields: object) -> None:
    await shop.send("POST", "/play/faults", fields)


async def test_in_an_outage_every_connection_is_reset_until_it_is_over() -> None:
    async with kube(scale=10) as shop:
        await fault(shop, kind="outage", seconds=10)
        for _ in range(3):
            with pytest.raises(aiohttp.ClientConnectionError):
                await shop.call("GET", API)
        async with asyncio.timeout(5):
            while True:
                try:
                    assert (await shop.call("GET", API)).status == 200
                    break
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)


async def test_an_outage_cuts_open_watches() -> None:
    async with kube() as shop, aiohttp.ClientSession() as other:
        headers = {"Authorization": "Bearer admin"}
        async with other.get(f"{shop.cluster.url}{APPS}/deployments?watch=true", headers=headers) as response:
            await response.content.readline()
            await fault(shop, kind="outage", seconds=60)
            with pytest.raises(aiohttp.ClientError):
                await response.read()


async def test_what_hangs_is_answered_when_faults_are_cleared() -> None:
    async with kube() as shop:
        await fault(shop, kind="hang", seconds=3600)
        waiting = asyncio.create_task(shop.call("GET", API))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await shop.send("DELETE", "/play/faults")
        assert (await waiting).status == 200


async def test_a_change_whose_sender_gave_up_waiting_is_not_made_later() -> None:
    async with kube() as shop:
        await fault(shop, kind="hang", seconds=3600)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await shop.send("PATCH", API, {"spec": {"replicas": 9}})
        await shop.send("DELETE", "/play/faults")
        await asyncio.sleep(0.05)
        assert (await shop.get(API))["spec"]["replicas"] == 3


async def test_latency_is_in_simulated_seconds() -> None:
    async with kube(scale=10) as shop:
        await fault(shop, kind="latency", seconds=2)
        begun = time.monotonic()
        await shop.get(API)
        assert time.monotonic() - begun >= 0.2
        await shop.send("DELETE", "/play/faults")


@pytest.mark.parametrize(
    ("kind", "status", "reason"),
    [("http_500", 500, "InternalError"), ("http_429", 429, "TooManyRequests"), ("conflict", 409, "Conflict")],
)
async def test_counted_faults_wear_off(kind: str, status: int, reason: str) -> None:
    async with kube() as shop:
        await fault(shop, kind=kind, count=2, path="deployments/api")
        assert (await shop.call("GET", f"{CORE}/namespaces")).status == 200
        answers = [await shop.call("PATCH", API, {"spec": {"replicas": 3}}) for _ in range(3)]
        assert [answer.status for answer in answers] == [status, status, 200]
        assert answers[0].body["reason"] == reason
        if status == 429:
            assert answers[0].headers["Retry-After"] == "1"


async def test_conflicts_are_for_changes_alone() -> None:
    async with kube() as shop:
        await fault(shop, kind="conflict", count=1)
        assert (await shop.call("GET", API)).status == 200
        assert (await shop.call("PATCH", API, {})).status == 409


async def test_a_right_can_be_taken_away_and_given_back() -> None:
    async with kube() as shop:
        await fault(shop, kind="forbid", verb="patch", resource="deployments")
        answer = await shop.call("PATCH", API, {}, token="quarterdeck")
        assert (answer.status, answer.body["reason"]) == (403, "Forbidden")
        wanted = {"namespace": PRODUCTION, "verb": "patch", "group": "apps", "resource": "deployments"}
        review = await shop.call("POST", REVIEWS, {"spec": {"resourceAttributes": wanted}}, token="quarterdeck")
        assert review.body["status"]["allowed"] is False
        await shop.send("DELETE", "/play/faults")
        assert (await shop.call("PATCH", API, {}, token="quarterdeck")).status == 200


async def test_a_fault_that_makes_no_sense_is_refused() -> None:
    async with kube() as shop:
        for body in ({"kind": "earthquake"}, {"kind": "http_500", "count": 0}, {"kind": "hang", "minutes": 1}):
            answer = await shop.call("POST", "/play/faults", body)
            assert answer.status == 400
            assert answer.body["error"]


async def test_a_faster_clock_hurries_what_is_waiting_already() -> None:
    async with kube(scale=0.001) as shop:
        await shop.set_image("v1.2")
        await asyncio.sleep(0.05)
        assert (await shop.get(API))["status"].get("updatedReplicas") == 1
        await shop.send("POST", "/play/clock", {"scale": 100})
        await shop.rolled_out()
        assert (await shop.call("POST", "/play/clock", {"scale": 0})).status == 400


async def test_requests_are_kept_and_written_down(tmp_path: Path) -> None:
    journal = tmp_path / "requests.jsonl"
    async with kube(journal=journal) as shop:
        await shop.call("GET", f"{API}?pretty=true", token="quarterdeck")
        await shop.call("DELETE", f"/as/nobody{API}", token="")
        kept = (await shop.get("/play/requests"))["requests"]
        assert [(one["user"], one["method"], one["path"], one["status"]) for one in kept] == [
            ("quarterdeck", "GET", f"{API}?pretty=true", 200),
            ("nobody", "DELETE", API, 403),
        ]
    assert [json.loads(line) for line in journal.read_text().splitlines()] == kept


async def test_a_busy_port_is_named_and_another_taken() -> None:
    async with Cluster() as first:
        assert first.port_taken is None
        busy = int(first.url.rpartition(":")[2])
        async with Cluster(busy) as second:
            assert second.port_taken == busy
            assert second.url not in ("", first.url)


async def test_a_cluster_that_has_stopped_leaves_its_port_free() -> None:
    async with Cluster() as first:
        port = int(first.url.rpartition(":")[2])
    async with Cluster(port) as second:
        assert second.port_taken is None
