"""From the first request that a bad version serves to the old one serving alone again, through the whole bot."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks import apps
from benchmarks.figures import Figure
from playground.client import Actor, Workspace
from playground.cluster import Cluster
from playground.cluster.world import PRODUCTION
from playground.harness import Playground

SEED = 12
LOOK = 0.05  # seconds
PATIENCE = 400.0  # seconds for a canary; its gates give up after three minutes each
RPS = {"api": 40.0, "pay": 200.0}  # so that either canary's first step gets ten requests a second
OLD = {"api": "v1.1", "pay": "v5.1"}
BAD = ({"api": "v1.2-err20.1", "pay": "v5.2-err20.1"}, {"api": "v1.3-lat300", "pay": "v5.3-lat300"})
GOOD = {"api": "v1.4", "pay": "v5.4"}


async def measure(folder: Path) -> dict[str, Figure]:
    """Bad versions of two services, which go back; then a good one of each, which must get through."""
    playground = Playground(folder, extra={"QUARTERDECK_ENV": "playground"})
    playground.cluster = Cluster(seed=SEED)
    async with (
        playground,
        Workspace(playground.slack.url) as workspace,
        apps.bot(playground, folder / "bot.log"),
    ):
        for service, rps in RPS.items():
            playground.cluster.traffic.set_rate(PRODUCTION, service, rps)
        took: list[float] = []
        for versions in BAD:
            took += await asyncio.gather(
                *(_goes_back(playground.cluster, workspace, *which) for which in versions.items())
            )
        await asyncio.gather(*(_gets_through(playground.cluster, workspace, *which) for which in GOOD.items()))
    return {
        "bad_sample_to_stable_s": Figure(
            value=round(median(took), 1),
            unit="s",
            compared_with=f"below 60 s; the slowest: {max(took):.1f} s",
            how="from the first request that a bad canary serves to the old version serving alone again, under "
            "config/playground.yml (a sample a second, of which a gate wants ten), with ten requests a second for the "
            f"canary; median of {len(took)}: a fifth of its requests fail, or three times the latency, by replicas "
            "(api) and by a route (pay). A good one of each was promoted after them",
        )
    }


async def _goes_back(cluster: Cluster, workspace: Workspace, service: str, version: str) -> float:
    """Ship a bad version; seconds from its first request until it gets none and the old one gets all."""
    dana = await _ship(workspace, service, version)
    begun = await _until(cluster, service, lambda share: share.get(version, 0) > 0)
    ended = await _until(cluster, service, lambda share: share.get(version, 0) == 0 and share.get(OLD[service]) == 1)
    await dana.wait_message("deploys", f"{service} {version} to production: failed and rolled back", within=PATIENCE)
    return ended - begun


async def _gets_through(cluster: Cluster, workspace: Workspace, service: str, version: str) -> None:
    """Ship a good version, until it gets everything."""
    dana = await _ship(workspace, service, version)
    await _until(cluster, service, lambda share: share.get(version) == 1)
    await dana.wait_message("deploys", f"{service} {version} to production: runs, being watched", within=PATIENCE)


async def _ship(workspace: Workspace, service: str, version: str) -> Actor:
    """Dana asks, Ari approves."""
    dana, ari = workspace.person("dana"), workspace.person("ari")
    await dana.type("deploys", f"/deploy {service} {version} production --strategy canary")
    card = await dana.wait_message("deploys", f"{service} {version} to production", within=30)
    await ari.click(await ari.wait_message("deploys", "Needs 1 approval", thread=card["ts"], within=30), "Approve")
    return dana


async def _until(cluster: Cluster, service: str, reached: Callable[[dict[str, float]], bool]) -> float:
    """When it was so; in seconds of a clock."""
    async with asyncio.timeout(PATIENCE):
        while not reached(_shares(cluster, service)):  # noqa: ASYNC110 - nothing says when
            await asyncio.sleep(LOOK)
    return time.monotonic()


def _shares(cluster: Cluster, service: str) -> dict[str, float]:
    """The part of a service's requests that each of its versions gets, by version; rounded, so that all is 1."""
    shares: dict[str, float] = defaultdict(float)
    reading = cluster.traffic.reading()
    rps = next(one["rps"] for one in reading["services"] if (one["namespace"], one["service"]) == (PRODUCTION, service))
    for pod in reading["pods"]:
        if (pod["namespace"], pod["service"]) == (PRODUCTION, service):
            shares[pod["version"]] += pod["rps"] / rps
    return {version: round(share, 6) for version, share in shares.items()}
