"""Conversations about deploys: type it, read it, click it."""

import asyncio

import pytest

from tests.world import World


async def test_a_deploy_is_planned_approved_and_rolled_out(world: World) -> None:
    await world.dana.type("deploys", "/deploy api v1.2 production")
    card = await world.card()
    for said in (
        "v1.1 → v1.2",
        "production",
        "rolling",
        "Dana Ortiz",
        "Preflight passed",
        "waiting for approval",
    ):
        assert said in card["text"]
    request = await world.request(card)
    assert "<!subteam^S0APPROVE>" in request["text"]
    await world.ari.click(request, "Approve")
    await world.becomes(card, "api v1.2 to production: done")
    end = await world.line(card, "*Done:*")
    assert "it took" in end["text"]
    assert await running(world, "shop-production", "api") == "registry.example.com/shop/api:v1.2"


async def test_nobody_approves_their_own_deploy(world: World) -> None:
    request = await ask(world)
    await world.dana.click(request, "Approve")
    said = await world.told(world.dana, "You asked for this yourself")
    assert "Ari Novak" in said
    assert "Cam Lindqvist" in said


async def test_a_visitor_hears_which_role_is_missing_and_who_has_it(world: World) -> None:
    request = await ask(world)
    await world.vic.click(request, "Approve")
    said = await world.told(world.vic, "You may not")
    assert "approver" in said
    assert "Ari Novak" in said


async def test_two_approvers_at_once_are_one_approval_and_the_second_hears_of_the_first(world: World) -> None:
    request = await ask(world)
    await asyncio.gather(world.ari.click(request, "Approve"), world.cam.click(request, "Approve"))
    first = asyncio.ensure_future(world.told(world.ari, "approved", within=5))
    second = asyncio.ensure_future(world.told(world.cam, "approved", within=5))
    done, pending = await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
    for waiting in pending:
        waiting.cancel()
    assert "Nothing to do" in done.pop().result()


async def test_a_rejection_asks_for_the_reason_and_ends_the_request(world: World) -> None:
    request = await ask(world)
    await world.ari.click(request, "Reject…")
    form = await world.ari.wait_view("Reject")
    await world.ari.submit(form, reason="The migration is not reviewed <!channel>")
    said = await world.dana.wait_message("deploys", "rejected")
    assert "Ari Novak said no: The migration is not reviewed &lt;!channel&gt;" in said["text"]
    assert await running(world, "shop-production", "api") == "registry.example.com/shop/api:v1.1"


async def test_a_bad_image_is_seen_in_seconds_and_rolled_back_with_evidence(world: World) -> None:
    await world.dana.type("deploys", "/deploy api v1.3-bad production")
    card = await world.card()
    await world.ari.click(await world.request(card), "Approve")
    alert = await world.line(card, "failed in production")
    assert "Pod `api-" in alert["text"]
    assert "ErrImagePull" in alert["text"] or "ImagePullBackOff" in alert["text"]
    assert "<@U0DANA>" in alert["text"]
    assert alert["subtype"] == "thread_broadcast"
    await world.becomes(card, "failed and rolled back")
    assert await running(world, "shop-production", "api") == "registry.example.com/shop/api:v1.1"


async def test_a_crash_loop_is_shown_with_its_last_lines(world: World) -> None:
    await world.dana.type("deploys", "/deploy api v1.3-crash staging")
    card = await world.card()
    alert = await world.line(card, "failed in staging", within=20)
    assert "Its last lines" in alert["text"]
    await world.becomes(card, "failed and rolled back")


async def test_staging_needs_nobody(world: World) -> None:
    await world.dana.type("deploys", "/deploy web v2.1 staging")
    await world.becomes(await world.card("web"), "web v2.1 to staging: done")


async def test_a_rollback_returns_to_the_last_known_good_and_not_back_again(world: World) -> None:
    await deploy(world, "v1.2")
    await world.dana.type("deploys", "/rollback api production")
    await world.dana.wait_message("deploys", "api v1.1 to production: done", within=10)
    await world.dana.type("deploys", "/rollback api production")
    assert "no other version" in await world.told(world.dana, "no other version")


async def test_a_rollback_to_a_named_version_needs_approval(world: World) -> None:
    await deploy(world, "v1.2")
    await world.dana.type("deploys", "/rollback api production v1.1")
    card = await world.dana.wait_message("deploys", "api v1.1 to production: waiting for approval")
    await world.ari.click(await world.request(card), "Approve")
    await world.dana.wait_message("deploys", "api v1.1 to production: done", within=10)


async def test_one_change_at_a_time_per_place_and_the_next_one_waits_for_its_turn(world: World) -> None:
    await ask(world)
    first = await world.card()
    await world.cam.type("deploys", "/deploy api v1.3 production")
    assert "role" in await world.told(world.cam, "You may not")
    await world.ari.type("deploys", "/deploy api v1.3 production")
    second = await world.dana.wait_message("deploys", "api v1.3 to production: queued")
    assert "#1" in second["text"]
    await world.dana.click(first, "Cancel")
    await world.becomes(first, "cancelled")
    await world.becomes(second, "api v1.3 to production: waiting for approval")


async def test_what_is_asked_for_already_is_not_asked_for_twice(world: World) -> None:
    await ask(world)
    await world.ari.type("deploys", "/deploy api v1.2 production")
    said = await world.told(world.ari, "Deploy #1 is waiting there")
    assert "archives/C0DEPLOYS/p" in said


async def test_the_requester_may_cancel(world: World) -> None:
    await ask(world)
    card = await world.card()
    await world.dana.click(card, "Cancel")
    await world.becomes(card, "cancelled")
    await world.dana.type("deploys", "/deploy api v1.2 production")
    await world.dana.wait_message("deploys", "api v1.2 to production: waiting for approval")


async def test_a_running_rollout_can_be_aborted(world: World) -> None:
    await world.dana.type("deploys", "/deploy api v1.2-notready production")
    card = await world.card()
    await world.ari.click(await world.request(card), "Approve")
    card = await world.becomes(card, "rolling out")
    await world.cam.click(card, "Abort and go back")
    await world.becomes(card, "failed and rolled back")
    assert await running(world, "shop-production", "api") == "registry.example.com/shop/api:v1.1"


async def test_a_lock_stops_a_deploy_until_it_is_released(world: World) -> None:
    await world.dana.type("deploys", '/deploy lock api production "db migration"')
    await world.vic.wait_message("deploys", "api/production is locked")
    await world.ari.type("deploys", "/deploy api v1.2 production")
    card = await world.dana.wait_message("deploys", "not started")
    assert "locked by Dana Ortiz" in card["text"]
    await world.ari.type("deploys", "/deploy unlock api production")
    assert "Cam Lindqvist" in await world.told(world.ari, "You may not")
    await world.cam.type("deploys", "/deploy unlock api production")
    await world.vic.wait_message("deploys", "open again")


async def test_a_lock_does_not_stop_its_own_holder(world: World) -> None:
    await world.dana.type("deploys", '/deploy lock api production "db migration"')
    await world.vic.wait_message("deploys", "api/production is locked")
    await ask(world)


async def test_a_lock_taken_after_the_plan_stops_an_approved_deploy(world: World) -> None:
    request = await ask(world)
    await world.ari.type("deploys", '/deploy lock api production "db migration"')
    await world.vic.wait_message("deploys", "api/production is locked")
    await world.ari.click(request, "Approve")
    card = await world.dana.wait_message("deploys", "api v1.2 to production: not started")
    assert "locked by Ari Novak: db migration" in (await world.line(card, "Not started"))["text"]
    assert await running(world, "shop-production", "api") == "registry.example.com/shop/api:v1.1"


async def test_what_runs_already_is_not_deployed_again(world: World) -> None:
    await world.dana.type("deploys", "/deploy api v1.1 production")
    card = await world.dana.wait_message("deploys", "not started")
    assert "v1.1" in card["text"]


async def test_the_form_has_the_same_choices_preselected_and_shows_errors_in_its_fields(world: World) -> None:
    await world.dana.type("general", "/deploy")
    form = await world.dana.wait_view("Deploy")
    await world.dana.submit(form, service="api", version="latest", environment="production")
    errors = await world.dana.wait(lambda: [one for one in world.dana.changes if one["type"] == "view_errors"])
    assert "latest is not a version" in errors[0]["errors"]["version"]
    await world.dana.submit(form, service="api", version="v1.2", environment="production")
    await world.request(await world.card())
    assert "<#C0DEPLOYS>" in await direct(world, "Understood")


async def test_the_shortcut_opens_the_form(world: World) -> None:
    await world.dana.shortcut("deploy")
    form = await world.dana.wait_view("Deploy")
    await world.dana.submit(form, service="api", version="v1.2", environment="staging")
    assert "<#C0DEPLOYS>" in await direct(world, "Understood")


async def test_elsewhere_the_echo_says_where_the_card_is(world: World) -> None:
    await world.dana.type("general", "/deploy api v1.2 production")
    assert "<#C0DEPLOYS>" in await world.told(world.dana, "Understood")


async def test_status_history_and_help(world: World) -> None:
    await world.dana.type("deploys", "/deploy status")
    await world.vic.wait_message("deploys", "No deploy is running")
    await deploy(world, "v1.2")
    await world.dana.type("deploys", "/deploy history api")
    past = await world.vic.wait_message("deploys", "newest first")
    assert "v1.2" in past["text"]
    await world.dana.type("deploys", "/deploy help")
    assert "/deploy history" in await world.told(world.dana, "/deploy status")


async def test_the_home_tab_says_what_waits_for_its_reader(world: World) -> None:
    await ask(world)
    texts = {person.name: str(await person.home()) for person in (world.ari, world.dana)}
    assert "Nothing waits for your approval" not in texts["ari"]
    assert "Nothing waits for your approval" in texts["dana"]
    assert "v1.2" in texts["dana"]


@pytest.mark.parametrize(
    ("typed", "code", "answer"),
    [
        ("apii v1.2 production", "unknown service", "Did you mean `api`"),
        ("api v1.2 prod", "no environment", "`production`"),
        ("api banana production", "not a version", "For example"),
        ("api latest production", "not a version", "For example"),
        ("api v1.2 production now please", "too many words", "/deploy &lt;service&gt;"),
        ("api v1.2", "Missing", "environment"),
        ("x" * 4000, "4,000", "at most 400"),
        ("🚀 v1.2 production", "no service", "Services"),
        ("<!channel> v1.2 production", "&lt;!channel&gt;", "Services"),
        ('api "v1.2 production', "quotation mark", "/deploy"),
        ("“api” v1.2 “prodüction”", "no environment", "Environments"),
    ],
)
async def test_a_mistake_is_answered_within_a_second_with_the_closest_right_thing(
    world: World, typed: str, code: str, answer: str
) -> None:
    await world.dana.type("deploys", f"/deploy {typed}")
    said = await world.told(world.dana, answer, within=1)
    assert "<!channel>" not in said


async def ask(world: World) -> dict[str, object]:
    """Dana wants api v1.2 in production; the approval request."""
    await world.dana.type("deploys", "/deploy api v1.2 production")
    return await world.request(await world.card())


async def deploy(world: World, version: str) -> None:
    """Dana deploys api to production, Ari approves, it is done."""
    await world.dana.type("deploys", f"/deploy api {version} production")
    card = await world.card()
    await world.ari.click(await world.request(card), "Approve")
    await world.becomes(card, f"api {version} to production: done")


async def direct(world: World, containing: str) -> str:
    """What the bot told Dana in a direct message."""

    async def look() -> str:
        state = await world.slack.get("state", **{"as": world.dana.id})
        rooms = [room["id"] for room in state["channels"] if room.get("with") == "U0QDECK"]
        said = [one["text"] for room in rooms for one in await world.dana.messages(room)]
        return next((text for text in said if containing in text), "")

    return str(await world.dana.wait(look))


async def running(world: World, namespace: str, name: str) -> str:
    """The image that the cluster runs."""
    target = next(
        target
        for place, target in world.bot.targets.items()
        if place.service == name and place.environment in namespace
    )
    return (await target.inspect()).revision.image
