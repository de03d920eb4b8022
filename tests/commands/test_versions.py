"""What people are told about a version before they say yes: which image it is, and whose commits it brings."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.cluster.api.kinds import DEPLOYMENT
from playground.loopback import Fault
from tests.world import World


@pytest.fixture
async def informed(tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, versions=True) as world:
        yield world


async def test_the_plan_names_the_commits_and_what_is_approved_is_one_image(informed: World) -> None:
    await informed.dana.type("deploys", "/deploy api v1.2 production")
    card = await informed.card()
    plan = await informed.line(card, "*The plan:*")
    assert "3 commits" in plan["text"]
    assert "Cam Lindqvist" in plan["text"]
    await informed.ari.click(await informed.request(card), "Approve")
    await informed.line(card, "*Done:*")
    deployment = informed.playground.cluster.store.get(DEPLOYMENT, "shop-production", "api")
    assert deployment
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"].startswith("registry.example.com/shop/api:v1.2@sha256:")


async def test_a_version_that_is_not_in_the_registry_is_never_asked_for(informed: World) -> None:
    await informed.dana.type("deploys", "/deploy api v1.9-missing production")
    card = await informed.card_of("v1.9-missing")
    assert ": not started" in card["text"]
    assert "There is no v1.9-missing of shop/api in registry.example.com" in card["text"]


async def test_a_registry_that_is_away_stops_nothing_and_it_is_said(informed: World) -> None:
    assert informed.playground.registry
    assert informed.playground.forge
    informed.playground.registry.fail(Fault(kind="outage"))
    informed.playground.forge.fail(Fault(kind="outage"))
    await informed.dana.type("deploys", "/deploy api v1.2 production")
    card = await informed.card()
    plan = await informed.line(card, "*The plan:*")
    assert "the tag is taken at its word" in plan["text"]
    assert "*Commits:* nobody can say: GitHub" in plan["text"]
    await informed.request(card)
