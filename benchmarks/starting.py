"""From the start of the process to ready, and the memory that it then takes."""

import asyncio
from pathlib import Path
from statistics import median

import aiohttp

from benchmarks import apps
from benchmarks.figures import Figure
from playground.harness import Playground

RUNS = 5
GREETED = 4  # places in config/services.yml, each looked at once after the start
CALM = 1.0  # seconds after that


async def measure(folder: Path) -> dict[str, Figure]:
    """Each run with a database of its own, which is made in it."""
    seconds, megabytes = [], []
    for run in range(RUNS):
        home = folder / str(run)
        async with Playground(home) as playground, apps.bot(playground, home / "bot.log") as bot:
            seconds.append(bot.seconds_to_ready)
            await _greeted(playground)
            megabytes.append(bot.rss())
    return {
        "start_to_ready_s": Figure(
            value=round(median(seconds), 2),
            unit="s",
            compared_with=f"below 3 s; the slowest run: {max(seconds):.2f} s",
            how=f"from spawning `quarterdeck serve` to /readyz 200, on SQLite, its database created on the way, "
            f"against the playground's workspace and cluster; median of {RUNS} runs",
        ),
        "rss_after_start_mb": Figure(
            value=round(median(megabytes), 1),
            unit="MB",
            compared_with=f"below 150 MB; the largest run: {max(megabytes):.1f} MB",
            how=f"resident memory of the process in 10⁶ bytes, after every target was looked at; median of {RUNS} runs",
        ),
    }


async def _greeted(playground: Playground) -> None:
    """Until the cluster has seen the bot look at every target."""
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        paths: set[str] = set()
        while len(paths) < GREETED:
            await asyncio.sleep(0.05)
            async with session.get(f"{playground.cluster.url}/play/requests") as answer:
                paths = {one["path"] for one in (await answer.json())["requests"]}
    await asyncio.sleep(CALM)
