"""Delivery over HTTP: signed requests to a real Bolt app behind aiohttp."""

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import labelled, modal, text_input
from playground.client import Workspace
from playground.slack import SlackWorkspace, webhooks
from playground.world import BOT_TOKEN, SIGNING_SECRET

Handler = Callable[[web.Request], Any]


class Site:
    """A web server whose one request URL may be switched from one handler to another."""

    def __init__(self) -> None:
        self.handler: Handler = refuse
        self.requests: list[web.Request] = []

    async def __aenter__(self) -> "Site":
        app = web.Application()
        app.router.add_post("/slack/events", self._handle)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        self.requests.append(request)
        response: web.StreamResponse = await self.handler(request)
        return response


async def refuse(request: web.Request) -> web.Response:
    return web.Response(status=503)


async def verify(request: web.Request) -> web.Response:
    body = await request.json() if request.content_type == "application/json" else {}
    return web.Response(text=body.get("challenge", ""))


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with Site() as site:
        yield site


@pytest.fixture
async def slack(manifest: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlackWorkspace]:
    monkeypatch.setattr(webhooks, "KNOCK", 0.02)
    async with SlackWorkspace(manifest, request_url=site.url) as slack:
        yield slack


async def found(people: Workspace) -> None:
    dana = people.person("dana")
    await dana.wait(lambda: any(one.get("connected") for one in dana.changes))


async def test_a_bolt_app_behind_http_gets_commands_forms_and_events(
    site: Site, slack: SlackWorkspace, people: Workspace
) -> None:
    async with ClientSession() as session:
        client = AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, session=session)
        app = AsyncApp(client=client, signing_secret=SIGNING_SECRET)
        heard: list[str] = []

        @app.command("/ship")
        async def ship(ack: Any, body: Any) -> None:
            await ack()
            form = modal("Ship", "form", [labelled("What", text_input("what"), "what")], submit="Go")
            await client.views_open(trigger_id=body["trigger_id"], view=form)

        @app.view("form")
        async def submitted(ack: Any) -> None:
            await ack(response_action="errors", errors={"what": "No."})

        @app.event("message")
        async def message(event: Any) -> None:
            heard.append(event["text"])

        async def bolt(request: web.Request) -> web.Response:
            return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

        site.handler = bolt
        dana = people.person("dana")
        await found(people)
        assert (await dana.type("deploys", "/ship api"))["acked"]
        await dana.submit(await dana.wait_view("Ship"), what="api & more")
        await dana.wait(lambda: any(one.get("errors") == {"what": "No."} for one in dana.changes))
        await client.conversations_join(channel="C0DEPLOYS")
        await dana.type("deploys", "hello")
        await dana.wait(lambda: "hello" in heard)


async def test_the_app_counts_as_there_once_it_answers_the_challenge(site: Site, people: Workspace) -> None:
    dana = people.person("dana")
    assert not people.state["app"]["connected"]
    await dana.wait(lambda: len(site.requests) > 1)
    site.handler = verify
    await found(people)
    assert (await dana.type("deploys", "/ship api"))["acked"]


async def test_a_wrong_secret_fails_the_command(site: Site, slack: SlackWorkspace, people: Workspace) -> None:
    site.handler = verify
    await found(people)
    app = AsyncApp(token=BOT_TOKEN, signing_secret="another")

    async def bolt(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    site.handler = bolt
    answer = await people.person("dana").type("deploys", "/ship api")
    assert (answer["acked"], answer["error"]) == (False, "dispatch_failed")


async def test_retries_of_an_event_say_so_in_headers_until_told_to_stop(site: Site, people: Workspace) -> None:
    site.handler = verify
    await found(people)
    await people.clock(1_000)
    dana = people.person("dana")
    direct = (await dana.act("open_im", user="U0QDECK"))["channel"]
    site.requests.clear()
    site.handler = refuse
    await dana.type(direct, "hello")
    await dana.wait(lambda: len(site.requests) == 4)
    numbers = [one.headers.get("X-Slack-Retry-Num") for one in site.requests]
    assert numbers == [None, "1", "2", "3"]
    assert {one.headers.get("X-Slack-Retry-Reason") for one in site.requests[1:]} == {"http_error"}
    ids = {json.loads(await one.text())["event_id"] for one in site.requests}
    assert len(ids) == 1

    async def enough(request: web.Request) -> web.Response:
        return web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    site.requests.clear()
    site.handler = enough
    await dana.type(direct, "once")
    site.handler = verify
    await dana.type(direct, "and that was all")
    await dana.wait(lambda: len(site.requests) >= 2)
    assert [one.headers.get("X-Slack-Retry-Num") for one in site.requests] == [None, None]


async def test_without_socket_mode_there_is_no_connection_to_open(slack: SlackWorkspace) -> None:
    headers = {"Authorization": "Bearer xapp-playground"}
    async with ClientSession() as session:
        async with session.post(f"{slack.api_url}apps.connections.open", headers=headers) as response:
            assert (await response.json())["error"] == "socket_mode_not_enabled"
        async with session.get(f"{slack.url}/link/?ticket=x") as response:
            assert response.status == 404
