"""All that the bot uses Slack for, once more for every method and every way in which that can fail."""

import functools
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from bot.slack import Slack
from playground.client import Actor, Json
from tests.system.people import PATIENCE, approve, insist
from tests.system.proof import prove
from tests.world import World

SOON = 2.0  # seconds that a person waits for a form


@asynccontextmanager
async def impatient_world(folder: Path) -> AsyncIterator[World]:
    """What hangs is given up in a second instead of ten or thirty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.app.Slack", functools.partial(Slack, patience=1.0))
        patch.setattr("bot.app.HTTP_TIMEOUT", aiohttp.ClientTimeout(total=1))
        patch.setattr("bot.app.AsyncSocketModeHandler", functools.partial(AsyncSocketModeHandler, ping_interval=1))
        async with World(folder, scale=50) as world:
            await world.slack.post("clock", {"scale": 60})  # the workspace's own limits are not what is tested here
            yield world


async def every_method_fails_once(folder: Path, subtests: pytest.Subtests, kind: str, **how: Any) -> None:
    """The methods are those that the bot was seen to use. Each deploy must end right and say nothing twice."""
    async with impatient_world(folder) as world:
        scenes = Scenes(world)
        await scenes.play()
        plain = {method for method, _ in scenes.befallen()}
        assert len(plain) >= 11
        await ambiguous_posts(world)
        await scenes.play()
        for method in sorted({method for method, _ in scenes.befallen()}):
            with subtests.test(method):
                await world.bot.stop()
                await world.slack.fault(kind, method=method, **how)
                if method not in plain:
                    await ambiguous_posts(world)
                await world.start_bot()
                await scenes.play()
                assert kind == "hang" or (method, kind) in scenes.befallen()  # what hangs is noted when it is over
            await world.slack.clear_faults()


class Scenes:
    """Deploys one after the other, each with a bot that has just started and another fault."""

    def __init__(self, world: World) -> None:
        self.world, self.number = world, 0

    async def play(self) -> None:
        """Home tab, form, refusal, approval, rollout: all that the bot uses Slack for."""
        self.number += 1
        world, version = self.world, f"v3.{self.number}"
        await opened_home(world.dana)
        card = await insist(
            functools.partial(self._fill_in, version),
            lambda: world.dana.wait_message("deploys", f"web {version} to production", within=PATIENCE),
        )
        await world.request(card, PATIENCE)
        await approve(world.ari, card)
        await world.dana.wait_message("deploys", "*Done:*", thread=card["ts"], within=2 * PATIENCE)
        await self._prove(card)

    async def _fill_in(self, version: str) -> Json:
        dana = self.world.dana
        form = await insist(lambda: dana.type("deploys", "/deploy"), lambda: dana.wait_view("Deploy", SOON))
        return await dana.submit(form, service="web", version=version, environment="production")

    async def _prove(self, card: Json) -> None:
        url, number = self.world.bot.settings.database_url.get_secret_value(), re.search(r"#(\d+)", card["text"])
        assert number
        proof = await prove(url, self.world.slack, int(number[1]))
        assert proof.said == Counter(["card", "plan", "approval", "end"])
        assert proof.deeds == Counter(["requested", "planned", "approved", "started", "applied", "serves"])
        assert (proof.deploy.state, proof.votes, proof.unsent) == ("succeeded", 1, [])
        shown = next(one for one in await self.world.dana.messages("deploys") if one["ts"] == card["ts"])
        assert "production: done" in shown["text"]

    def befallen(self) -> set[tuple[str, str | None]]:
        """The methods that were called, and the faults that befell them."""
        lines = (self.world.playground.folder / "slack.jsonl").read_text().splitlines()
        calls = [entry for entry in map(json.loads, lines) if entry["kind"] == "api"]
        return {(str(call["method"]), call["fault"]) for call in calls}


async def ambiguous_posts(world: World) -> None:
    """What may have been posted is looked for: so the methods for looking are used too."""
    await world.slack.fault("reset_after", method="chat.postMessage", count=2)


async def opened_home(person: Actor) -> None:
    """Open the Home tab, and once more if it stays empty."""
    try:
        await person.home(SOON)
    except TimeoutError:
        await person.home(PATIENCE)
