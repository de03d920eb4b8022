"""Delivered twice, delivered late, clicked by many: it is done once."""

import asyncio
import json
from collections import Counter

import pytest

from playground.client import Json
from tests.system.proof import Proof, prove
from tests.world import World

LATE = 1.5  # seconds


async def asked(world: World) -> tuple[Json, Json]:
    """Dana wants api v1.2 in production: the card and its request."""
    await world.dana.type("deploys", "/deploy api v1.2 production")
    card = await world.card()
    return card, await world.request(card)


async def proof(world: World) -> Proof:
    return await prove(world.bot.settings.database_url.get_secret_value(), world.slack)


def delivered(world: World) -> Counter[str]:
    """How many commands and clicks the bot was sent."""
    entries = map(json.loads, (world.playground.folder / "slack.jsonl").read_text().splitlines())
    kinds = [entry["type"] for entry in entries if entry["kind"] == "envelope"]
    return Counter(kind for kind in kinds if kind != "events_api")


async def test_every_envelope_twice_and_once_more_when_all_is_over(world: World) -> None:
    await world.slack.fault("duplicate_delivery", count=100)
    await world.slack.fault("late_delivery", count=100, seconds=LATE)
    card, request = await asked(world)
    await world.ari.click(request, "Approve")
    await world.becomes(card, "production: done")
    await asyncio.sleep(LATE)

    once = await proof(world)

    assert delivered(world) == {"slash_commands": 3, "interactive": 3}
    assert once.said == Counter(["card", "plan", "approval", "end"])
    assert once.deeds == Counter(["requested", "planned", "approved", "started", "applied", "serves"])
    assert once.votes == 1
    # Whoever delivered again was Slack: nobody may be bothered with it.
    assert [one for person in (world.dana, world.ari) for one in person.seen()] == []
    assert len([one for one in await world.dana.messages("deploys") if "production" in one["text"]]) == 1


async def test_a_form_that_is_delivered_twice_asks_once(world: World) -> None:
    await world.dana.type("deploys", "/deploy")
    form = await world.dana.wait_view("Deploy")
    await world.slack.fault("duplicate_delivery", count=10)
    await world.slack.fault("late_delivery", count=10, seconds=0.5)
    await world.dana.submit(form, service="api", version="v1.2", environment="production")
    await world.request(await world.card())
    await asyncio.sleep(0.5)

    once = await proof(world)

    assert once.said == Counter(["card", "plan", "approval"])
    assert once.deeds == Counter(["requested", "planned"])


async def test_many_people_click_twice_each_and_one_approval_counts(world: World) -> None:
    card, request = await asked(world)
    people = [world.ari, world.cam, world.ari, world.cam, world.dana, world.vic]
    await asyncio.gather(*(person.click(request, "Approve") for person in people))
    await world.becomes(card, "production: done")

    once = await proof(world)

    assert once.votes == 1
    assert once.deeds["approved"] == once.deeds["applied"] == 1
    assert "somebody else" in await world.told(world.dana, "You asked for this yourself")
    assert "approver" in await world.told(world.vic, "You may not")
    late = [one for person in (world.ari, world.cam) for one in person.seen()]
    assert len([one for one in late if "Nothing to do" in one["text"]]) == 3


@pytest.mark.parametrize("first", ["Approve", "Reject…"])
async def test_yes_and_no_at_once_are_one_decision(world: World, first: str) -> None:
    card, request = await asked(world)
    await world.cam.click(request, "Reject…")
    form = await world.cam.wait_view("Reject")
    no = world.cam.submit(form, reason="not today")
    yes = world.ari.click(request, "Approve")
    await asyncio.gather(*((yes, no) if first == "Approve" else (no, yes)))
    await world.dana.wait(lambda: decided(world, card), within=10)

    once = await proof(world)

    assert once.votes == 1
    assert (once.deeds["approved"], once.deeds["rejected"]) in ((1, 0), (0, 1))
    assert once.deploy.state == ("succeeded" if once.deeds["approved"] else "rejected")


async def decided(world: World, card: Json) -> bool:
    shown = next(one for one in await world.dana.messages("deploys") if one["ts"] == card["ts"])
    return "production: done" in shown["text"] or "production: rejected" in shown["text"]


async def test_several_who_want_the_same_place_at_once_are_one_deploy_and_a_queue(world: World) -> None:
    commands = [f"/deploy api v1.{minor} production" for minor in (2, 3, 4, 5)]
    await asyncio.gather(*(world.dana.type("deploys", command) for command in commands))
    await world.dana.wait(lambda: standing(world, ": waiting", 1))
    await world.dana.wait(lambda: standing(world, ": queued", 3))
    assert (await proof(world)).said == Counter(["card", "plan", "approval"])


async def test_the_same_asked_for_by_several_at_once_is_asked_for_once(world: World) -> None:
    await asyncio.gather(*(one.type("deploys", "/deploy api v1.2 production") for one in (world.dana, world.ari) * 2))
    await world.dana.wait(lambda: standing(world, ": waiting", 1))

    def refused() -> bool:
        told = [one["text"] for person in (world.dana, world.ari) for one in person.seen()]
        return sum("One change at a time" in text for text in told) == 3

    await world.dana.wait(refused)


async def standing(world: World, words: str, many: int) -> bool:
    """Whether so many cards say this."""
    return sum(words in one["text"] for one in await world.dana.messages("deploys")) == many
