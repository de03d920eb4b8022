"""Twenty people press different buttons at once: each is answered, and what is left is one version and one truth."""

import asyncio
import random
from pathlib import Path

import pytest
from sqlmodel import col, select

from bot import audit
from bot.deploy.model import ACTIVE, Deploy, State
from bot.lock.model import Hold, Lock
from bot.store import Store
from playground.world import PEOPLE
from tests.system.crowd import PLACE, PRESSES, Member, all_answered, clear_away, grants, people
from tests.system.people import PATIENCE
from tests.system.proof import settled, unfinished_flows, unsent_posts
from tests.system.stage import Stage


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_each_press_is_answered_and_one_version_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("playground.slack.team.PEOPLE", PEOPLE + people())
    async with Stage(tmp_path, extra={"QUARTERDECK__PEOPLE__GRANTS": grants()}) as stage:
        await stage.start()
        store = Store(stage.environ["DATABASE_URL"])
        try:
            await play(stage, store, seed)
            await prove(stage, store)
        finally:
            await store.close()


async def play(stage: Stage, store: Store, seed: int) -> None:
    crowd = [Member(stage.slack.person(one.name), random.Random(f"{seed} {one.name}")) for one in people()]
    await stage.dana.type("deploys", f"/deploy {PLACE.replace(' ', ' v5.2 ')}")
    await stage.dana.wait_message("deploys", "pay v5.2 to crowded", within=PATIENCE)
    for _ in range(PRESSES):
        await asyncio.gather(*(one.press() for one in crowd))
    assert sum(one.pressed for one in crowd) > len(crowd)
    assert await all_answered(store, crowd) == []
    await clear_away(stage.cam)


async def prove(stage: Stage, store: Store) -> None:
    assert await settled(lambda: unfinished_flows(stage.environ["DATABASE_URL"])) == []
    assert await settled(lambda: unsent_posts(store)) == []
    async with store.reading() as rows:
        deploys = (await rows.exec(select(Deploy).order_by(col(Deploy.started_at)))).all()
        held = (await rows.exec(select(Lock.holder).where(Lock.kind == Hold.CHANGE))).all()
    assert held == []
    assert (await audit.verify(store))[1] is None
    assert [one.state for one in deploys if one.state in ACTIVE] == []
    assert State.FAILED not in {one.state for one in deploys}
    runs = [one for one in deploys if one.state == State.SUCCEEDED]
    await stage.dana.wait(lambda: stage.serving.left("shop-production", "pay") == [], within=PATIENCE)
    assert stage.serving.running("shop-production", "pay") == (runs[-1].version if runs else "v5.1")
    assert stage.serving.unserved("shop-production", "pay") == 0
