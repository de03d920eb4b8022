"""Conversations about freezes: set, read, stop a deploy, lift."""

from tests.world import World


async def test_a_freeze_is_announced_stops_deploys_and_is_lifted(world: World) -> None:
    await world.cam.type("general", '/freeze production until "mon 09:00" release week, don\'t ask')
    await world.told(world.cam, "production is frozen")
    said = (await world.vic.wait_message("deploys", "production is frozen"))["text"]
    assert "until <!date^" in said
    assert "by Cam Lindqvist: release week, don't ask" in said
    await world.dana.type("deploys", "/deploy api v1.2 production")
    card = await world.dana.wait_message("deploys", "not started")
    assert "frozen by Cam Lindqvist until" in card["text"]
    await world.dana.type("deploys", "/deploy web v2.1 staging")
    await world.dana.wait_message("deploys", "web v2.1 to staging")
    await world.cam.type("deploys", "/unfreeze production")
    await world.vic.wait_message("deploys", "production is not frozen any more")
    await world.dana.type("deploys", "/deploy api v1.2 production")
    await world.dana.wait_message("deploys", "api v1.2 to production: waiting for approval")


async def test_one_service_may_be_frozen_and_the_list_shows_it(world: World) -> None:
    await world.dana.type("deploys", "/freeze")
    assert "Nothing is frozen." in await world.told(world.dana, "Frozen now")
    await world.ari.type("deploys", '/freeze api production for 2h "db migration"')
    await world.vic.wait_message("deploys", "api/production is frozen")
    await world.dana.type("deploys", "/freeze")
    assert "db migration (Ari Novak)" in await world.told(world.dana, "• *api in production*")
    await world.dana.type("deploys", "/deploy web v2.1 production")
    await world.dana.wait_message("deploys", "web v2.1 to production: waiting for approval")


async def test_only_who_may_sets_and_lifts(world: World) -> None:
    for typed in ("/freeze production for 2h x", "/unfreeze production"):
        await world.dana.type("deploys", typed)
        assert "You may not freeze" in await world.told(world.dana, "takes the role")
    assert "Nothing is frozen." in (await world.bot.engine.provided["freezes"].overview()).text


async def test_a_mistake_is_answered_with_what_to_type(world: World) -> None:
    for typed, said in (
        ("/freeze production release week", "Missing: the end"),
        ("/freeze production for 2h", "Missing: a reason"),
        ("/freeze prod for 2h x", "There is no environment or service `prod`"),
        ("/freeze production until yesterday x", "is no moment"),
        ("/unfreeze", "Missing: environment"),
        ("/unfreeze production please", "too many words"),
        ("/unfreeze production", "Nobody has frozen *production*"),
        ("/freeze help", "/unfreeze"),
    ):
        await world.cam.type("deploys", typed)
        await world.told(world.cam, said)
