"""Commands, buttons, menus, shortcuts, response URLs: the payloads that the app gets and the answers that it gives."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import actions, button, option, section, select
from playground.client import Actor, Failed, Workspace


class Ears:
    """An app that acknowledges everything with `answer` and keeps what it heard."""

    def __init__(self, app: AsyncApp) -> None:
        self.heard: list[dict[str, Any]] = []
        self.answer: dict[str, Any] = {}
        for listen in (
            app.command("/ship"),
            app.command("/call"),
            app.action("go"),
            app.action("pick"),
            app.shortcut("ship"),
            app.shortcut("keep"),
            app.options("look"),
        ):
            listen(self.hear)

    async def hear(self, ack: Any, body: Any) -> None:
        self.heard.append(body)
        await ack(**self.answer)

    @property
    def last(self) -> dict[str, Any]:
        return self.heard[-1]


@pytest.fixture
def ears(app: AsyncApp, connected: AsyncSocketModeHandler) -> Ears:
    return Ears(app)


async def answered(url: str, **body: Any) -> tuple[int, str]:
    async with ClientSession() as session, session.post(url, json=body) as response:
        return response.status, await response.text()


async def test_a_command_says_who_typed_what_where(ears: Ears, dana: Actor) -> None:
    await dana.type("deploys", "/ship api  v1.2 @ari")
    wanted = {
        "command": "/ship",
        "text": "api  v1.2 @ari",
        "channel_id": "C0DEPLOYS",
        "channel_name": "deploys",
        "user_id": "U0DANA",
        "user_name": "dana",
        "team_domain": "harbour",
        "api_app_id": "A0QDECK",
        "is_enterprise_install": "false",
    }
    assert {key: ears.last[key] for key in wanted} == wanted
    assert ears.last["response_url"].startswith("http://127.0.0.1:")


async def test_mentions_in_a_command_are_resolved_where_the_manifest_asks_for_it(ears: Ears, dana: Actor) -> None:
    await dana.type("deploys", "/call @ari about #deploys or @approvers or @nobody")
    assert ears.last["text"] == (
        "<@U0ARI|ari> about <#C0DEPLOYS|deploys> or <!subteam^S0APPROVE|@approvers> or @nobody"
    )


async def test_an_unknown_command_or_one_in_a_thread_never_reaches_the_app(ears: Ears, dana: Actor) -> None:
    with pytest.raises(Failed, match="unknown_command"):
        await dana.type("deploys", "/shipp api")
    parent = await dana.type("deploys", "a thread")
    with pytest.raises(Failed, match="not_in_threads"):
        await dana.type("deploys", "/ship api", thread=parent["ts"])
    assert ears.heard == []


async def test_an_acknowledgement_may_carry_an_answer_for_one_or_for_all(
    ears: Ears, dana: Actor, people: Workspace
) -> None:
    ears.answer = {"text": "just for you"}
    await dana.type("deploys", "/ship api")
    assert dana.seen()[-1]["text"] == "just for you"
    ears.answer = {"text": "for all", "response_type": "in_channel"}
    await dana.type("deploys", "/ship api")
    assert (await people.person("vic").wait_message("deploys", "for all"))["bot_id"] == "B0QDECK"


async def test_a_response_url_answers_five_times_and_a_command_has_nothing_to_replace(ears: Ears, dana: Actor) -> None:
    await dana.type("deploys", "/ship api")
    url = ears.last["response_url"]
    assert await answered(url, text="one") == (200, "ok")
    assert await answered(url, text="two", replace_original=True) == (200, "ok")
    assert [one["text"] for one in (await dana.messages("deploys"))[-2:]] == ["one", "two"]
    assert (await answered(url, blocks=[{"type": "nonsense"}]))[0] == 400
    assert (await answered(url))[1] == '{"ok": false, "error": "no_text"}'
    assert (await answered(url, text="five"))[0] == 200
    assert await answered(url, text="six") == (404, '{"ok": false, "error": "used_url"}')
    assert (await answered(f"{url}x", text="?"))[1] == '{"ok": false, "error": "invalid_url"}'


async def test_a_response_url_is_good_for_half_an_hour(ears: Ears, dana: Actor, people: Workspace) -> None:
    await dana.type("deploys", "/ship api")
    await people.clock(36_000)
    await asyncio.sleep(0.06)
    assert "expired_url" in (await answered(ears.last["response_url"], text="late"))[1]


async def test_a_button_in_a_message_comes_with_the_message_and_can_replace_or_delete_it(
    ears: Ears, dana: Actor, web: AsyncWebClient
) -> None:
    blocks = [actions(button("Yes", "go", "1")), actions(button("No", "go", "0"), block_id="no")]
    posted = await web.chat_postMessage(channel="C0DEPLOYS", text="Ship?", blocks=blocks)
    message = await dana.wait_message("deploys", "Ship?")
    await dana.click(message, "No")
    body = ears.last
    assert body["type"] == "block_actions"
    action = body["actions"][0]
    assert (action["value"], action["block_id"], action["type"], action["text"]["text"]) == ("0", "no", "button", "No")
    assert body["container"]["message_ts"] == body["message"]["ts"] == posted["ts"]
    assert body["channel"] == {"id": "C0DEPLOYS", "name": "deploys"}
    assert body["user"]["username"] == "dana"
    assert await answered(body["response_url"], text="Done.", replace_original=True) == (200, "ok")
    replaced = next(one for one in await dana.messages("deploys") if one["ts"] == posted["ts"])
    assert (replaced["text"], replaced["blocks"]) == ("Done.", [])
    assert (await answered(body["response_url"], delete_original=True))[0] == 200
    assert posted["ts"] not in [one["ts"] for one in await dana.messages("deploys")]


async def test_an_ephemeral_message_can_be_replaced_through_its_own_button_alone(
    ears: Ears, dana: Actor, people: Workspace, web: AsyncWebClient
) -> None:
    await web.conversations_join(channel="C0DEPLOYS")
    blocks = [actions(button("Yes", "go"))]
    await web.chat_postEphemeral(channel="C0DEPLOYS", user="U0DANA", text="Sure?", blocks=blocks)
    whisper = await dana.wait_ephemeral("Sure?")
    with pytest.raises(Failed, match="message_not_found"):
        await people.person("ari").click(whisper, "Yes")
    await dana.click(whisper, "Yes")
    assert ears.last["container"]["is_ephemeral"]
    assert "message" not in ears.last
    await answered(ears.last["response_url"], text="Sure.", replace_original=True)
    assert (await dana.messages("deploys"))[-1]["text"] == "Sure."
    await answered(ears.last["response_url"], delete_original=True)
    assert "Sure." not in [one["text"] for one in await dana.messages("deploys")]


async def test_a_menu_gives_its_option_and_the_state_of_the_message(
    ears: Ears, dana: Actor, web: AsyncWebClient
) -> None:
    menu = select("pick", [option("one"), option("two")], chosen="one")
    overflow = {"type": "overflow", "action_id": "go", "options": [option("Stop", "stop"), option("Go", "go")]}
    blocks = [section("Pick", menu) | {"block_id": "menu"}, section("More", overflow)]
    await web.chat_postMessage(channel="C0DEPLOYS", text="Pick", blocks=blocks)
    message = await dana.wait_message("deploys", "Pick")
    await dana.click(message, "pick", selected_option="two")
    assert ears.last["actions"][0]["selected_option"] == option("two")
    assert ears.last["state"]["values"]["menu"]["pick"]["selected_option"] == option("two")
    await dana.click(message, "go", value="stop")
    assert ears.last["actions"][0]["selected_option"]["value"] == "stop"
    with pytest.raises(Failed, match="no_such_option"):
        await dana.click(message, "pick", selected_option="three")
    with pytest.raises(Failed, match="no_such_element"):
        await dana.act("click", channel="deploys", ts=message["ts"], action_id="gone")


async def test_shortcuts_come_with_what_they_were_used_on(ears: Ears, dana: Actor) -> None:
    await dana.shortcut("ship")
    assert (ears.last["type"], ears.last["callback_id"]) == ("shortcut", "ship")
    await dana.type("deploys", "worth keeping")
    message = (await dana.messages("deploys"))[-1]
    await dana.message_shortcut(message, "keep")
    assert (ears.last["type"], ears.last["message"]["text"]) == ("message_action", "worth keeping")
    with pytest.raises(Failed, match="unknown_shortcut"):
        await dana.shortcut("keep")


async def test_a_menu_may_ask_the_app_for_its_options(ears: Ears, dana: Actor, web: AsyncWebClient) -> None:
    menu = {"type": "external_select", "action_id": "look", "min_query_length": 1}
    posted = await web.chat_postMessage(channel="C0DEPLOYS", text="Look", blocks=[section("Look", menu)])
    ears.answer = {"options": [option("api"), option("web")]}
    where = {"channel": "deploys", "ts": posted["ts"], "action_id": "look"}
    answer = await dana.act("suggest", **where, value="a")
    assert (ears.last["type"], ears.last["value"]) == ("block_suggestion", "a")
    assert answer["options"] == [option("api"), option("web")]


async def test_a_menu_in_an_input_is_no_action_unless_it_is_made_one(
    ears: Ears, dana: Actor, web: AsyncWebClient
) -> None:
    menu = select("pick", [option("one"), option("two")])
    quiet = {"type": "input", "block_id": "q", "label": {"type": "plain_text", "text": "Q"}, "element": menu}
    view = {"type": "home", "blocks": [quiet, quiet | {"block_id": "loud", "dispatch_action": True}]}
    published = (await web.views_publish(user_id="U0DANA", view=view))["view"]
    where = {"view_id": published["id"], "action_id": "pick", "selected_option": "two"}
    await dana.act("click", **where, block_id="q")
    assert ears.heard == []
    await dana.act("click", **where, block_id="loud")
    assert ears.last["view"]["state"]["values"]["q"]["pick"]["selected_option"] == option("two")
