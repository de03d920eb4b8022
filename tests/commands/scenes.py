"""A world in which a deploy with all its steps takes seconds, and what people do in it again and again."""

import shutil
from pathlib import Path

from aiohttp import ClientSession

from playground.client import Actor, Failed, Json, contains
from playground.cluster.api.kinds import DEPLOYMENT, Kind
from playground.harness import ROOT
from tests.world import World

SCRAPE = 0.1  # seconds; a gate waits for ten samples, each of five scrapes
MUCH = 1000.0  # requests a second: a gate has seen enough of them soon
SHOP = "shop-production"


def scene(folder: Path, extra: dict[str, str] | None = None, scale: float = 20.0) -> World:
    """The world of scenes.yml; `extra` goes into the bot's environment."""
    config = folder / "config"
    config.mkdir(parents=True)
    for name in ("default.yml", "services.yml", "people.yml"):
        shutil.copy(ROOT / "config" / name, config)
    shutil.copy(Path(__file__).with_name("scenes.yml"), config)
    given = {"QUARTERDECK_ENV": "scenes", "QUARTERDECK__METRICS__RESOLUTION": "0.5s"} | (extra or {})
    return World(folder, scale=scale, extra=given, config=config, scrape=SCRAPE)


async def play(world: World, what: str, **how: object) -> None:
    """Tell the cluster how its world is: `play(world, "load", namespace=…, service=…, rps=…)`."""
    url = f"{world.playground.cluster.url}/play/{what}"
    async with ClientSession() as session, session.post(url, json=how) as said:
        assert said.status == 200, await said.text()


async def busy(world: World, service: str = "api", rps: float = MUCH) -> None:
    """So many requests a second come to a service in production."""
    await play(world, "load", namespace=SHOP, service=service, rps=rps)


async def asked(world: World, command: str) -> Json:
    """Dana types it in #deploys: its own card, once it is planned or queued."""
    before = {one["ts"] for one in await world.dana.messages("deploys")}
    await world.dana.type("deploys", command)
    service, version, environment = command.split()[1:4]

    async def look() -> Json | None:
        new = [one for one in await world.dana.messages("deploys") if one["ts"] not in before]
        cards = [one for one in new if f" {service} {version} to {environment}: " in one["text"]]
        return cards[-1] if cards and ": checking" not in cards[-1]["text"] else None

    card: Json = await world.dana.wait(look)
    return card


async def begun(world: World, command: str) -> Json:
    """Dana asks, Ari approves."""
    card = await asked(world, command)
    await press(world.ari, await world.request(card), "Approve")
    await world.line(card, "*Approved*")
    return card


async def press(person: Actor, message: Json, label: str, **picked: object) -> None:
    """Use what a message shows now, also where it is redrawn between the look and the click."""

    async def click() -> bool:
        try:
            await person.click(await _now(person, message), label, **picked)
        except Failed:
            return False
        return True

    await person.wait(click)


async def _now(person: Actor, message: Json) -> Json:
    shown = await person.messages("deploys", message.get("thread_ts"))
    return next(one for one in shown if one["ts"] == message["ts"])


async def shows(world: World, message: Json, containing: str, within: float = 15) -> Json:
    """This very message, once it says so."""

    async def look() -> Json | None:
        shown = await _now(world.dana, message)
        return shown if contains(shown, containing) else None

    found: Json = await world.dana.wait(look, within)
    return found


async def thread(world: World, card: Json) -> list[str]:
    """What stands in the card's thread, oldest first."""
    return [line["text"] for line in (await world.dana.messages("deploys", thread=card["ts"]))[1:]]


def buttons(card: Json) -> list[str]:
    """What can be pressed on it."""
    rows = [block["elements"] for block in card["blocks"] if block["type"] == "actions"]
    return [element["text"]["text"] for row in rows for element in row]


def found(world: World, kind: Kind, name: str) -> Json:
    """What the cluster has under this name in production; empty where it has nothing."""
    return world.playground.cluster.store.get(kind, SHOP, name) or {}


def runs(world: World, name: str) -> str:
    """The version that a Deployment is to run."""
    [container] = found(world, DEPLOYMENT, name)["spec"]["template"]["spec"]["containers"]
    return str(container["image"]).rpartition(":")[2]
