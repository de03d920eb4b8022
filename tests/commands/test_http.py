"""The same bot over signed HTTP instead of Socket Mode."""

import hashlib
import hmac
import time
from pathlib import Path

import aiohttp
import pytest

from tests.world import World


async def test_the_deploy_scene_over_signed_http(tmp_path: Path) -> None:
    async with World(tmp_path, http=True) as world:
        await world.dana.type("deploys", "/deploy api v1.2 production")
        card = await world.card()
        await world.ari.click(await world.request(card), "Approve")
        await world.becomes(card, "api v1.2 to production: done")


@pytest.mark.parametrize(
    ("secret", "age", "status"), [("playground", 0, 200), ("playground", 301, 401), ("somebody else", 0, 401)]
)
async def test_only_slack_is_heard_and_only_now(tmp_path: Path, secret: str, age: int, status: int) -> None:
    body = b'{"type":"url_verification","challenge":"yes"}'
    at = str(int(time.time()) - age)
    digest = hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    headers = {"X-Slack-Request-Timestamp": at, "X-Slack-Signature": f"v0={digest}", "Content-Type": "application/json"}
    async with World(tmp_path, http=True) as world, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{world.bot.web.port}/slack/events"
        async with session.post(url, data=body, headers=headers) as answer:
            assert answer.status == status


async def test_the_probes_and_the_figures_answer(world: World) -> None:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{world.bot.web.port}") as session:
        for path in ("/livez", "/readyz"):
            async with session.get(path) as answer:
                assert answer.status == 200
        async with session.get("/metrics") as answer:
            text = await answer.text()
    for name in ("ack_seconds", "slack_calls_total", "slack_rate_limited", "flows", "loop_lag_seconds"):
        assert f"quarterdeck_{name}" in text
