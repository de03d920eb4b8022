"""The whole way through: a command, a form, a button, an edit, the Home tab, with an unmodified Bolt app."""

import asyncio
from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp

from bot.blocks import actions, button, labelled, modal, section, text_input
from playground.client import Workspace


def install(app: AsyncApp) -> None:
    @app.command("/ship")
    async def ship(ack: Any, body: Any, client: Any) -> None:
        await ack()
        form = modal("Ship", "ship_form", [labelled("What", text_input("what"), "what")], submit="Go")
        await client.views_open(trigger_id=body["trigger_id"], view=form)

    @app.view("ship_form")
    async def submitted(ack: Any, view: Any, client: Any) -> None:
        what = view["state"]["values"]["what"]["what"]["value"]
        if what == "nothing":
            await ack(response_action="errors", errors={"what": "Something, please."})
            return
        await ack()
        blocks = [section(f"Ship *{what}*?"), actions(button("Approve", "approve", what), block_id="ask")]
        await client.chat_postMessage(channel="C0DEPLOYS", text=f"Ship {what}?", blocks=blocks)

    @app.action("approve")
    async def approve(ack: Any, body: Any, client: Any, respond: Any) -> None:
        await ack()
        message, user = body["message"], body["user"]["id"]
        await client.chat_update(channel=body["channel"]["id"], ts=message["ts"], text=f"Approved by <@{user}>")
        await respond(text="Thank you.", replace_original=False)

    @app.event("app_home_opened")
    async def home(event: Any, client: Any) -> None:
        view = {"type": "home", "blocks": [section(f"Hello <@{event['user']}>")]}
        await client.views_publish(user_id=event["user"], view=view)


async def test_a_command_opens_a_form_whose_submission_posts_a_button_whose_click_edits_the_message(
    app: AsyncApp, connected: AsyncSocketModeHandler, people: Workspace
) -> None:
    install(app)
    dana, ari = people.person("dana"), people.person("ari")
    answer = await dana.type("deploys", "/ship api")
    assert answer["acked"]
    assert answer["ack_ms"] < 1_000
    form = await dana.wait_view("Ship")
    await dana.submit(form, what="nothing")
    errors = await dana.wait(lambda: [one for one in dana.changes if one["type"] == "view_errors"])
    assert errors[0]["errors"] == {"what": "Something, please."}
    await dana.submit(form, what="api v1.2")
    await dana.wait(lambda: not dana.views)
    asked = await ari.wait_message("deploys", "Ship api v1.2?")
    assert asked["bot_id"] == "B0QDECK"
    await ari.click(asked, "Approve")
    done = await dana.wait_message("deploys", "Approved by <@U0ARI>")
    assert done["ts"] == asked["ts"]
    assert "blocks" not in done
    assert (await ari.wait_ephemeral("Thank you."))["channel"] == "C0DEPLOYS"
    assert not [one for one in dana.seen() if one["text"] == "Thank you."]
    view = await dana.home()
    assert view["blocks"][0]["text"]["text"] == "Hello <@U0DANA>"
    await asyncio.sleep(0)
