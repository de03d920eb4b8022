"""Conversations at a step: pause, resume, promote, abort, by people with the right and without it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.client import Json
from tests.commands.scenes import begun, buttons, press, runs, scene, shows, thread
from tests.world import World

STEERED = "/deploy api v1.2 production --strategy steered"
IMPATIENT = {
    "QUARTERDECK__DEPLOY__WAITS_AT_MOST": "2s",
    "QUARTERDECK__STRATEGIES__STEERED__STEPS": json.dumps([{"weight": 25, "manual": True}]),
}


@pytest.fixture
async def shop(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with scene(tmp_path, getattr(request, "param", None)) as world:
        yield world


async def at(world: World, card: Json, share: str) -> Json:
    """The card, once the step is reached."""
    await world.line(card, f"{share} of the traffic")
    return await shows(world, card, f"*now {share}*")


async def test_a_step_is_paused_resumed_and_promoted_by_whoever_may_steer(shop: World) -> None:
    card = await at(shop, await begun(shop, STEERED), "25 %")
    assert buttons(card) == ["Promote", "Pause", "Abort and go back"]
    for label in ("Pause", "Promote"):
        await press(shop.vic, card, label)
    refused = await shop.told(shop.vic, "You may not pause, resume or promote a deploy of *api* in *production*")
    assert "Ari Novak" in refused
    await press(shop.ari, card, "Pause")
    await shop.line(card, "*Paused at 25 %* by Ari Novak.")
    card = await shows(shop, card, "rolling out, paused at 25 %")
    assert buttons(card) == ["Promote", "Resume", "Abort and go back"]
    await press(shop.dana, card, "Resume")
    await shop.line(card, "*Resumed* by Dana Ortiz.")
    card = await shows(shop, card, "api v1.2 to production: rolling out, 25 %")
    await press(shop.cam, card, "Promote")
    await shop.line(card, "*Promoted* to 50 % by Cam Lindqvist.")
    card = await at(shop, card, "50 %")
    await shop.line(card, "*Waits for you*, <@U0DANA>: this step goes on when somebody promotes it.")
    await press(shop.dana, card, "Promote")
    card = await shows(shop, card, "*now 75 %*")
    await shop.line(card, "*Step 3 of 3: 50 % of the traffic (75 % asked)*")
    await press(shop.dana, card, "Promote")
    await shop.line(card, "*Promoted* to the whole past the gate `standard` by Dana Ortiz.")
    await shows(shop, card, "production: done", within=15)
    assert runs(shop, "api") == "v1.2"


async def test_two_who_promote_the_same_step_promote_one_step(shop: World) -> None:
    card = await at(shop, await begun(shop, STEERED), "25 %")
    await asyncio.gather(shop.ari.click(card, "Promote"), shop.cam.click(card, "Promote"))
    first = asyncio.ensure_future(shop.told(shop.ari, "That step is over already", within=5))
    second = asyncio.ensure_future(shop.told(shop.cam, "That step is over already", within=5))
    done, pending = await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
    for waiting in pending:
        waiting.cancel()
    assert "look at the card" in done.pop().result()
    await at(shop, card, "50 %")
    assert len([line for line in await thread(shop, card) if "*Promoted*" in line]) == 1


async def test_a_rollout_is_aborted_at_a_step_by_whoever_may_roll_back(shop: World) -> None:
    card = await at(shop, await begun(shop, STEERED), "25 %")
    await press(shop.vic, card, "Abort and go back")
    await shop.told(shop.vic, "You may not")
    await press(shop.cam, card, "Abort and go back")
    alert = await shop.line(card, "Cam Lindqvist aborted it. It had 25 % of the traffic.")
    assert "Going back to `v1.1` now" in alert["text"]
    card = await shows(shop, card, "failed and rolled back")
    assert buttons(card) == []
    assert runs(shop, "api") == "v1.1"
    await shop.dana.type("deploys", STEERED)
    refused = await shop.dana.wait_message("deploys", "api v1.2 to production: not started")
    assert "v1.2 was rolled back by deploy #1: Cam Lindqvist aborted it" in refused["text"]


async def test_a_paused_rollout_can_be_aborted_as_well(shop: World) -> None:
    card = await at(shop, await begun(shop, STEERED), "25 %")
    await press(shop.dana, card, "Pause")
    card = await shows(shop, card, "paused at 25 %")
    await press(shop.dana, card, "Abort and go back")
    await shows(shop, card, "failed and rolled back")


@pytest.mark.parametrize("shop", [IMPATIENT], indirect=True)
async def test_what_nobody_decides_goes_back(shop: World) -> None:
    card = await begun(shop, STEERED)
    await shop.line(card, "nobody decided whether to go on. It had 25 % of the traffic.")
    await shows(shop, card, "failed and rolled back")
