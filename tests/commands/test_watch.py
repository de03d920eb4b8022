"""Conversations after the whole: the watch window, what ends it, and the ways back from it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.client import Json
from playground.prometheus.faults import Fault
from tests.commands.scenes import begun, busy, buttons, press, runs, scene, shows
from tests.world import World

WATCHED = "/deploy api {} production --strategy watched"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[World]:
    async with scene(tmp_path) as world:
        await busy(world)
        yield world


async def watched(world: World, version: str = "v1.2") -> Json:
    """It runs everywhere, and is watched."""
    card = await begun(world, WATCHED.format(version))
    await world.line(card, f"*Done:* `{version}` runs everywhere")
    return await shows(world, card, "production: runs, being watched")


async def good(world: World, version: str = "v1.2") -> Json:
    """It has stood its watch."""
    return await shows(world, await watched(world, version), "production: done, known good", within=20)


async def test_what_turns_out_to_be_worse_when_it_runs_everywhere_goes_back_by_itself(shop: World) -> None:
    card = await watched(shop, "v1.3-err30")
    alert = await shop.line(card, "failed in production:* it is worse than what ran before.", within=20)
    assert "• errors: " in alert["text"]
    assert "beyond its limit of 10 % for 2" in alert["text"]
    assert alert["subtype"] == "thread_broadcast"
    await shows(shop, card, "failed and rolled back")
    await shop.line(card, "*The service is back to normal.*", within=20)
    assert runs(shop, "api") == "v1.1"


async def test_a_watched_version_is_rolled_back_by_its_button_at_once(shop: World) -> None:
    card = await watched(shop)
    assert buttons(card) == ["Roll back"]
    await press(shop.vic, card, "Roll back")
    await shop.told(shop.vic, "You may not")
    await press(shop.dana, card, "Roll back")
    await shop.line(card, "Dana Ortiz aborted it.")
    await shows(shop, card, "failed and rolled back")
    assert runs(shop, "api") == "v1.1"


async def test_while_it_is_watched_the_command_goes_back_to_what_ran_before(shop: World) -> None:
    card = await watched(shop)
    await shop.dana.type("deploys", "/rollback api production")
    await shop.dana.wait_message("deploys", "Rollback #2 api v1.1 to production: runs", within=20)
    card = await shows(shop, card, "*Not known good:* deploy #2 took its place before it was known good.")
    assert buttons(card) == []
    assert runs(shop, "api") == "v1.1"


async def test_a_good_version_is_rolled_back_by_its_button_with_a_card_of_its_own(shop: World) -> None:
    card = await good(shop)
    await press(shop.dana, card, "Roll back")
    back = await shop.dana.wait_message("deploys", "Rollback #2 api v1.1 to production: ")
    assert back["ts"] != card["ts"]
    await shop.dana.wait_message("deploys", "Rollback #2 api v1.1 to production: done", within=20)
    assert runs(shop, "api") == "v1.1"
    await shop.dana.type("deploys", "/deploy quarantine api")
    assert "Dana Ortiz rolled back from it" in (await shop.dana.wait_message("deploys", "*In quarantine"))["text"]


async def test_a_rollback_goes_to_what_was_good_and_not_to_what_failed(shop: World) -> None:
    await good(shop)
    failed = await begun(shop, WATCHED.format("v1.3-err30"))
    await shows(shop, failed, "failed and rolled back", within=25)
    assert runs(shop, "api") == "v1.2"
    await shop.dana.type("deploys", "/rollback api production")
    await shop.dana.wait_message("deploys", "Rollback #3 api v1.1 to production: ")


async def test_a_watch_that_could_not_measure_leaves_it_to_a_person_to_call_it_good(shop: World) -> None:
    shop.playground.prometheus.faults.add(Fault(kind="nodata"))
    card = await watched(shop)
    asked = await shop.line(
        card, "*Waits for you*, <@U0DANA>: the watch window is over and the gate could not decide", 20
    )
    assert "call it good, or roll back" in asked["text"]
    card = await shows(shop, card, "*Not known good:* the watch window is over and the gate could not decide.")
    assert buttons(card) == ["Call it good", "Roll back"]
    await press(shop.vic, card, "Call it good")
    await shop.told(shop.vic, "You may not pause, resume or promote")
    await press(shop.ari, card, "Call it good")
    card = await shows(shop, card, "production: done, known good")
    assert buttons(card) == ["Roll back"]


async def test_metrics_that_are_away_for_a_part_of_the_watch_do_not_matter(shop: World) -> None:
    shop.playground.prometheus.faults.add(Fault(kind="outage"))
    card = await watched(shop)
    await shows(shop, card, "*Gate* `after`: inconclusive: errors: Prometheus")
    shop.playground.prometheus.faults.clear()
    await shows(shop, card, "production: done, known good", within=20)


async def test_a_newer_version_takes_the_place_of_one_that_is_still_watched(shop: World) -> None:
    card = await watched(shop)
    newer = await begun(shop, WATCHED.format("v1.4"))
    await shop.line(card, "*Superseded* by deploy #2 of `v1.4` before `v1.2` was known good.")
    card = await shows(shop, card, "*Not known good:* deploy #2 took its place before it was known good.")
    assert buttons(card) == []
    await shows(shop, newer, "api v1.4 to production: done, known good", within=20)


async def test_a_major_change_is_watched_for_longer(shop: World) -> None:
    card = await begun(shop, "/deploy web v2.1 production --strategy watched --major")
    assert "watched by the gate `after` for 4 s" in (await shop.line(card, "*The plan:*"))["text"]
    assert "*Strategy:* watched, a major change" in card["text"]
    await shows(shop, card, "web v2.1 to production: runs, being watched")
