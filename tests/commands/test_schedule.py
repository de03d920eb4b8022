"""Conversations about time and turns: later, in a window, not after; who waits behind whom."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from playground.client import Json
from tests.commands.scenes import asked, begun, buttons, press, runs, scene, shows
from tests.world import World

STEERED = "/deploy api v1.2 production --strategy steered"


def window(begins: timedelta) -> dict[str, str]:
    """A maintenance window of two hours for production."""
    start = f"{datetime.now(UTC) + begins:%Y-%m-%d %H:%M}"
    period = {"name": "the quiet hours", "from": start, "for": "2h", "environments": ["production"]}
    return {"QUARTERDECK__CALENDAR__WINDOWS": json.dumps([period])}


@pytest.fixture
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    begins = getattr(request, "param", None)
    async with scene(tmp_path, None if begins is None else window(begins)) as world:
        yield world


async def canary(world: World) -> Json:
    """A canary stands at its first step and has the place."""
    card = await begun(world, STEERED)
    return await shows(world, card, "*now 25 %*")


async def test_what_is_asked_for_meanwhile_waits_in_turn_and_goes_when_the_place_is_free(shop: World) -> None:
    first = await canary(shop)
    await shop.dana.type("deploys", "/deploy api v1.3 production")
    second = await shop.dana.wait_message("deploys", "Deploy #2 api v1.3 to production: queued")
    assert "*Waits behind <" in second["text"]
    assert ", position 1." in second["text"]
    await shop.ari.type("deploys", "/deploy api v1.4 production")
    third = await shop.dana.wait_message("deploys", "Deploy #3 api v1.4 to production: queued")
    assert ", position 2." in third["text"]
    await shop.dana.type("deploys", "/deploy queue")
    listed = (await shop.vic.wait_message("deploys", "*Waits for api/production*"))["text"]
    assert listed.index("v1.3") < listed.index("v1.4")
    await press(shop.dana, second, "Cancel")
    await shows(shop, second, "Deploy #2 api v1.3 to production: cancelled")
    await shows(shop, third, ", position 1.")
    await press(shop.dana, first, "Abort and go back")
    await shop.line(third, "*Your turn*, <@U0ARI>")
    await shows(shop, third, "Deploy #3 api v1.4 to production: waiting for approval")


async def test_a_rollback_goes_before_what_has_not_begun(shop: World) -> None:
    await shows(
        shop, await begun(shop, "/deploy api v1.2 production --strategy rolling"), "runs, being watched", within=20
    )
    waiting = await asked(shop, "/deploy api v1.3 production --strategy rolling")
    request = await shop.request(waiting)
    await shop.dana.type("deploys", "/rollback api production")
    back = await shop.dana.wait_message("deploys", "Rollback #3 api v1.1 to production: ")
    await shows(shop, waiting, "Deploy #2 api v1.3 to production: queued")
    request = await shows(shop, request, "*Back in the queue*")
    assert buttons(request) == []
    await shows(shop, back, "Rollback #3 api v1.1 to production: done", within=20)
    await shows(shop, waiting, "Deploy #2 api v1.3 to production: waiting for approval", within=15)
    assert runs(shop, "api") == "v1.1"


async def test_it_starts_at_its_time_and_not_before(shop: World) -> None:
    card = await asked(shop, '/deploy web v2.1 production --strategy rolling --at "in 5s"')
    assert "*Starts by itself*, not before <!date^" in card["text"]
    await press(shop.ari, await shop.request(card), "Approve")
    card = await shows(shop, card, "web v2.1 to production: scheduled")
    await shop.dana.type("deploys", "/deploy queue")
    assert "starts <!date^" in (await shop.vic.wait_message("deploys", "*Scheduled*"))["text"]
    assert runs(shop, "web") == "v2.0"
    await shows(shop, card, "web v2.1 to production: done", within=20)


async def test_what_is_scheduled_is_looked_at_again_when_its_time_comes(shop: World) -> None:
    card = await asked(shop, '/deploy web v2.1 production --at "in 5s"')
    await press(shop.ari, await shop.request(card), "Approve")
    await shows(shop, card, "web v2.1 to production: scheduled")
    await shop.ari.type("deploys", '/deploy lock web production "the database moves"')
    await shop.vic.wait_message("deploys", "web/production is locked")
    assert "locked by Ari Novak" in (await shop.line(card, "*Not started:*"))["text"]
    await shows(shop, card, "web v2.1 to production: not started")
    assert runs(shop, "web") == "v2.0"


@pytest.mark.parametrize("shop", [timedelta(hours=-1)], indirect=True)
async def test_in_an_open_window_it_starts_at_once(shop: World) -> None:
    card = await begun(shop, "/deploy web v2.1 production --strategy rolling --in-window")
    await shows(shop, card, "web v2.1 to production: done")


@pytest.mark.parametrize("shop", [timedelta(hours=1)], indirect=True)
async def test_before_its_window_opens_it_waits_and_is_given_up_in_time(shop: World) -> None:
    card = await asked(shop, "/deploy web v2.1 production --in-window --expires 3s")
    for said in ("only in a maintenance window", "Given up if it has not started by <!date^"):
        assert said in card["text"]
    await press(shop.ari, await shop.request(card), "Approve")
    card = await shows(shop, card, "web v2.1 to production: scheduled")
    await shows(shop, card, "it could not start in time")
    assert runs(shop, "web") == "v2.0"


@pytest.mark.parametrize(
    ("option", "answer"),
    [
        ("--at yesterday", "no moment"),
        ("--at", "needs a value behind it"),
        ("--expires soon", "no length of time"),
        ("--strategy canery", "There is no strategy `canery`"),
        ('--emergency "now" --at 22:00', "An emergency goes now"),
        ("--force", "I don't know the option `--force`"),
    ],
)
async def test_an_option_that_is_none_is_answered_with_those_that_are(shop: World, option: str, answer: str) -> None:
    await shop.cam.type("deploys", f"/deploy api v1.2 production {option}")
    await shop.told(shop.cam, answer)
