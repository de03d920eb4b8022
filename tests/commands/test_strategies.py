"""Conversations about strategies: what a canary, two colours and a gap look like from the request to the end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from playground.client import Json
from playground.cluster.api.kinds import DEPLOYMENT, HTTP_ROUTE, SERVICE
from playground.prometheus.faults import Fault
from tests.commands.scenes import SHOP, begun, busy, buttons, found, press, runs, scene, shows, thread
from tests.world import World


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[World]:
    async with scene(tmp_path) as world:
        yield world


async def test_a_good_canary_goes_from_step_to_step_and_is_known_good_when_its_watch_is_over(shop: World) -> None:
    await busy(shop)
    card = await begun(shop, "/deploy api v1.2 production")
    for said in ("5 % for 1 s, gate `standard`; then 50 % for 1 s", "watched by the gate `after` for 8 s"):
        assert said in (await shop.line(card, "*The plan:*"))["text"]
    await shop.line(card, "*Step 1 of 2: 25 % of the traffic (5 % asked)*")
    card = await shows(shop, card, "*Traffic:* 5 % asked, really 25 %: 1 new, 3 old replicas")
    assert "api v1.2 to production: rolling out, 5 %" in card["text"]
    await shop.line(card, "*Gate `standard` has passed*", within=15)
    await shop.line(card, "*Step 2 of 2: 50 % of the traffic*")
    await shop.line(card, "*Done:* `v1.2` runs everywhere")
    assert runs(shop, "api") == "v1.2"
    await shows(shop, card, "runs, being watched")
    card = await shows(shop, card, "production: done, known good", within=15)
    assert buttons(card) == ["Roll back"]
    assert not found(shop, DEPLOYMENT, "api-canary")


@pytest.mark.parametrize(
    ("version", "metric"),
    [
        ("v1.3-err30", "• errors: "),
        ("v1.3-lat400", "98 % sure that it is at least "),
    ],
)
async def test_a_canary_that_is_worse_goes_back_without_anybody_and_says_what_was_measured(
    shop: World, version: str, metric: str
) -> None:
    await busy(shop)
    card = await begun(shop, f"/deploy api {version} production")
    alert = await shop.line(card, f"api `{version}` failed in production:*", within=20)
    for said in (
        "the new version is worse",
        "It had 25 % of the traffic",
        metric,
        "Going back to `v1.1` now",
        "<@U0DANA>",
    ):
        assert said in alert["text"]
    assert alert["subtype"] == "thread_broadcast"
    card = await shows(shop, card, "failed and rolled back")
    assert "*The gate* failed: " in card["text"]
    assert buttons(card) == []
    await shop.line(card, "*Rolled back:* `v1.1` serves again")
    measured = (await shop.line(card, "*The service is back to normal.*", within=20))["text"]
    assert "/s" in measured.split("requests")[1].splitlines()[0], "each number has its unit"
    assert runs(shop, "api") == "v1.1"
    assert not found(shop, DEPLOYMENT, "api-canary")


async def test_a_bad_canary_that_is_paused_goes_back_all_the_same(shop: World) -> None:
    await busy(shop)
    card = await begun(shop, "/deploy api v1.3-err30 production")
    card = await shows(shop, card, "rolling out, 5 %")
    await press(shop.ari, card, "Pause")
    await shop.line(card, "*Paused at 5 %* by Ari Novak.")
    await shows(shop, card, "failed and rolled back", within=20)


async def test_a_canary_that_nobody_uses_never_passes_and_a_person_promotes_it(shop: World) -> None:
    await busy(shop, rps=4)
    card = await begun(shop, "/deploy api v1.2 production")
    await shop.line(card, "*Waits for you*, <@U0DANA>: the gate can't decide.", within=20)
    card = await shows(shop, card, "*Gate* `standard`: inconclusive: ")
    assert "more requests" in card["text"]
    assert "*now 5 %*" in card["text"]
    await press(shop.vic, card, "Promote")
    await shop.told(shop.vic, "You may not pause, resume or promote")
    await press(shop.ari, card, "Promote")
    await shop.line(card, "*Promoted* to 50 % past the gate `standard` by Ari Novak.")
    await shop.line(card, "*Done:* `v1.2` runs everywhere", within=20)
    assert not [line for line in await thread(shop, card) if "has passed" in line]


async def test_metrics_that_are_away_decide_nothing_ask_a_person_and_go_on_when_they_are_back(shop: World) -> None:
    await busy(shop)
    shop.playground.prometheus.faults.add(Fault(kind="outage"))
    card = await begun(shop, "/deploy api v1.2 production")
    asked = await shop.line(card, "*Waits for you*, <@U0DANA>: the gate can't decide.", within=20)
    assert "• errors: Prometheus" in asked["text"]
    card = await shows(shop, card, "could not be measured")
    assert "rolling out, 5 %" in card["text"]
    shop.playground.prometheus.faults.clear()
    await shop.line(card, "*Gate `standard` has passed*", within=20)
    await shop.line(card, "*Done:*", within=15)


async def test_one_of_three_is_a_third_whatever_was_asked_for(shop: World) -> None:
    await busy(shop, "web")
    card = await begun(shop, "/deploy web v2.1 production")
    await shop.line(card, "*Step 1 of 2: 33 % of the traffic (5 % asked)*")
    await shows(shop, card, "*Traffic:* 5 % asked, really 33 %: 1 new, 2 old replicas")


async def test_a_route_splits_the_traffic_as_asked_and_sends_all_of_it_back(shop: World) -> None:
    await busy(shop, "pay")
    card = await begun(shop, "/deploy pay v5.2-err90 production")
    await shop.line(card, "*Step 1 of 2: 5 % of the traffic* for `v5.2-err90`")
    await shows(shop, card, "*Traffic:* 5 %, as asked")
    assert weights(shop) == [95, 5]
    await shows(shop, card, "failed and rolled back", within=20)
    assert weights(shop) == [100, 0]
    await shop.line(card, "*The service is back to normal.*", within=20)
    card = await begun(shop, "/deploy pay v5.3 production")
    await shows(shop, card, "pay v5.3 to production: done", within=25)
    assert weights(shop) == [100, 0]
    assert runs(shop, "pay") == "v5.3"


async def test_two_colours_switch_at_once_stay_warm_and_are_tidied(shop: World) -> None:
    await busy(shop, "cart")
    card = await begun(shop, "/deploy cart v3.1 production --major")
    await shop.line(card, "*Step 1 of 1: beside, no traffic*")
    await shows(shop, card, "production: runs, being watched")
    assert (colour(shop), replicas(shop, "cart-blue")) == ("green", 2), "the old one is kept warm"
    card = await shows(shop, card, "production: done, known good", within=15)
    await shop.dana.wait(lambda: replicas(shop, "cart-blue") == 0)
    assert await unserved(shop, "cart") == 0


async def test_the_colour_that_is_still_warm_takes_over_at_once(shop: World) -> None:
    card = await begun(shop, "/deploy cart v3.1 production --major")
    card = await shows(shop, card, "production: runs, being watched")
    before = pods(shop, "cart-blue")
    await press(shop.dana, card, "Roll back")
    await shows(shop, card, "failed and rolled back")
    assert (colour(shop), pods(shop, "cart-blue")) == ("blue", before), "nothing had to be started"
    await shop.dana.wait(lambda: replicas(shop, "cart-green") == 0)


async def test_recreate_stops_the_old_ones_first_and_says_so_before_anybody_agrees(shop: World) -> None:
    card = await begun(shop, "/deploy api v1.2 production --strategy recreate")
    assert "for a moment none serves" in (await shop.line(card, "*The plan:*"))["text"]
    await shows(shop, card, "api v1.2 to production: runs, being watched", within=15)
    assert runs(shop, "api") == "v1.2"


def weights(world: World) -> list[int]:
    """What the route sends where: to the old version, and to the canary."""
    [rule] = found(world, HTTP_ROUTE, "pay")["spec"]["rules"]
    return [one.get("weight", 1) for one in rule["backendRefs"]]


def colour(world: World) -> str:
    """The colour that serves."""
    return str(found(world, SERVICE, "cart")["spec"]["selector"]["color"])


def replicas(world: World, name: str) -> int:
    return int(found(world, DEPLOYMENT, name)["spec"]["replicas"])


def pods(world: World, name: str) -> Json:
    """What the pods of a Deployment are made from."""
    template: Json = found(world, DEPLOYMENT, name)["spec"]["template"]
    return template


async def unserved(world: World, service: str) -> int:
    """How many requests have found nobody."""
    async with ClientSession() as session, session.get(f"{world.playground.cluster.url}/play/traffic") as said:
        services = (await said.json())["services"]
    return sum(one["unserved"] for one in services if (one["namespace"], one["service"]) == (SHOP, service))
