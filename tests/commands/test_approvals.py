"""Conversations about a strict policy: who is asked for what, what is reminded, what an emergency costs afterwards."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.deploy import before
from playground.client import Json
from tests.world import World

PRODUCTION = "QUARTERDECK__SERVICES__API__ENVIRONMENTS__PRODUCTION"
CHECKLIST = ["Dashboards of the last hour", "Migration read"]
STRICT = {
    f"{PRODUCTION}__APPROVALS": json.dumps({"count": 2, "teams": 2, "roles": ["commander"]}),
    f"{PRODUCTION}__POLICY": json.dumps({"checklist": CHECKLIST}),
}
HURRIED = {
    f"{PRODUCTION}__APPROVALS": json.dumps(
        {"count": 1, "nag_after": "0.5s", "escalate_after": "3s", "escalate_to": ["team:shop"]}
    ),
    f"{PRODUCTION}__EXPIRES_AFTER": "7s",
}
UNSURE = {f"{PRODUCTION}__APPROVALS": json.dumps({"count": 1, "escalate_after": "0.3s", "escalate_to": ["@approvers"]})}
AGAIN = {"QUARTERDECK__DEPLOY__REVIEW_AFTER": "1s"}


@pytest.fixture
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with World(tmp_path, extra=request.param) as fresh:
        yield fresh


async def asked(world: World, containing: str = "*Needs ") -> tuple[Json, Json]:
    """Dana asks for api v1.2 in production: its card, and the request in its thread."""
    await world.dana.type("deploys", "/deploy api v1.2 production")
    card = await world.card()
    return card, await world.line(card, containing)


@pytest.mark.parametrize("world", [STRICT], indirect=True)
async def test_two_of_different_teams_look_tick_and_approve(world: World) -> None:
    card, request = await asked(world)
    for said in ("*Needs 2 approvals:*", "From 2 different teams, among them the role *commander*.", "2 of 2 left"):
        assert said in request["text"]
    await world.ari.click(request, "Approve")
    assert "• Migration read" in await world.told(world.ari, "nobody has ticked")
    await world.vic.click(request, "deploy:tick", selected_options=["0"])
    await world.told(world.vic, "You may not approve")
    await world.ari.click(request, "deploy:tick", selected_options=["0", "1"])
    request = await world.line(card, "*Checklist*, all ticked")
    await world.ari.click(request, "Approve")
    missing = "1 more, somebody of another team than storefront, somebody with the role commander"
    request = await world.line(card, f"Still missing: {missing}.")
    await world.cam.click(request, "Approve")
    await world.line(card, "*Approved*")
    await world.becomes(card, "api v1.2 to production: done")


@pytest.mark.parametrize("world", [HURRIED], indirect=True)
async def test_who_has_not_answered_is_reminded_then_others_are_asked_then_it_is_over(world: World) -> None:
    card, _ = await asked(world)
    assert "<!subteam^S0APPROVE>" in (await world.line(card, "*Still waits:*"))["text"]
    others = await world.line(card, "*Nobody has decided since")
    assert ("<@U0DANA>" in others["text"], "<@U0CAM>" in others["text"]) == (True, True)
    assert others["subtype"] == "thread_broadcast"
    await world.becomes(card, "to production: expired")


@pytest.mark.parametrize("world", [UNSURE], indirect=True)
async def test_whom_slack_can_not_name_is_asked_as_soon_as_it_can(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(before, "LOOKING", timedelta(seconds=0.2))
    await world.slack.fault("error", method="usergroups.list", error="missing_scope", count=3)
    card, _ = await asked(world)
    assert "<!subteam^S0APPROVE>" in (await world.line(card, "*Nobody has decided since"))["text"]
    refusals = [call for call in await world.slack.calls("usergroups.list") if not call["ok"]]
    assert len(refusals) == 3
    assert "waiting for approval" in (await world.card())["text"]


@pytest.mark.parametrize("world", [{}], indirect=True)
async def test_an_emergency_goes_at_once_and_somebody_else_signs_it_afterwards(world: World) -> None:
    await world.dana.type("deploys", '/deploy api v1.2 production --emergency "cards are declined"')
    await world.told(world.dana, "You may not deploy without approval")
    await world.cam.type("deploys", '/deploy api v1.2 production --emergency "cards are declined"')
    card = await world.card()
    line = await world.line(card, "Cam Lindqvist changed `api/production` without approval")
    assert "(deploy #1): “cards are declined”" in line["text"]
    await world.becomes(card, "api v1.2 to production: done")
    await world.cam.click(line, "Sign…")
    await world.told(world.cam, "You did this yourself")
    await world.ari.click(line, "Sign…")
    await world.ari.submit(await world.ari.wait_view("Sign"), note="the change, and the errors since")
    assert "“the change, and the errors since”" in (await world.line(card, "Ari Novak signed"))["text"]


@pytest.mark.parametrize("world", [AGAIN], indirect=True)
async def test_an_emergency_that_nobody_signs_comes_back(world: World) -> None:
    await world.cam.type("deploys", '/deploy api v1.2 production --emergency "cards are declined"')
    card = await world.card()
    await world.line(card, "without approval (deploy #1)")
    await world.becomes(card, "api v1.2 to production: done")
    await world.bot.engine.reviews.remind()
    line = await world.line(card, "*Not signed since")
    assert line["subtype"] == "thread_broadcast"
    assert "<@U0ARI>" in line["text"]
    assert "<@U0CAM>" not in line["text"]


@pytest.mark.parametrize("world", [{}], indirect=True)
async def test_what_was_rolled_back_is_refused_everywhere_until_it_is_let_out(world: World) -> None:
    await world.dana.type("deploys", "/deploy api v1.3-bad staging")
    card = await world.card()
    await world.becomes(card, "failed and rolled back", within=20)
    await world.dana.type("deploys", "/deploy api v1.3-bad production")
    refused = await world.dana.wait_message("deploys", "v1.3-bad to production: not started")
    assert "v1.3-bad was rolled back by deploy #1" in refused["text"]
    assert "/deploy lift api v1.3-bad" in refused["text"]
    await world.ari.type("deploys", '/deploy lift api v1.3-bad "the registry was away"')
    await world.dana.wait_message("deploys", "is out of quarantine")
    await world.dana.type("deploys", "/deploy api v1.3-bad production")
    await world.dana.wait_message("deploys", "v1.3-bad to production: waiting for approval")
