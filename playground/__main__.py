"""`make run`: a workspace and a cluster on loopback, and the production bot against them. `--tour` plays the scene."""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from playground.client import Workspace
from playground.harness import Playground
from playground.tour import Tour

PORT = 4180
PACE = {"QUARTERDECK_ENV": "playground"}  # config/playground.yml: steps and watch windows that one can wait for


def main() -> int:
    """Run until Ctrl-C, or until the tour is over; return the exit code."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--tour", action="store_true", help="play the scene without a browser, print it and exit")
    parser.add_argument("--port", type=int, default=PORT, help=f"where the page is ({PORT})")
    parser.add_argument("--scale", type=float, default=1.0, help="let simulated minutes pass so many times as fast")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="quarterdeck-") as folder:
        return asyncio.run(_run(given, Path(folder)))


async def _run(given: argparse.Namespace, folder: Path) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    port = 0 if given.tour else given.port
    async with Playground(folder, port=port, scale=given.scale, versions=True, extra=PACE) as playground:
        await playground.bot.start()
        if given.tour:
            return await _tour(playground, stop)
        if playground.slack.port_taken:
            print(f"Port {playground.slack.port_taken} is busy, so another one is used.")
        print(f"\n  Quarterdeck's playground: {playground.slack.url}\n")
        print("  Be Dana in #deploys and type /deploy api v1.2 production, then be Ari and approve.")
        print("  A canary that is worse: /deploy web v2.1-err30 production --strategy canary")
        print(f"  kubectl works too: KUBECONFIG={playground.bot.environ['KUBECONFIG']}")
        print(f"  Prometheus: {playground.prometheus.url}")
        if playground.registry and playground.forge:
            print(f"  The registry is {playground.registry.url}, the forge {playground.forge.url}")
        print("  Ctrl-C stops everything.\n", flush=True)
        await _keep_running(playground, stop)
    print("Stopped.")
    return 0


async def _keep_running(playground: Playground, stop: asyncio.Event) -> None:
    """Until told to stop. A bot that was killed is started again: try it, in the middle of a deploy."""
    stopping = asyncio.create_task(stop.wait())
    while not stop.is_set():
        assert playground.bot.process, "it was started"
        ended = asyncio.create_task(playground.bot.process.wait())
        await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
        if ended.done() and not stop.is_set():
            print(f"The bot ended with code {ended.result()}; starting it again.", flush=True)
            await playground.bot.start()
        ended.cancel()


async def _tour(playground: Playground, stop: asyncio.Event) -> int:
    async with Workspace(playground.slack.url) as workspace:
        tour = asyncio.create_task(Tour(playground, workspace).play())
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({tour, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not tour.done():
            tour.cancel()
            return 130
    try:
        tour.result()
    except TimeoutError as error:
        print(f"\nThe tour ended early: {error}\n\nThe bot's log ends with:\n{playground.bot.tail()}", file=sys.stderr)
        return 1
    print("\nThe tour is over: everything happened as it should.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
