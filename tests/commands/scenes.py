"""A world in which a deploy with all its steps takes seconds, and what people do in it again and again."""

import shutil
from pathlib import Path

from aiohttp import ClientSession

from playground.client import Json
from playground.cluster.api.kinds import DEPLOYMENT, Kind
from playground.harness import ROOT
from tests.world import World

SCRAPE = 0.1  # seconds; a gate waits for ten samples, each of three scrapes
MUCH = 1000.0  # requests a second: a gate has seen enough of them soon
SHOP = "shop-production"


def scene(folder: Path, extra: dict[str, str] | None = None, scale: float = 20.0) -> World:
    """The world of scenes.yml; `extra` goes into the bot's environment."""
    config = folder / "config"
    config.mkdir(parents=True)
    for name in ("default.yml", "services.yml", "people.yml"):
        shutil.copy(ROOT / "config" / name, config)
    shutil.copy(Path(__file__).with_name("scenes.yml"), config)
    given = {"QUARTERDECK_ENV": "scenes", "QUARTERDECK__METRICS__RESOLUTION": "0.3s"} | (extra or {})
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
    """Dana types it in #deploys: the card, once its plan stands on it."""
    await world.dana.type("deploys", command)
    service, version = command.split()[1:3]
    await world.dana.wait_message("deploys", f"{service} {version} to ")
    return await world.card(service)


async def begun(world: World, command: str) -> Json:
    """Dana asks, Ari approves."""
    card = await asked(world, command)
    await world.ari.click(await world.request(card), "Approve")
    await world.line(card, "*Approved*")
    return card


async def thread(world: World, card: Json) -> list[str]:
    """What stands in the card's thread, oldest first."""
    return [line["text"] for line in (await world.dana.messages("deploys", thread=card["ts"]))[1:]]


async def now(world: World, card: Json) -> Json:
    """The card as it is now, with the buttons that it has now."""
    return next(one for one in await world.dana.messages("deploys") if one["ts"] == card["ts"])


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
