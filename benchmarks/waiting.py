"""What 200 deploys that wait for approval cost while nothing happens."""

import asyncio
import shutil
from pathlib import Path

import yaml

from benchmarks import apps
from benchmarks.figures import Figure
from benchmarks.process import App
from playground.client import Workspace
from playground.harness import ROOT, Playground

FLOWS = 200
SECONDS = 30
CALM = 5.0  # seconds after the last message, until what was going on has ended


async def measure(folder: Path) -> dict[str, Figure]:
    """The same process first with nothing waiting, then with all of them."""
    async with (
        Playground(folder, config=_config(folder / "config")) as playground,
        Workspace(playground.slack.url) as workspace,
        apps.bot(playground, folder / "bot.log", "benchmarks.hurried") as bot,
    ):
        await asyncio.sleep(CALM)
        without = await _load(bot)
        await _fill(workspace)
        await asyncio.sleep(CALM)
        with_all = await _load(bot)
    return {
        "idle_cpu_percent_200_flows": Figure(
            value=round(with_all, 2),
            unit="% of one core",
            compared_with=f"below 2 %; the same process with none waiting: {without:.2f} %",
            how=f"{FLOWS} `/deploy`s of as many services, carded and waiting for approval in their threads; processor "
            f"time of the bot's process over {SECONDS} s, SQLite, Socket Mode",
        )
    }


async def _load(bot: App) -> float:
    """Percent of one core."""
    before = bot.cpu()
    await asyncio.sleep(SECONDS)
    return (bot.cpu() - before) / SECONDS * 100


async def _fill(workspace: Workspace) -> None:
    """Ask for every deploy, and wait for each one's card, plan and approval request."""
    dana = workspace.person("dana")
    await workspace.clock(scale=1_000)  # so that the workspace, too, takes more than a message a second
    for number in range(FLOWS):
        await dana.type("deploys", f"/deploy {_name(number)} v1.2 production")
    async with asyncio.timeout(120):
        while len(await workspace.calls("chat.postMessage")) < 3 * FLOWS:  # noqa: ASYNC110 - it happens in the bot
            await asyncio.sleep(0.5)
    await workspace.clock(scale=1)


def _config(folder: Path) -> Path:
    """The config folder, with so many services; all of them run in the one Deployment `api`, which is quick to plan."""
    shutil.copytree(ROOT / "config", folder)
    file = folder / "services.yml"
    api = yaml.safe_load(file.read_text())["services"]["api"]
    file.write_text(yaml.safe_dump({"services": {_name(number): api for number in range(FLOWS)}}))
    return folder


def _name(number: int) -> str:
    return f"service-{number:03d}"
