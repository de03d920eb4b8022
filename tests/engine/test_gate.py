"""Every request passes the gate: acknowledged at once, handled once, and answered whatever goes wrong."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot import gate as gates
from bot.blocks import actions, button, labelled, message, modal, text_input
from bot.call import Call
from bot.errors import Code, Refusal, Unavailable
from bot.gate import Gate
from bot.inbox import Inbox, Request
from playground.client import Json
from playground.world import APP_TOKEN
from tests.databases import opened
from tests.engine.workspace import DEPLOYS, Office, open_office

FORM = modal("Form", "form", [labelled("Version", text_input("version"), "version")], submit="Send")
WRONG = Refusal(Code.BAD_VERSION, "`x` is not a version.", "Take `v1`.")


class Desk:
    """A gate in front of handlers that note who came, and do what a test wants."""

    def __init__(self, office: Office, gate: Gate) -> None:
        self.office, self.gate = office, gate
        self.came: list[Call] = []
        self.errors: list[Exception] = []
        self.hold = asyncio.Event()
        self.hold.set()
        gate.command("/deploy")(self.handle)
        gate.command("/rollback")(self.open)
        gate.action("press")(self.handle)
        gate.shortcut("deploy")(self.handle)
        gate.view("form")(self.handle)
        gate.event("app_home_opened")(self.handle)

    async def handle(self, call: Call, word: str) -> None:
        assert word == "provided"
        self.came.append(call)
        await self.hold.wait()
        if self.errors:
            raise self.errors.pop()

    async def open(self, call: Call) -> None:
        await call.slack.open_view(call.trigger, FORM | {"private_metadata": call.channel})

    async def form(self) -> Json:
        """Dana opens the form."""
        await self.office.dana.type(DEPLOYS, "/rollback")
        return await self.office.dana.wait_view("Form")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with open_office(tmp_path) as office, opened("sqlite", tmp_path) as store:
        us = AuthorizeResult(enterprise_id=None, team_id=office.slack.team_id, bot_token=office.slack.client.token)

        async def authorize() -> AuthorizeResult:
            return us

        app = AsyncApp(client=office.slack.client, authorize=authorize, signing_secret="unused")
        desk = Desk(office, Gate(app, office.slack, Inbox(store), {"word": "provided"}))
        socket = AsyncSocketModeHandler(app, APP_TOKEN)
        await socket.connect_async()  # type: ignore[no-untyped-call]
        yield desk
        desk.hold.set()
        await socket.close_async()  # type: ignore[no-untyped-call]
        await desk.gate.drain(5)


# Acknowledging


async def test_a_handler_that_takes_its_time_delays_no_acknowledgement(desk: Desk) -> None:
    dana = desk.office.dana
    ts = await desk.office.slack.post(DEPLOYS, message(actions(button("Press", "press", "41"))), "k")
    card = next(one for one in await dana.messages(DEPLOYS) if one["ts"] == ts)
    desk.hold.clear()
    for answer in (
        await dana.type(DEPLOYS, "/deploy api"),
        await dana.click(card, "Press"),
        await dana.shortcut("deploy"),
    ):
        assert answer["acked"]
        assert answer["ack_ms"] < 500
    await dana.wait(lambda: len(desk.came) == 3)


async def test_an_acknowledgement_is_not_lost_when_the_handler_fails_at_once(desk: Desk) -> None:
    for _ in range(20):
        desk.errors = [Refusal(Code.INVALID, "No.")]
        assert (await desk.office.dana.type(DEPLOYS, "/deploy"))["acked"]


# What a handler is told


async def test_a_command_comes_with_its_person_place_and_words(desk: Desk) -> None:
    await desk.office.dana.type(DEPLOYS, "/deploy api v1 “production”")
    await desk.office.dana.wait(lambda: desk.came)
    call = desk.came[0]
    assert (call.kind, call.name, call.text, call.channel) == ("command", "/deploy", "api v1 “production”", DEPLOYS)
    assert (call.person.id, call.person.name, call.person.zone) == ("U0DANA", "Dana Ortiz", "Europe/Berlin")
    assert call.source == f"command /deploy in {DEPLOYS}"


async def test_a_person_whom_slack_cannot_describe_in_time_comes_under_the_name_in_the_request(desk: Desk) -> None:
    await desk.office.people.fault("error", method="users.info", error="user_not_found")
    await desk.office.dana.type(DEPLOYS, "/deploy")
    await desk.office.dana.wait(lambda: desk.came)
    assert desk.came[0].person.name == "dana"


async def test_a_form_comes_with_what_was_entered_and_where_it_was_opened(desk: Desk) -> None:
    await desk.office.dana.submit(await desk.form(), version="v1")
    await desk.office.dana.wait(lambda: desk.came)
    call = desk.came[0]
    assert (call.kind, call.name, call.value) == ("form", "form", DEPLOYS)
    assert call.entered("version") == "v1"
    assert call.entered("unknown") == ""
    assert desk.office.dana.views == [], "the form is closed"


async def test_an_event_comes_with_its_body(desk: Desk) -> None:
    await desk.office.dana.act("home")
    await desk.office.dana.wait(lambda: desk.came)
    assert (desk.came[0].kind, desk.came[0].body["event"]["tab"]) == ("event", "home")


# Once


async def test_what_is_delivered_again_is_not_handled_again(desk: Desk) -> None:
    await desk.office.people.fault("duplicate_delivery")
    await desk.office.people.fault("late_delivery", seconds=0.2)
    await desk.office.dana.type(DEPLOYS, "/deploy")
    await asyncio.sleep(0.5)
    assert len(desk.came) == 1
    await desk.office.dana.type(DEPLOYS, "/deploy")
    await desk.office.dana.wait(lambda: len(desk.came) == 2)


async def test_every_request_is_recorded_before_it_is_handled(desk: Desk) -> None:
    desk.hold.clear()
    await desk.office.dana.type(DEPLOYS, "/deploy " + "x" * 600)
    await desk.office.dana.wait(lambda: desk.came)
    async with desk.gate.inbox.store.reading() as rows:
        request = await rows.get(Request, desk.came[0].key)
    assert request
    assert (request.kind, request.name, request.person, len(request.text)) == ("command", "/deploy", "U0DANA", 500)


# Whatever goes wrong


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (Refusal(Code.LOCKED, "*No*, it is locked.", "Ask Ari."), "*No*, it is locked.\nAsk Ari."),
        (Unavailable("Kubernetes", "HTTP 503"), "Kubernetes does not answer right now"),
        (ZeroDivisionError("secret"), "it is our mistake. Reference: `"),
    ],
)
async def test_who_asked_hears_what_went_wrong_and_nobody_else(desk: Desk, error: Exception, answer: str) -> None:
    desk.errors = [error]
    await desk.office.dana.type(DEPLOYS, "/deploy")
    said = await desk.office.dana.wait_ephemeral(answer)
    assert "secret" not in said["text"]
    assert await desk.office.texts() == []


async def test_an_answer_that_gets_lost_harms_nobody(desk: Desk) -> None:
    desk.errors = [WRONG]
    await desk.office.people.fault("http_500", method="chat.postMessage")
    await desk.office.dana.shortcut("deploy")
    await desk.office.dana.wait(lambda: attempted(desk))
    await desk.office.dana.type(DEPLOYS, "/deploy")
    await desk.office.dana.wait(lambda: len(desk.came) == 2)


async def attempted(desk: Desk) -> bool:
    return bool(await desk.office.people.calls("chat.postMessage"))


async def test_what_is_wrong_in_a_form_is_said_at_its_field_and_the_form_can_be_sent_again(desk: Desk) -> None:
    dana, form = desk.office.dana, await desk.form()
    desk.errors = [WRONG]
    await dana.submit(form, version="x")
    errors = await dana.wait(lambda: [one["errors"] for one in dana.changes if one["type"] == "view_errors"])
    assert errors == [{"version": "x is not a version. Take v1."}]
    await dana.submit(form, version="v1")
    await dana.wait(lambda: len(desk.came) == 2)
    assert dana.views == []


async def test_a_form_that_takes_long_is_closed_and_its_refusal_comes_as_a_direct_message(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gates, "FORM_PATIENCE", 0.1)
    dana, form = desk.office.dana, await desk.form()
    desk.errors = [WRONG]
    desk.hold.clear()
    answer = await dana.submit(form, version="x")
    assert answer["acked"]
    assert dana.views == []
    desk.hold.set()
    [told] = await dana.wait(lambda: [one for one in dana.changes if "is not a version" in str(one)])
    assert told["channel"].startswith("D")


# Stopping


async def test_draining_waits_for_handlers_but_not_for_ever(desk: Desk) -> None:
    desk.hold.clear()
    await desk.office.dana.type(DEPLOYS, "/deploy")
    await desk.office.dana.wait(lambda: desk.came)
    await desk.gate.drain(0.1)
    drained = asyncio.create_task(desk.gate.drain(5))
    await asyncio.sleep(0.05)
    assert not drained.done()
    desk.hold.set()
    await asyncio.wait_for(drained, 1)
