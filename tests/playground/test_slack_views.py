"""Modals and the Home tab: triggers, the stack, hashes, and what a form's answer may be."""

from functools import partial
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import actions, button, labelled, modal, option, section, select, text_input
from playground.client import Actor, Failed, Workspace
from playground.slack import tickets


def form(title: str, **more: Any) -> dict[str, Any]:
    return modal(title, title.lower(), [labelled("Name", text_input("name"), "name")], submit="Go") | more


async def failing(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


class Recorder:
    """An app that opens whatever it is told to, and keeps what it hears."""

    def __init__(self, app: AsyncApp) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {}
        app.command("/ship")(self.take)
        app.shortcut("ship")(self.take)
        app.action("more")(self.take)
        app.view("form")(self.submitted)
        app.view_closed("form")(self.take)

    async def take(self, ack: Any, body: Any) -> None:
        await ack()
        self.heard.append(body)

    async def submitted(self, ack: Any, body: Any) -> None:
        await ack(**self.answer)
        self.heard.append(body)

    @property
    def trigger(self) -> str:
        return str(self.heard[-1]["trigger_id"])


@pytest.fixture
def told(app: AsyncApp, connected: AsyncSocketModeHandler) -> Recorder:
    return Recorder(app)


async def opened(web: AsyncWebClient, told: Recorder, dana: Actor, view: dict[str, Any]) -> dict[str, Any]:
    await dana.type("deploys", "/ship api")
    return dict((await web.views_open(trigger_id=told.trigger, view=view))["view"])


async def test_a_trigger_opens_one_form_within_three_seconds(
    web: AsyncWebClient, told: Recorder, dana: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    await opened(web, told, dana, form("Form"))
    assert await failing(web.views_open(trigger_id=told.trigger, view=form("Form"))) == "exchanged_trigger_id"
    assert await failing(web.views_open(trigger_id="1.2.3", view=form("Form"))) == "invalid_trigger_id"
    await dana.type("deploys", "/ship api")
    monkeypatch.setattr(tickets, "TRIGGER_LIFE", -1.0)
    assert await failing(web.views_open(trigger_id=told.trigger, view=form("Form"))) == "expired_trigger_id"


async def test_three_forms_may_lie_on_each_other(web: AsyncWebClient, told: Recorder, dana: Actor) -> None:
    view = form("Form") | {"blocks": [actions(button("More", "more"))], "submit": None}
    view.pop("submit")
    first = await opened(web, told, dana, view)
    for depth in (2, 3):
        await dana.click(await dana.wait_view("Form"), "More")
        pushed = (await web.views_push(trigger_id=told.trigger, view=view))["view"]
        assert pushed["root_view_id"] == first["id"]
        await dana.wait(partial(_depth, dana, depth))
    await dana.click(dana.views[-1], "More")
    assert told.heard[-1]["container"] == {"type": "view", "view_id": pushed["id"]}
    assert await failing(web.views_push(trigger_id=told.trigger, view=view)) == "push_limit_reached"
    await dana.close(dana.views[-1])
    await dana.wait(lambda: len(dana.views) == 2)
    assert dana.views[-1]["id"] == pushed["previous_view_id"]


def _depth(person: Actor, depth: int) -> bool:
    return len(person.views) == depth


async def test_a_push_needs_a_trigger_from_a_form(web: AsyncWebClient, told: Recorder, dana: Actor) -> None:
    await dana.type("deploys", "/ship api")
    assert await failing(web.views_push(trigger_id=told.trigger, view=form("Form"))) == "not_found"


async def test_an_update_with_an_old_hash_is_refused_and_a_closed_form_is_not_found(
    web: AsyncWebClient, told: Recorder, dana: Actor
) -> None:
    view = await opened(web, told, dana, form("Form", external_id="mine"))
    newer = await web.views_update(view_id=view["id"], view=form("Newer"), hash=view["hash"])
    assert newer["view"]["id"] == view["id"]
    assert await failing(web.views_update(view_id=view["id"], view=form("Form"), hash=view["hash"])) == "hash_conflict"
    await dana.close(await dana.wait_view("Newer"))
    assert await failing(web.views_update(view_id=view["id"], view=form("Form"))) == "not_found"
    assert await failing(web.views_update(external_id="mine", view=form("Form"))) == "not_found"


async def test_an_external_id_may_be_open_once(web: AsyncWebClient, told: Recorder, people: Workspace) -> None:
    await opened(web, told, people.person("dana"), form("Form", external_id="mine"))
    await people.person("ari").type("deploys", "/ship api")
    again = web.views_open(trigger_id=told.trigger, view=form("Form", external_id="mine"))
    assert await failing(again) == "duplicate_external_id"
    assert (await web.views_update(external_id="mine", view=form("Form", external_id="mine")))["ok"]


async def test_what_was_entered_survives_an_update_under_the_same_ids(
    web: AsyncWebClient, told: Recorder, dana: Actor
) -> None:
    menu = labelled("Where", select("where", [option("one"), option("two")], chosen="one"), "where")
    view = form("Form")
    view["blocks"].append(menu)
    shown = await opened(web, told, dana, view)
    assert shown["state"]["values"]["where"]["where"]["selected_option"]["value"] == "one"
    await dana.act("click", view_id=shown["id"], action_id="where", selected_option="two")
    await web.views_update(view_id=shown["id"], view=view | {"blocks": [*view["blocks"], section("and more")]})
    await dana.submit(await dana.wait_view("Form"), name="x")
    values = told.heard[-1]["view"]["state"]["values"]
    assert values["where"]["where"]["selected_option"] == option("two")
    assert values["name"]["name"] == {"type": "plain_text_input", "value": "x"}


async def test_a_form_with_holes_is_not_even_sent(web: AsyncWebClient, told: Recorder, dana: Actor) -> None:
    view = await opened(web, told, dana, form("Form"))
    before = len(told.heard)
    with pytest.raises(Failed, match="Please complete this required field"):
        await dana.submit(view)
    with pytest.raises(Failed, match="no more than 300"):
        await dana.submit(view, name="x" * 301)
    assert len(told.heard) == before
    errors = await dana.wait(lambda: [one for one in dana.changes if one["type"] == "view_errors"])
    assert errors[0]["errors"] == {"name": "Please complete this required field."}


@pytest.mark.parametrize(
    ("answer", "titles"),
    [
        ({}, ["Below"]),
        ({"response_action": "clear"}, []),
        ({"response_action": "update", "view": form("Other")}, ["Below", "Other"]),
        ({"response_action": "push", "view": form("Other")}, ["Below", "Form", "Other"]),
        ({"response_action": "errors", "errors": {"name": "taken"}}, ["Below", "Form"]),
    ],
)
async def test_a_form_does_what_its_answer_says(
    web: AsyncWebClient, told: Recorder, dana: Actor, answer: dict[str, Any], titles: list[str]
) -> None:
    below = modal("Below", "below", [actions(button("More", "more"))])
    await opened(web, told, dana, below)
    await dana.click(await dana.wait_view("Below"), "More")
    await web.views_push(trigger_id=told.trigger, view=form("Form"))
    told.answer = answer
    await dana.submit(await dana.wait_view("Form"), name="x")
    await dana.wait(lambda: [one["title"]["text"] for one in dana.views] == titles)


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"elsewhere": "no such input"}},
        {"response_action": "update", "view": {"type": "modal", "blocks": []}},
        {"response_action": "explode"},
    ],
)
async def test_an_answer_that_makes_no_sense_leaves_the_form_open(
    web: AsyncWebClient, told: Recorder, dana: Actor, answer: dict[str, Any]
) -> None:
    view = await opened(web, told, dana, form("Form"))
    told.answer = answer
    assert (await dana.submit(view, name="x"))["error"] == "bad_response"
    assert [one["id"] for one in dana.views] == [view["id"]]
    assert "trouble connecting" in dana.seen()[-1]["text"]


async def test_closing_is_told_where_the_form_asks_for_it(web: AsyncWebClient, told: Recorder, dana: Actor) -> None:
    view = await opened(web, told, dana, form("Form"))
    before = len(told.heard)
    await dana.close(view)
    assert len(told.heard) == before
    view = await opened(web, told, dana, form("Form", notify_on_close=True))
    await dana.close(view)
    assert (told.heard[-1]["type"], told.heard[-1]["is_cleared"]) == ("view_closed", False)


async def test_a_view_that_slack_would_not_show_is_refused(web: AsyncWebClient, told: Recorder, dana: Actor) -> None:
    await dana.type("deploys", "/ship api")
    without_submit = form("Form")
    del without_submit["submit"]
    with pytest.raises(SlackApiError) as caught:
        await web.views_open(trigger_id=told.trigger, view=without_submit)
    assert caught.value.response["error"] == "invalid_arguments"
    assert "json-pointer:/view" in caught.value.response["response_metadata"]["messages"][0]
    home = {"type": "home", "blocks": [section("x")]}
    assert await failing(web.views_open(trigger_id=told.trigger, view=home)) == "invalid_arguments"
    huge = form("Form", private_metadata="x" * 3_001)
    assert await failing(web.views_open(trigger_id=told.trigger, view=huge)) == "invalid_arguments"
    assert (await web.views_open(trigger_id=told.trigger, view=form("Form")))["ok"], "a refusal uses up no trigger"


async def test_a_home_tab_is_one_per_person_with_a_hash(web: AsyncWebClient, people: Workspace) -> None:
    def home(text: str) -> dict[str, Any]:
        return {"type": "home", "blocks": [section(text)]}

    first = (await web.views_publish(user_id="U0DANA", view=home("one")))["view"]
    second = (await web.views_publish(user_id="U0DANA", view=home("two"), hash=first["hash"]))["view"]
    assert second["id"] == first["id"]
    assert await failing(web.views_publish(user_id="U0DANA", view=home("3"), hash=first["hash"])) == "hash_conflict"
    assert await failing(web.views_publish(user_id="U0NOBODY", view=home("x"))) == "invalid_arguments"
    shown = await people.get("home", **{"as": "U0DANA"})
    assert shown["view"]["blocks"][0]["text"]["text"] == "two"
    assert (await people.get("home", **{"as": "U0ARI"}))["view"] is None
