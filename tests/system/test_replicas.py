"""Two replicas on one PostgreSQL: one dies or freezes in the middle of a deploy, the other finishes it."""

import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import psycopg
import pytest

from playground.client import Json
from playground.harness import free_port
from tests.databases import opened
from tests.system.crashing import Fate, Moments
from tests.system.forks import Fork
from tests.system.people import PATIENCE, approve, ask
from tests.system.scenes import Approved, TurnedBack, enact
from tests.system.scenes_of_strategies import Canary, Steered
from tests.system.stage import Stage

pytestmark = pytest.mark.timeout(150)
ADOPTED = (
    40.0  # seconds; two until it is adopted, ten until PostgreSQL ends a frozen transaction, and those of the load
)


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    async with opened("postgresql", tmp_path) as store:
        yield store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
async def stage(url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(tmp_path / "stage", extra={"DATABASE_URL": url}) as stage:
        yield stage


async def test_the_scene_on_postgresql(stage: Stage) -> None:
    await enact(Approved(), stage)


async def test_one_process_that_dies_and_is_started_again_on_postgresql(stage: Stage) -> None:
    await enact(Approved(), stage, Fate(at=frozenset({"patched deployments"})))


class Replicas:
    """The first owns the deploy and meets its fate at a moment; the second lives."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._forks: list[Fork] = []

    async def start_first(self, fateful: str, number: signal.Signals) -> None:
        await self._start(Moments(self.stage.playground.folder / "moments", Fate(at=frozenset({fateful})), number))

    async def start_second(self) -> None:
        await self._start(None)

    @property
    def first(self) -> Fork:
        return self._forks[0]

    async def frozen(self) -> psutil.Process:
        """The first, once it is stopped."""
        process = psutil.Process(self.first.pid)
        await self.stage.dana.wait(lambda: process.status() == psutil.STATUS_STOPPED, within=4 * PATIENCE)
        return process

    async def end(self) -> None:
        for fork in self._forks:
            fork.kill()
            await fork.ended()

    async def _start(self, moments: Moments | None) -> None:
        fork = Fork(self.stage.environ | {"PORT": str(free_port())}, self.stage.log, moments)
        self._forks.append(fork)
        await fork.start()


@pytest.fixture
async def replicas(stage: Stage) -> AsyncIterator[Replicas]:
    two = Replicas(stage)
    yield two
    await two.end()


async def approved(replicas: Replicas, fateful: str, number: signal.Signals) -> Json:
    """Dana asks the first; then the second comes up, and Ari approves."""
    stage = replicas.stage
    await replicas.start_first(fateful, number)
    card = await ask(stage.dana, "/deploy web v2.1 production", "production: waiting")
    await replicas.start_second()
    await approve(stage.ari, card)
    return card


async def done(stage: Stage, card: Json) -> None:
    await stage.dana.wait_message("deploys", "production: done", within=ADOPTED)
    await stage.dana.wait_message("deploys", "*Done:*", thread=card["ts"], within=ADOPTED)


MOMENTS = [
    "step stands: recorded",
    "about to patch deployments",
    "patched deployments",
    "deploy.applied: in its transaction",
    "step roll out: done, not recorded",
    "looked: committed",
    "step finish: done, not recorded",
]


@pytest.mark.parametrize("moment", [*MOMENTS, "post end: claimed"])
async def test_the_other_replica_finishes_what_a_killed_one_began(replicas: Replicas, moment: str) -> None:
    scene, stage = Approved(), replicas.stage
    before = scene.counted(stage)
    card = await approved(replicas, moment, signal.SIGKILL)
    assert await replicas.first.ended() == -signal.SIGKILL
    await done(stage, card)
    await scene.prove(stage, before, lives=2)


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_frozen_replica_that_comes_back_changes_nothing(url: str, replicas: Replicas, moment: str) -> None:
    scene, stage = Approved(), replicas.stage
    before = scene.counted(stage)
    card = await approved(replicas, moment, signal.SIGSTOP)
    frozen = await replicas.frozen()
    cut_lease(url, frozen)
    await done(stage, card)
    frozen.send_signal(signal.SIGCONT)
    assert await replicas.first.ended() == 1, "it notices that others have taken over"
    await scene.prove(stage, before, lives=2)


async def test_a_frozen_replica_does_not_bring_back_what_the_other_has_turned_back(
    url: str, replicas: Replicas
) -> None:
    scene, stage = TurnedBack(), replicas.stage
    before = scene.counted(stage)
    await replicas.start_first("about to patch deployments", signal.SIGSTOP)
    await stage.dana.type("deploys", "/deploy web v2.1-bad staging")
    frozen = await replicas.frozen()
    await replicas.start_second()
    cut_lease(url, frozen)
    await stage.dana.wait_message("deploys", "staging: failed and rolled back", within=ADOPTED)
    frozen.send_signal(signal.SIGCONT)  # its change of the cluster goes out now
    assert await replicas.first.ended() == 1
    await scene.prove(stage, before, lives=2)


@pytest.mark.parametrize("moment", ["step hold 0: done, not recorded", "step weight 1: done, not recorded"])
async def test_the_other_replica_goes_on_with_a_canary_where_a_killed_one_stood(
    replicas: Replicas, moment: str
) -> None:
    scene, stage = Steered(), replicas.stage
    before = scene.counted(stage)
    await replicas.start_first(moment, signal.SIGKILL)
    card = await ask(stage.dana, scene.asks, scene.card)
    await replicas.start_second()
    await scene.act(stage)
    assert await replicas.first.ended() == -signal.SIGKILL
    begun = time.monotonic()
    await stage.dana.wait_message("deploys", "Resumed <", thread=card["ts"], within=ADOPTED)
    print(f"adopted after {time.monotonic() - begun:.1f} s")
    await stage.dana.wait_message("deploys", f"{scene.card}: done", within=ADOPTED)
    await scene.prove(stage, before, lives=2)


@pytest.mark.parametrize(
    "moment", ["about to create deployments", "about to patch httproutes", "about to delete deployments"]
)
async def test_a_frozen_replica_gives_no_traffic_back_to_a_canary_that_is_over(
    url: str, replicas: Replicas, moment: str
) -> None:
    scene, stage = Canary(), replicas.stage
    before = scene.counted(stage)
    await replicas.start_first(moment, signal.SIGSTOP)
    await stage.dana.type("deploys", scene.asks)
    frozen = await replicas.frozen()
    await replicas.start_second()
    cut_lease(url, frozen)
    await stage.dana.wait_message("deploys", f"{scene.card}: done", within=ADOPTED)
    frozen.send_signal(signal.SIGCONT)  # what it was about to do goes out now
    assert await replicas.first.ended() == 1
    await scene.prove(stage, before, lives=2)


def cut_lease(url: str, process: psutil.Process) -> None:
    """End the session that holds the lease of this process, as a broken network would."""
    ports = [connection.laddr.port for connection in process.net_connections("tcp")]
    with psycopg.connect(url, autocommit=True) as server:
        cut = server.execute(
            "select pg_terminate_backend(pid) from pg_locks join pg_stat_activity using (pid)"
            " where locktype = 'advisory' and state = 'idle' and client_port = any(%s)",
            [ports],
        )
        assert cut.fetchall() == [(True,)]
