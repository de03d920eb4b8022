"""Conversations about migrations: before the traffic, failing, and the way back that a person has to choose."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.client import Json
from tests.commands.scenes import asked, begun, busy, buttons, press, runs, scene, shows
from tests.world import World

MIGRATION = "QUARTERDECK__SERVICES__API__ENVIRONMENTS__PRODUCTION__MIGRATION"
UP, DOWN = ["alembic", "upgrade", "head"], ["alembic", "downgrade", "-1"]
SAFE = {MIGRATION: json.dumps({"up": UP, "reversible": True})}
UNSAFE = {MIGRATION: json.dumps({"up": UP, "down": DOWN})}
FOR_EVER = {MIGRATION: json.dumps({"up": UP})}
WORSE = "/deploy api v1.3-err30 production --strategy watched"


@pytest.fixture
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with scene(tmp_path, request.param) as world:
        await busy(world)
        yield world


async def stuck(world: World) -> tuple[Json, Json]:
    """A version that migrated the database turns out to be worse: its card, and the question in its thread."""
    card = await begun(world, WORSE)
    question = await world.line(card, "*The way back needs a person*, <@U0DANA>", within=25)
    assert question["subtype"] == "thread_broadcast"
    assert runs(world, "api") == "v1.3-err30"
    return card, question


@pytest.mark.parametrize("shop", [SAFE], indirect=True)
async def test_it_runs_once_before_the_new_version_gets_traffic_and_a_rollback_is_safe(shop: World) -> None:
    card = await asked(shop, WORSE)
    plan = (await shop.line(card, "*The plan:*"))["text"]
    assert "*Migration:* `alembic upgrade head` runs once, before the new version gets traffic." in plan
    assert "`v1.1` works on the migrated database, so going back is safe" in plan
    await press(shop.ari, await shop.request(card), "Approve")
    await shows(shop, card, "rolling out, migrating first")
    assert runs(shop, "api") == "v1.1"
    done = await shop.line(card, "*The migration is done:*")
    assert "Running upgrade" in done["text"]
    await shows(shop, card, "failed and rolled back", within=25)


@pytest.mark.parametrize("shop", [SAFE], indirect=True)
async def test_one_that_fails_ends_the_deploy_before_anything_is_rolled_out(shop: World) -> None:
    card = await begun(shop, "/deploy api v1.2-badmigration production")
    await shop.line(card, "*The migration has failed:*")
    card = await shows(shop, card, "*Needs a person:* the migration failed, so the new version got no traffic")
    assert buttons(card) == []
    assert runs(shop, "api") == "v1.1"


@pytest.mark.parametrize("shop", [UNSAFE], indirect=True)
async def test_where_the_old_version_may_not_work_a_person_undoes_it_first(shop: World) -> None:
    card, question = await stuck(shop)
    assert buttons(question) == ["Undo it and go back", "Keep it and go back"]
    await press(shop.dana, question, "Undo it and go back")
    await shop.told(shop.dana, "You may not approve")
    await press(shop.ari, question, "Undo it and go back")
    await shop.line(card, "*The migration's way back is done:*")
    card = await shows(shop, card, "failed and rolled back")
    assert "`alembic upgrade head` has been undone" in card["text"]
    assert runs(shop, "api") == "v1.1"
    question = await shop.line(card, "*The way back needs a person*")
    assert buttons(question) == []


@pytest.mark.parametrize("shop", [UNSAFE], indirect=True)
async def test_or_says_that_the_old_version_can_live_with_it(shop: World) -> None:
    card, question = await stuck(shop)
    await press(shop.cam, question, "Keep it and go back")
    card = await shows(shop, card, "failed and rolled back")
    assert "`alembic upgrade head` has run" in card["text"]
    assert runs(shop, "api") == "v1.1"


@pytest.mark.parametrize("shop", [UNSAFE], indirect=True)
async def test_what_can_not_be_undone_after_all_changes_nothing_and_asks_a_person(shop: World) -> None:
    card = await begun(shop, "/deploy api v1.3-err30-irreversible production --strategy watched")
    question = await shop.line(card, "*The way back needs a person*", within=25)
    await press(shop.ari, question, "Undo it and go back")
    await shop.line(card, "*The migration's way back has failed:*")
    await shows(shop, card, "*Needs a person:* the migration could not be undone, so nothing was rolled back")
    assert runs(shop, "api") == "v1.3-err30-irreversible"


@pytest.mark.parametrize("shop", [FOR_EVER], indirect=True)
async def test_where_there_is_no_way_back_at_all_that_is_said_before_anybody_agrees(shop: World) -> None:
    card = await asked(shop, WORSE)
    plan = (await shop.line(card, "*The plan:*"))["text"]
    assert "*it can't be undone*" in plan
    assert "✓ rollback: ready, but not by itself: the migration can't be undone" in plan
    await press(shop.ari, await shop.request(card), "Approve")
    question = await shop.line(card, "It can't be undone by a command.", within=25)
    assert buttons(question) == ["Keep it and go back"]
