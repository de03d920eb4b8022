"""A playground whose bot dies and is started again, as an orchestrator would, and the people who use it meanwhile."""

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from playground.client import Json, Workspace
from playground.cluster.api.defaults import image_tag
from playground.cluster.api.kinds import DEPLOYMENT, REPLICA_SET
from playground.cluster.api.store import Change
from playground.harness import Playground
from tests.system.crashing import Moments
from tests.system.forks import Fork
from tests.world import FAST

QUICK = FAST | {"QUARTERDECK__SLACK__UPDATE_INTERVAL": "0.1s", "QUARTERDECK__DEPLOY__SETTLE": "0.1s"}


class Stage:
    """See the module. `extra` goes into the bot's environment."""

    def __init__(self, folder: Path, *, scale: float = 20.0, extra: dict[str, str] | None = None) -> None:
        self.playground = Playground(folder, scale=scale, extra=QUICK | (extra or {}))
        self.deaths: list[int] = []
        self._templates: Counter[tuple[str, str]] = Counter()
        self._bot: Fork | None = None
        self._orchestrator: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Stage":
        await self.playground.__aenter__()
        self.playground.cluster.store.listen(self._count)
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

    # The bot

    async def start(self, *deadly: str) -> None:
        """Start the bot, and again whenever it dies: at each of these moments in turn, then no more."""
        self._orchestrator = asyncio.create_task(self._revive(await self._started(0, *deadly[:1]), deadly[1:]))

    def moments(self) -> list[str]:
        """The moments that came in its first life, in order."""
        return list(dict.fromkeys(self._journal(0).read_text().splitlines()))

    async def kill(self) -> None:
        """kill -9, and nobody starts it again."""
        if self._orchestrator:
            self._orchestrator.cancel()
            await asyncio.gather(self._orchestrator, return_exceptions=True)
        if self._bot:
            self._bot.kill()
            await self._bot.ended()
        self._bot = self._orchestrator = None

    async def _revive(self, bot: Fork, deadly: Sequence[str]) -> None:
        while True:
            self.deaths.append(await bot.ended())
            life = len(self.deaths)
            bot = await (self._started(life, deadly[life - 1]) if life <= len(deadly) else self._started())

    async def _started(self, life: int | None = None, deadly: str = "") -> Fork:
        """With a number it notes its moments; without it is the plain bot."""
        moments = None if life is None else Moments(self._journal(life), deadly, signal.SIGKILL)
        self._bot = Fork(self.environ, self.log, moments)
        await self._bot.start()
        return self._bot

    def _journal(self, life: int) -> Path:
        return self.playground.folder / f"moments-{life}"

    # What runs

    def running(self, service: str, environment: str) -> str:
        """The version that the cluster was told to run."""
        deployment = self._deployment(service, environment)
        return image_tag(deployment["spec"]["template"]["spec"]["containers"][0]["image"])

    def templates(self, service: str, environment: str) -> int:
        """How often anybody has changed what it was told to run, since the stage stands."""
        return self._templates[f"shop-{environment}", service]

    def revisions(self, service: str, environment: str) -> int:
        """How many rollouts there have been."""
        sets = self.playground.cluster.store.all(REPLICA_SET, f"shop-{environment}")
        mine = [one for one in sets if one["metadata"]["labels"]["app"] == service]
        return max(int(one["metadata"]["annotations"]["deployment.kubernetes.io/revision"]) for one in mine)

    def _deployment(self, service: str, environment: str) -> Json:
        found = self.playground.cluster.store.get(DEPLOYMENT, f"shop-{environment}", service)
        assert found is not None
        return found

    def _count(self, change: Change) -> None:
        if change.kind is DEPLOYMENT and change.previous:
            old, new = change.previous["spec"]["template"], change.object["spec"]["template"]
            metadata = change.object["metadata"]
            self._templates[metadata["namespace"], metadata["name"]] += old != new
