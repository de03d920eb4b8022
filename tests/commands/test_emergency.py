"""Conversations in an emergency: what it passes over, what it does not, and what it costs afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.commands.scenes import begun, press, runs, scene, shows
from tests.world import World

EMERGENCY = '/deploy api {} production --strategy rolling --emergency "cards are declined"'


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[World]:
    async with scene(tmp_path) as world:
        yield world


async def test_it_passes_over_locks_and_freezes_and_somebody_else_signs_it(shop: World) -> None:
    await shop.dana.type("deploys", '/deploy lock api production "db migration"')
    await shop.vic.wait_message("deploys", "api/production is locked")
    await shop.ari.type("deploys", "/freeze production for 2h the sale")
    await shop.vic.wait_message("deploys", "production is frozen")
    await shop.cam.type("deploys", EMERGENCY.format("v1.2"))
    card = await shop.dana.wait_message("deploys", "Emergency deploy #1 api v1.2 to production: ")
    assert "*Emergency:* Cam Lindqvist started it without approval: “cards are declined”." in card["text"]
    plan = (await shop.line(card, "*The plan:*"))["text"]
    for said in ("locked by Dana Ortiz", "frozen by Ari Novak"):
        assert said in plan
    assert plan.count("(passed over)") >= 2
    asked = await shop.line(card, "Cam Lindqvist changed `api/production` without approval")
    await shows(shop, card, "runs, being watched", within=15)
    assert runs(shop, "api") == "v1.2"
    await shop.dana.type("deploys", "/deploy status")
    assert "review due" in (await shop.vic.wait_message("deploys", "*To be reviewed*"))["text"]
    await press(shop.cam, asked, "Sign…")
    await shop.told(shop.cam, "You did this yourself")
    await press(shop.ari, asked, "Sign…")
    await shop.ari.submit(await shop.ari.wait_view("Sign"), note="the change, and the errors since")
    await shop.line(card, "Ari Novak signed")


async def test_it_goes_before_what_has_not_begun(shop: World) -> None:
    await shop.dana.type("deploys", "/deploy api v1.3 production")
    waiting = await shop.dana.wait_message("deploys", "Deploy #1 api v1.3 to production: waiting for approval")
    await shop.cam.type("deploys", EMERGENCY.format("v1.2"))
    await shows(shop, waiting, "Deploy #1 api v1.3 to production: queued")
    await shop.dana.wait_message("deploys", "Emergency deploy #2 api v1.2 to production: runs", within=15)
    await shows(shop, waiting, "Deploy #1 api v1.3 to production: waiting for approval")


async def test_it_does_not_push_aside_what_has_begun(shop: World) -> None:
    card = await begun(shop, "/deploy api v1.3 production --strategy steered")
    card = await shows(shop, card, "*now 25 %*")
    await shop.cam.type("deploys", EMERGENCY.format("v1.2"))
    assert "abort it on its card" in await shop.told(shop.cam, "Deploy #1 is running there")
    await press(shop.cam, card, "Abort and go back")
    await shows(shop, card, "failed and rolled back")
    await shop.cam.type("deploys", EMERGENCY.format("v1.2"))
    await shop.dana.wait_message("deploys", "Emergency deploy #2 api v1.2 to production: runs", within=20)


async def test_it_takes_a_right_and_a_reason(shop: World) -> None:
    await shop.dana.type("deploys", EMERGENCY.format("v1.2"))
    assert "Cam Lindqvist" in await shop.told(shop.dana, "You may not deploy without approval")
    await shop.cam.type("deploys", "/deploy api v1.2 production --emergency")
    await shop.told(shop.cam, "`--emergency` needs a value behind it")
    assert runs(shop, "api") == "v1.1"
