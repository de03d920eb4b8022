"""The bot as operators run it: stopped in the middle, started beside itself, started with old buttons on the screen."""

import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from playground.client import Json
from playground.harness import Bot, free_port
from tests.system.people import PATIENCE, approve, ask
from tests.system.proof import prove
from tests.system.stage import Stage

GRACE = 5.0  # seconds; an orchestrator gives thirty


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage(tmp_path, scale=2) as stage:
        await stage.playground.bot.start()
        yield stage


async def waiting(stage: Stage) -> Json:
    return await ask(stage.dana, "/deploy web v2.1-slow production", "production: waiting")


async def test_told_to_stop_in_the_middle_of_a_rollout_it_stops_soon_and_goes_on_when_started(stage: Stage) -> None:
    card = await waiting(stage)
    await approve(stage.ari, card)
    await stage.dana.wait_message("deploys", "of 2 ready", within=PATIENCE)
    begun = time.monotonic()
    assert await stage.playground.bot.stop() == 0
    assert time.monotonic() - begun < GRACE
    shown = await stage.dana.messages("deploys")
    assert "production: rolling out" in shown[-1]["text"], "it must have been in the middle"

    await stage.playground.bot.start()
    await stage.dana.wait_message("deploys", "production: done", within=2 * PATIENCE)
    once = await prove(stage.environ["DATABASE_URL"], stage.slack)
    assert once.said == Counter(["card", "plan", "approval", "resumed:2", "end"])
    assert once.deeds == Counter(["requested", "planned", "approved", "started", "applied", "resumed", "serves"])
    assert stage.serving.templates("shop-production", "web") == 1


async def test_told_to_stop_while_people_wait_it_exits_at_once_and_the_buttons_still_work(stage: Stage) -> None:
    card = await waiting(stage)
    request = await stage.dana.wait_message("deploys", "Needs 1 approval", thread=card["ts"])
    assert await stage.playground.bot.stop() == 0
    assert not (await stage.ari.click(request, "Approve"))["acked"]
    await stage.playground.bot.start()
    await stage.dana.wait_message("deploys", "Resumed", thread=card["ts"], within=PATIENCE)
    await stage.dana.click(card, "Cancel")
    await stage.dana.wait_message("deploys", "production: cancelled", within=PATIENCE)
    once = await prove(stage.environ["DATABASE_URL"], stage.slack)
    assert once.said == Counter(["card", "plan", "approval", "resumed:2"])
    assert once.deploy.state == "cancelled"


async def test_a_second_process_on_the_same_database_does_not_start_and_says_why(stage: Stage, tmp_path: Path) -> None:
    assert stage.playground.bot.process
    second = Bot(stage.environ | {"PORT": str(free_port())}, tmp_path / "second.log")
    with pytest.raises(RuntimeError, match="did not start"):
        await second.start()
    assert second.process
    assert second.process.returncode == 2
    first = stage.playground.bot.process.pid
    assert f"quarterdeck.flows.db is in use by the process {first}" in second.tail()
    assert "use PostgreSQL to run several" in second.tail()
    await ask(stage.dana, "/deploy web v2.1 production", "production: waiting")


async def test_a_bot_that_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    async with Stage(tmp_path, extra={"SLACK_BOT_TOKEN": "xoxb-of-another"}) as stage:
        with pytest.raises(RuntimeError, match="Slack refuses the bot token"):
            await stage.playground.bot.start()
        assert stage.playground.bot.process
        assert stage.playground.bot.process.returncode == 2
        assert "Traceback" not in stage.playground.bot.tail()
