"""Conversations about locks: type it, read it, hear of what somebody else did to yours."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlmodel import col

from bot.lock.model import Hold, Lock
from bot.store import changed
from playground.client import Actor
from tests.world import World


async def direct(world: World, person: Actor, containing: str) -> str:
    """What the bot has said to this person alone, in a message."""

    async def look() -> str:
        state = await world.slack.get("state", **{"as": person.id})
        rooms = [room["id"] for room in state["channels"] if room.get("with") == "U0QDECK"]
        said = [one["text"] for room in rooms for one in await person.messages(room)]
        return next((text for text in said if containing in text), "")

    return str(await person.wait(look))


async def locked(world: World, typed: str = '"db migration" for 2h') -> str:
    """Dana locks api in production."""
    await world.dana.type("deploys", f"/deploy lock api production {typed}")
    return str((await world.vic.wait_message("deploys", "api/production is locked"))["text"])


async def left(world: World, length: timedelta) -> None:
    """Time passes until the lock has so long to go; the chore that ends locks has its turn."""
    async with world.bot.store.transaction() as rows:
        now = datetime.now(UTC)
        lock = update(Lock).where(col(Lock.kind) == Hold.PERSON)
        await changed(rows, lock.values(at=now - timedelta(hours=2), until=now + length))
    await world.bot.engine.locks.expire()


async def test_everybody_reads_who_locked_what_why_and_until_when(world: World) -> None:
    said = await locked(world)
    assert "by Dana Ortiz until <!date^" in said
    assert said.splitlines()[0].endswith(": db migration")
    await world.dana.type("deploys", "/deploy unlock api production")
    await world.vic.wait_message("deploys", "api/production is open again:* Dana Ortiz released it")


async def test_asked_elsewhere_the_answer_comes_there_and_the_news_in_the_channel(world: World) -> None:
    await world.dana.type("general", "/deploy lock api production don't touch it until 23:59")
    assert "don't touch it" in await world.told(world.dana, "api/production is locked")
    assert "don't touch it" in (await world.vic.wait_message("deploys", "api/production is locked"))["text"]


async def test_a_moment_is_read_by_the_clock_of_whoever_types_it(world: World) -> None:
    """Dana's wall is in Berlin, Ari's in New York: the same words mean six hours' difference, or five."""
    await world.dana.type("deploys", '/deploy lock api production "x" until tomorrow 12:00')
    await world.ari.type("deploys", '/deploy lock web production "x" until tomorrow 12:00')
    await world.vic.wait_message("deploys", "web/production is locked")
    api, web = await world.bot.engine.locks.held()
    assert api.until
    assert web.until
    assert timedelta(0) < (web.until - api.until) % timedelta(days=1) < timedelta(hours=7)


async def test_a_lock_stops_others_and_not_its_holder(world: World) -> None:
    await locked(world)
    await world.ari.type("deploys", "/deploy api v1.2 production")
    card = await world.dana.wait_message("deploys", "not started")
    assert "locked by Dana Ortiz until" in card["text"]
    assert "/deploy steal api production" in card["text"]
    await world.dana.type("deploys", "/deploy api v1.3 production")
    await world.dana.wait_message("deploys", "api v1.3 to production: waiting for approval")


async def test_a_stolen_lock_tells_whoever_held_it(world: World) -> None:
    await locked(world)
    await world.cam.type("deploys", '/deploy steal api production "incident 7"')
    assert "took it over from Dana Ortiz" in (await world.vic.wait_message("deploys", "by Cam Lindqvist"))["text"]
    assert "Cam Lindqvist has taken over your lock" in await direct(world, world.dana, "incident 7")
    await world.dana.type("deploys", "/deploy unlock api production")
    said = await world.told(world.dana, "You may not take somebody else's lock")
    assert "Cam Lindqvist" in said


async def test_a_lock_that_ends_warns_its_holder_and_says_so(world: World) -> None:
    await locked(world)
    await left(world, timedelta(minutes=5))
    warning = await direct(world, world.dana, "Your lock of")
    assert '`/deploy lock api production "db migration" for 1h`' in warning
    await left(world, timedelta(0))
    await world.vic.wait_message("deploys", "the lock of Dana Ortiz has ended (db migration)")
    await world.ari.type("deploys", "/deploy unlock api production")
    await world.told(world.ari, "is not locked")


async def test_a_mistake_is_answered_with_what_to_type_and_locks_nothing(world: World) -> None:
    for typed, said in (
        ("lock api production", "Missing: a reason"),
        ("lock api", "Missing: environment"),
        ('lock api production "x" for 2 hours', "no length of time"),
        ('lock api production "x" until moonday 09:00', "no weekday"),
        ('lock api product "x"', "Did you mean `production`"),
        ("unlock api production now", "too many words"),
        ("unlock api production", "is not locked"),
        ('steal api production "x"', "You may not take somebody else's lock"),
    ):
        await world.dana.type("deploys", f"/deploy {typed}")
        await world.told(world.dana, said)
    assert await world.bot.engine.locks.held() == []
    await world.vic.type("deploys", '/deploy lock api production "x"')
    assert "deployer" in await world.told(world.vic, "You may not lock")


async def test_what_people_type_reaches_nobody_as_a_ping(world: World) -> None:
    said = await locked(world, "<!channel> & <@U0ARI>")
    assert "&lt;!channel&gt; &amp; &lt;@U0ARI&gt;" in said
