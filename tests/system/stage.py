"""A playground whose bot dies and is started again, as an orchestrator would, and the people who use it meanwhile."""

import asyncio
import shutil
import signal
from pathlib import Path
from types import TracebackType

from playground.client import Workspace
from playground.harness import ROOT, Playground
from playground.prometheus import Prometheus
from tests.system.crashing import Fate, Moments
from tests.system.forks import Fork
from tests.system.serving import Serving
from tests.world import FAST

SCRAPE = 0.1  # seconds; a gate waits for ten samples
BUSY = 200.0  # requests a second: a sample of a third of one tells something
QUICK = {name: value for name, value in FAST.items() if "RESOLUTION" not in name} | {
    "QUARTERDECK_ENV": "scenes",
    "QUARTERDECK__SLACK__UPDATE_INTERVAL": "0.1s",
    "QUARTERDECK__DEPLOY__SETTLE": "0.1s",
}

IMMORTAL = Fate()


class Stage:
    """See the module. `extra` goes into the bot's environment."""

    def __init__(self, folder: Path, *, scale: float = 20.0, extra: dict[str, str] | None = None) -> None:
        self.playground = Playground(folder, scale=scale, config=configured(folder), extra=QUICK | (extra or {}))
        self.playground.prometheus = Prometheus(interval=SCRAPE)
        self.deaths: list[int] = []
        self.died_at: list[str] = []
        self._lives = 0
        self._bot: Fork | None = None
        self._orchestrator: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Stage":
        await self.playground.__aenter__()
        for service in ("api", "pay"):
            self.playground.cluster.traffic.set_rate("shop-production", service, BUSY)
        self.serving = Serving(self.playground.cluster)
        self.environ, self.log = self.playground.bot.environ, self.playground.bot.log
        self.slack = Workspace(self.playground.slack.url)
        await self.slack.__aenter__()
        self.dana, self.ari, self.cam, self.vic = map(self.slack.person, ("dana", "ari", "cam", "vic"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()
        await self.slack.__aexit__(kind, error, trace)
        await self.playground.__aexit__(kind, error, trace)

    async def start(self, fate: Fate = IMMORTAL) -> None:
        """Start the bot, and again whenever it dies: as often as its fate says."""
        self.deaths, self.died_at = [], []
        self._orchestrator = asyncio.create_task(self._revive(await self._started(fate), fate))
        self._first = self._journal

    def moments(self) -> list[str]:
        """The moments that came in its first life, in order."""
        return list(dict.fromkeys(self._first.read_text().splitlines()))

    async def kill(self) -> None:
        """kill -9, and nobody starts it again."""
        if self._orchestrator:
            self._orchestrator.cancel()
            await asyncio.gather(self._orchestrator, return_exceptions=True)
        if self._bot:
            self._bot.kill()
            await self._bot.ended()
        self._bot = self._orchestrator = None

    async def _revive(self, bot: Fork, fate: Fate) -> None:
        while True:
            self.deaths.append(await bot.ended())
            for moment in self._journal.read_text().splitlines()[-1:]:
                self.died_at.append(moment)
                fate = fate.after(moment)
            bot = await self._started(fate)

    async def _started(self, fate: Fate) -> Fork:
        self._lives += 1
        self._journal = self.playground.folder / f"moments-{self._lives}"
        self._journal.touch()
        self._bot = Fork(self.environ, self.log, Moments(self._journal, fate, signal.SIGKILL))
        await self._bot.start()
        return self._bot


def configured(folder: Path) -> Path:
    """A folder of config with the places of the scenes in it."""
    config = folder / "config"
    config.mkdir(parents=True)
    for name in ("default.yml", "services.yml", "people.yml"):
        shutil.copy(ROOT / "config" / name, config)
    shutil.copy(Path(__file__).with_name("scenes.yml"), config)
    return config
