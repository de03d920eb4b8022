"""The guide's own signals, asked of the playground's Prometheus, say what the playground's cluster serves."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import yaml

from bot.metrics.measure import Measure, beside
from bot.metrics.model import Evidence, Gate, Metrics
from integrations.metrics.prometheus import Options, connect
from playground.cluster import Cluster
from playground.prometheus import Prometheus

GUIDE = Path(__file__).parents[2] / "docs/guides/metrics.md"
PLACE = {"namespace": "shop-production", "service": "api"}
GATE = Gate.model_validate({"limits": [{"signal": "errors", "above": 0.05}]})


def metrics() -> Metrics:
    """As the guide writes them, at the playground's pace."""
    [block] = [one for one in re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(), re.DOTALL) if "signals:" in one]
    return Metrics.model_validate(yaml.safe_load(block)["metrics"] | {"resolution": "0.5s"})


@pytest.fixture
async def shop() -> AsyncIterator[tuple[Cluster, Prometheus]]:
    async with Cluster() as cluster, Prometheus(f"{cluster.url}/play/metrics", interval=0.1) as prometheus:
        yield cluster, prometheus


async def test_the_guides_signals_say_what_the_cluster_serves(shop: tuple[Cluster, Prometheus]) -> None:
    cluster, prometheus = shop
    async with aiohttp.ClientSession() as session:
        load = {"namespace": PLACE["namespace"], "service": "api", "rps": 400}
        behaviour = {"service": "api", "version": "v1.1", "error_rate": 0.25, "latency_ms": 100, "spread": 0.3}
        for path, body in (("load", load), ("versions", behaviour)):
            async with session.post(f"{cluster.url}/play/{path}", json=body) as answer:
                assert answer.status == 200, await answer.text()
    backend = connect(Options(url=prometheus.url))
    since, end = datetime.now(UTC) + timedelta(seconds=0.2), time.monotonic() + 20
    try:
        while True:
            evidence = await look(Measure(backend, metrics()), since)
            if (evidence.new_requests or 0) > 800:
                break
            assert time.monotonic() < end, evidence
            await asyncio.sleep(0.1)
    finally:
        await backend.close()
    numbers = beside(evidence)["new"]
    assert list(numbers) == ["errors", "requests", "p50", "p95", "p99"]
    assert numbers["requests"] == pytest.approx(400, rel=0.2)
    assert numbers["errors"] == pytest.approx(0.25, rel=0.2)
    assert 0.08 < numbers["p50"] < 0.12
    assert numbers["p50"] < numbers["p95"] < numbers["p99"] < 0.4
    assert evidence.errors == 0


async def look(measure: Measure, since: datetime) -> Evidence:
    return await measure.gather(GATE, PLACE, {"pod": "api-.*"}, {}, since, datetime.now(UTC), None)
