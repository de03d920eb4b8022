"""The whole world in one process, and the production bot beside it as a process of its own, unchanged and unaware."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType

import aiohttp
import yaml

from playground.cluster import Cluster
from playground.forge import Forge
from playground.prometheus import Prometheus
from playground.registry import Registry
from playground.registry.images import HOST
from playground.slack import SlackWorkspace
from playground.world import SERVICES

ROOT = Path(__file__).parent.parent
READY = 30.0  # seconds
KEEP = 1800.0  # seconds of metrics: longer than anybody looks back here
SCRAPE = 0.25  # seconds of the wall, in which requests come too, whatever the scale; a sample is made of several
CLEAN = ("SLACK_", "QUARTERDECK_", "DATABASE_URL", "KUBECONFIG", "PROMETHEUS_URL", "HOST", "PORT")


class Bot:
    """`quarterdeck serve` as a process. `environ` is all that it knows of the world; its log goes to `log`."""

    def __init__(self, environ: dict[str, str], log: Path) -> None:
        self.environ, self.log = environ, log
        self.process: Process | None = None
        self.url = ""

    async def start(self) -> None:
        """Start it and wait until it is ready. Raises RuntimeError with the end of its log when it is not."""
        begun = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", "serve"),
                stdout=log,
                stderr=log,
                stdin=asyncio.subprocess.DEVNULL,
                cwd=ROOT,
                env=self.environ,
                start_new_session=True,  # Ctrl-C is for us; we stop it in order
            )
        try:
            async with asyncio.timeout(READY):
                await self._ready(begun)
        except TimeoutError:
            raise RuntimeError(f"the bot was not ready after {READY:.0f} s:\n{self.tail()}") from None

    async def _ready(self, begun: int) -> None:
        assert self.process, "started above"
        async with aiohttp.ClientSession() as session:
            while self.process.returncode is None:
                self.url = self.url or f"http://127.0.0.1:{self.environ['PORT']}"
                try:
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)
        raise RuntimeError(f"the bot did not start:\n{self.log.read_bytes()[begun:].decode(errors='replace')[-2000:]}")

    def tail(self, most: int = 2000) -> str:
        """The end of its log."""
        return self.log.read_text(errors="replace")[-most:] if self.log.exists() else ""

    async def kill(self) -> None:
        """kill -9: it gets no chance to tidy up."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to stop, as an orchestrator does; return its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: int) -> int:
        if self.process is None:
            return 0
        if self.process.returncode is None:
            self.process.send_signal(number)
        try:
            async with asyncio.timeout(20):
                code = await self.process.wait()
        except TimeoutError:
            self.process.kill()
            code = await self.process.wait()
        self.process = None
        return code


class Playground:
    """A Slack workspace, a cluster, its Prometheus and the bot. `folder` holds what they write; `scale` makes simulated
    time pass faster; with `http` Slack sends signed requests instead of using Socket Mode; with `versions` there are a
    registry and a forge as well, and the bot knows of them; `extra` goes into the bot's environment."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        scale: float = 1.0,
        http: bool = False,
        versions: bool = False,
        config: Path | None = None,
        extra: dict[str, str] | None = None,
    ) -> None:
        self.folder, self.http, self.bot_port = folder, http, free_port()
        receiver = f"http://127.0.0.1:{self.bot_port}/slack/events" if http else None
        self.slack = SlackWorkspace(
            ROOT / "manifest.yml", port=port, journal=folder / "slack.jsonl", request_url=receiver
        )
        self.cluster = Cluster(scale=scale)
        self.prometheus = Prometheus(interval=SCRAPE, keep=KEEP)
        self.registry = Registry() if versions else None
        self.forge = Forge() if versions else None
        self._config, self._extra = config or ROOT / "config", extra or {}

    async def __aenter__(self) -> "Playground":
        self.folder.mkdir(parents=True, exist_ok=True)
        async with AsyncExitStack() as begun:
            for part in (self.slack, self.cluster, self.prometheus, self.registry, self.forge):
                if part:
                    await begun.enter_async_context(part)
            self.prometheus.scrape(f"{self.cluster.url}/play/metrics")
            self._begun = begun.pop_all()
        self.bot = Bot(self.environ(), self.folder / "bot.log")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.bot.stop()
        await self._begun.__aexit__(kind, error, trace)

    def environ(self) -> dict[str, str]:
        """What the bot is told: where its world and its database are. Nothing of ours leaks in by chance."""
        ours = {name: value for name, value in os.environ.items() if not name.startswith(CLEAN)}
        return ours | {
            "QUARTERDECK_CONFIG": str(self._config),
            "SLACK_BOT_TOKEN": "xoxb-playground",
            **({"SLACK_SIGNING_SECRET": "playground"} if self.http else {"SLACK_APP_TOKEN": "xapp-playground"}),
            "SLACK_API_URL": self.slack.api_url,
            "KUBECONFIG": str(self.cluster.kubeconfig(self.folder / "kubeconfig.yml")),
            "PROMETHEUS_URL": self.prometheus.url,
            "DATABASE_URL": f"sqlite:///{self.folder / 'quarterdeck.db'}",
            "PORT": str(self.bot_port),
            **self._versions(),
            **self._extra,
        }

    def _versions(self) -> dict[str, str]:
        """Where the images are, and the commits of each service whose commits the forge has."""
        if not self.registry or not self.forge:
            return {}
        told: dict[str, object] = {"QUARTERDECK__REGISTRY": {"type": "oci", "endpoints": {HOST: self.registry.url}}}
        for name in yaml.safe_load((self._config / "services.yml").read_text(encoding="utf-8"))["services"]:
            if name in SERVICES:
                source = {"type": "github", "repository": f"shop/{name}", "api_url": self.forge.url}
                told[f"QUARTERDECK__SERVICES__{name.upper()}__SOURCE"] = source
        return {name: json.dumps(value) for name, value in told.items()}


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
