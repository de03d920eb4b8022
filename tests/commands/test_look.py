"""Conversations of those who look: what a deploy would change, and what came of those before it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import select

from bot.deploy.model import Deploy
from playground.client import Json
from playground.loopback import Fault
from playground.prometheus.faults import Fault as PrometheusFault
from tests.commands.scenes import begun, busy, scene
from tests.commands.test_deploy import ask
from tests.world import World


@pytest.fixture
async def informed(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, versions=True) as world:
        yield world


async def test_anybody_may_look_at_what_a_deploy_would_change_and_nothing_is_asked_for(informed: World) -> None:
    await informed.vic.type("deploys", "/deploy diff api v1.2 production")
    said = await informed.told(informed.vic, "Only looked at", within=10)
    for part in (
        "*The plan:* *api* `v1.1` → `v1.2` in *production*",
        "3 commits",
        "api:v1.1 →",
        "One after the other",
        "*Preflight passed*",
        "nothing else is under way there",
        "*The way back:*",
        "1 other would have to approve it",
        "`/deploy api v1.2 production`",
    ):
        assert part in said
    assert await rows(informed) == []
    assert await cards(informed) == []


async def test_a_look_says_what_would_stop_it_or_make_it_wait(world: World) -> None:
    await ask(world)
    await world.ari.type("deploys", '/deploy lock api staging "db migration"')
    await world.vic.wait_message("deploys", "is locked")
    await world.vic.type("deploys", "/deploy diff api v1.3 production --strategy canary")
    said = await world.told(world.vic, "Only looked at", within=10)
    assert "it would wait for its turn, 1 before it: #1 (waiting for approval)" in said
    assert "Step by step" in said
    await world.dana.type("deploys", "/deploy diff api v1.3 staging")
    said = await world.told(world.dana, "Only looked at", within=10)
    assert "*Preflight failed*" in said
    assert "locked by Ari Novak: db migration" in said


async def test_a_look_at_what_does_not_exist_is_answered_like_a_deploy(world: World) -> None:
    await world.dana.type("deploys", "/deploy diff apy v1.2 production")
    assert "Did you mean `pay` or `api`" in await world.told(world.dana, "no service")
    await world.dana.type("deploys", "/deploy diff api v1.2")
    assert "Missing: environment" in await world.told(world.dana, "Missing")


async def test_a_look_while_the_forge_is_away_says_so(informed: World) -> None:
    assert informed.playground.forge
    informed.playground.forge.fail(Fault(kind="outage"))
    await informed.dana.type("deploys", "/deploy diff api v1.2 production")
    assert "*Commits:* nobody can say: GitHub" in await informed.told(informed.dana, "Only looked at", within=15)


async def test_figures_count_what_was_deployed_by_environment(informed: World) -> None:
    await informed.dana.type("deploys", "/deploy stats")
    await informed.vic.wait_message("deploys", "nothing has been deployed")
    await informed.dana.type("deploys", "/deploy api v1.2 staging")
    await informed.dana.wait_message("deploys", "api v1.2 to staging: done", within=15)
    await informed.dana.type("deploys", "/deploy stats api 7")
    said = (await informed.vic.wait_message("deploys", "*staging*"))["text"]
    assert "*api* since" in said
    assert "Deploys: *1* in less than a week" in said
    assert "From request to serving: too few to say (1)" in said
    assert "Lead time, from the first commit: too few to say (1)" in said
    assert "Change failure rate: too few to say (0 of 1)" in said
    assert "*production*" not in said


async def test_figures_are_asked_for_with_a_service_or_days_or_both(world: World) -> None:
    for typed, answer in (
        ("apy", "no service"),
        ("api ten", "`ten` is no number of days"),
        ("api 0", "`0` is no number of days"),
        ("400", "`400` is no number of days"),
        ("api 30 40", "too many words"),
    ):
        await world.dana.type("deploys", f"/deploy stats {typed}")
        await world.told(world.dana, answer)


GATES = {
    "alarming": {"min_requests": 0, "limits": [{"signal": "requests", "above": 0.0, "for": "2s"}]},
    "calm": {"min_requests": 0, "limits": [{"signal": "errors", "above": 0.99, "for": "2s"}]},
}


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[World]:
    """A world in which deploys are watched for a while, and two gates that nobody asks yet."""
    extra = {"QUARTERDECK__GATES": json.dumps(GATES), "QUARTERDECK__DEPLOY__WATCH": "13s"}
    extra["QUARTERDECK__STRATEGIES__ROLLING"] = json.dumps({"kind": "rolling", "watch": None})
    async with World(tmp_path, extra=extra) as world:
        yield world


async def test_gates_are_tried_on_the_past_before_they_are_asked(watched: World) -> None:
    await watched.dana.type("deploys", "/deploy policy test")
    assert "nothing to replay" in await watched.told(watched.dana, "of the last 30 days")
    await watched.dana.type("deploys", "/deploy api v1.2 staging")
    await watched.dana.wait_message("deploys", "api v1.2 to staging: done, known good", within=30)
    await watched.dana.type("deploys", "/deploy policy test alarming 7")
    await watched.told(watched.dana, "Working through 1 deploy of the last 7 days")
    said = await watched.told(watched.dana, "*The gate `alarming`*", within=20)
    assert "would have stopped 1 of 1 deploy* of the last 7 days, 1 falsely" in said
    assert "would have stopped 1 of the 1 that can be judged, 1 falsely" in said
    assert "*falsely:* it became known good" in said
    await watched.dana.type("deploys", "/deploy policy test calm")
    said = await watched.told(watched.dana, "*The gate `calm`*", within=20)
    assert "would have stopped 0 of 1 deploy*" in said
    assert "would have stopped 0 of the 1 that can be judged" in said
    watched.playground.prometheus.faults.add(PrometheusFault(kind="nodata"))
    await watched.vic.type("deploys", "/deploy policy test calm")
    said = await watched.told(watched.vic, "*The gate `calm`*", within=60)
    assert "would have stopped 0 of the 0 that can be judged" in said
    assert "1 can't be judged: the metrics of that time are not there" in said


async def test_a_canary_of_the_past_is_judged_copy_with_copy(tmp_path: Path) -> None:
    async with scene(tmp_path) as shop:
        await busy(shop)
        good = await begun(shop, "/deploy api v1.2 production")
        await shop.becomes(good, "production: done, known good", within=30)
        bad = await begun(shop, "/deploy api v1.3-err30 production")
        await shop.becomes(bad, "failed and rolled back", within=30)
        await shop.vic.type("deploys", "/deploy policy test")
        said = await shop.told(shop.vic, "*The gates*", within=20)
        assert "would have stopped 1 of 2 deploys* of the last 30 days, 1 rightly" in said
        assert "would have stopped 1 of the 2 that can be judged, 1 rightly." in said
        assert "`v1.3-err30` in production (rolled back): failed: errors" in said
        assert "asked more people about 0" in said
        await shop.vic.type("deploys", "/deploy stats api")
        said = (await shop.dana.wait_message("deploys", "*api* since"))["text"]
        assert "too few to say (1 of 2)" in said


async def test_a_replay_of_what_does_not_exist_is_refused(world: World) -> None:
    for typed, answer in (
        ("policy test nosuch", "There are `"),
        ("policy test standard many", "`many` is no number of days"),
        ("policy drop", "only tested"),
        ("policy", "Missing: test"),
    ):
        await world.dana.type("deploys", f"/deploy {typed}")
        await world.told(world.dana, answer)


async def test_a_home_tab_follows_what_happens_while_somebody_may_look_at_it(world: World) -> None:
    assert "Nothing waits for your approval." in str(await world.ari.home())
    request = await ask(world)
    await world.ari.wait(lambda: shown(world, "api"), within=10)
    assert "Nothing waits for your approval." not in homes(world)[-1]
    await world.cam.type("deploys", '/deploy lock web staging "db migration"')
    await world.ari.wait(lambda: shown(world, "*web/staging* is locked by Cam"), within=10)
    await world.ari.click(request, "Approve")
    await world.ari.wait(lambda: shown(world, "known good"), within=15)
    assert "Nothing waits for your approval." in homes(world)[-1]
    assert not [one for one in world.vic.changes if one["type"] == "home"], "who has not opened theirs is left alone"


def homes(world: World) -> list[str]:
    """All that Ari's Home tab has said."""
    return [json.dumps(one, ensure_ascii=False) for one in world.ari.changes if one["type"] == "home"]


def shown(world: World, words: str) -> bool:
    """Whether Ari's Home tab says so now."""
    return words in homes(world)[-1]


async def rows(world: World) -> list[int | None]:
    """The numbers of all deploys that are recorded."""
    async with world.bot.store.reading() as session:
        return [one.id for one in (await session.exec(select(Deploy))).all()]


async def cards(world: World) -> list[Json]:
    """What the bot has said to all."""
    return [
        one for one in await world.vic.messages("deploys") if one.get("bot_id") and "Only looked" not in one["text"]
    ]
