"""What the bot stands on goes away and comes back: its socket, its database, the cluster, its own messages."""

import asyncio
import functools
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler

from playground.client import Json
from playground.world import BOT_TOKEN
from tests.system.people import PATIENCE, approve, ask
from tests.system.proof import Proof, prove
from tests.world import World

DONE = Counter(["requested", "planned", "approved", "started", "applied", "serves"])
WRITER = """
import sqlite3, sys, time
files = [sqlite3.connect(path, isolation_level=None) for path in sys.argv[2:]]
for file in files:
    file.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(float(sys.argv[1]))
"""


async def proof(world: World) -> Proof:
    return await prove(world.bot.settings.database_url.get_secret_value(), world.slack)


async def break_cluster(world: World, kind: str, **how: Any) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{world.playground.cluster.url}/play/faults", json={"kind": kind, **how}) as answer,
    ):
        assert answer.status == 200


# The socket


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "too_many_websockets", "link_disabled"])
async def test_after_a_disconnect_commands_work_again(world: World, reason: str) -> None:
    await world.slack.fault("disconnect", reason=reason)
    await world.dana.wait(lambda: typed(world, "/deploy help"), within=PATIENCE)
    await world.told(world.dana, "/deploy status")


async def test_a_socket_that_is_silently_dead_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.app.AsyncSocketModeHandler", functools.partial(AsyncSocketModeHandler, ping_interval=0.5))
    async with World(tmp_path) as world:
        await world.slack.fault("freeze_socket", seconds=60)
        assert not await typed(world, "/deploy help")
        await world.dana.wait(lambda: typed(world, "/deploy help"), within=PATIENCE)
        await world.told(world.dana, "/deploy status")


async def typed(world: World, command: str) -> bool:
    """Whether Slack says that the bot has heard it."""
    return bool((await world.dana.type("deploys", command))["acked"])


# The database


@asynccontextmanager
async def locked(*files: Path, seconds: float) -> AsyncIterator[None]:
    """Another process writes to these files and takes its time."""
    writer = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WRITER, str(seconds), *map(str, files)), stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout
    assert await writer.stdout.readline() == b"locked\n"
    yield
    await writer.wait()


async def test_a_command_is_acknowledged_while_the_database_is_locked(world: World) -> None:
    folder = world.playground.folder
    async with locked(folder / "quarterdeck.db", folder / "quarterdeck.flows.db", seconds=4):
        begun = time.monotonic()
        answer = await world.dana.type("deploys", "/deploy api v1.2 production")
        assert answer["acked"]
        assert answer["ack_ms"] < 1000
        card = await world.card(within=4 * PATIENCE)
        assert time.monotonic() - begun > 3, "it was locked all the time"
    await approve(world.ari, card)
    await world.becomes(card, "production: done")
    assert (await proof(world)).deeds == DONE


# The cluster


@pytest.fixture
async def slow(tmp_path: Path) -> AsyncIterator[World]:
    """A minute passes in three seconds."""
    async with World(tmp_path, scale=20) as world:
        yield world


async def test_a_cluster_that_is_gone_for_a_minute_in_the_middle_of_a_rollout(slow: World) -> None:
    card = await ask(slow.dana, "/deploy api v1.2-slow production", "production: waiting")
    await approve(slow.ari, card)
    await slow.becomes(card, "of 3 ready")
    await break_cluster(slow, "outage", seconds=60)
    await slow.becomes(card, "has not answered since")
    await slow.bot.stop()
    await slow.start_bot()
    await slow.line(card, "Resumed")
    done = await slow.becomes(card, "production: done")
    assert "not answered" not in done["text"]
    once = await proof(slow)
    assert once.deeds == DONE + Counter(["resumed"])
    assert once.said == Counter(["card", "plan", "approval", "resumed:2", "end"])


async def test_a_cluster_that_is_gone_when_the_rollout_should_begin(slow: World) -> None:
    card = await ask(slow.dana, "/deploy api v1.2 production", "production: waiting")
    await break_cluster(slow, "outage", seconds=60)
    await approve(slow.ari, card)
    await slow.becomes(card, "has not answered since")
    done = await slow.becomes(card, "production: done", within=15)
    assert "not answered" not in done["text"]
    assert (await proof(slow)).deeds == DONE


async def test_without_a_cluster_nothing_is_started_and_the_card_says_why(world: World) -> None:
    await break_cluster(world, "outage")
    card = await ask(world.dana, "/deploy api v1.2 production", "production: not started")
    assert "Kubernetes: no connection to the cluster" in card["text"]
    async with aiohttp.ClientSession() as session:
        await session.delete(f"{world.playground.cluster.url}/play/faults")
    again = await ask(world.dana, "/deploy api v1.2 production", "production: waiting")
    assert again["ts"] != card["ts"]


@pytest.mark.parametrize(("kind", "count"), [("http_500", 2), ("http_429", 2), ("conflict", 4)])
async def test_a_cluster_that_refuses_for_a_moment_is_asked_again(world: World, kind: str, count: int) -> None:
    card = await ask(world.dana, "/deploy api v1.2 production", "production: waiting")
    await break_cluster(world, kind, count=count, path="deployments/api")
    await approve(world.ari, card)
    await world.becomes(card, "production: done", within=15)
    assert (await proof(world)).deeds == DONE


# Its own messages


async def test_a_deleted_card_comes_back_once_with_the_next_change(world: World) -> None:
    card = await ask(world.dana, "/deploy api v1.2 production", "production: waiting")
    request = await world.request(card)
    await delete(world, card)
    assert [one for one in await world.dana.messages("deploys") if "api v1.2" in one["text"]] == []
    await world.ari.click(request, "Approve")
    new = await world.dana.wait_message("deploys", "production: done", within=10)
    assert new["ts"] != card["ts"]
    once = await proof(world)
    assert once.said == Counter(card=2, plan=1, approval=1, end=1)
    assert len([one for one in await world.dana.messages("deploys") if "*Strategy:*" in one["text"]]) == 1


async def delete(world: World, message: Json) -> None:
    """With the bot's own token: in Slack an admin may delete it too, which looks the same to the bot."""
    headers, what = {"Authorization": f"Bearer {BOT_TOKEN}"}, {"channel": message["channel"], "ts": message["ts"]}
    url = f"{world.playground.slack.api_url}chat.delete"
    async with aiohttp.ClientSession() as session, session.post(url, json=what, headers=headers) as answer:
        assert (await answer.json())["ok"]
