"""The Events API: what the app hears of, and what it does not."""

from typing import Any

from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from playground.client import Actor
from tests.playground.socket_line import Line


async def test_the_bot_hears_its_own_messages_unless_bolt_keeps_them_from_it(
    line: Line, app: AsyncApp, connected: AsyncSocketModeHandler, dana: Actor, web: AsyncWebClient
) -> None:
    heard: list[str] = []

    @app.event("message")
    async def hear(event: Any) -> None:
        heard.append(event["text"])

    await web.conversations_join(channel="C0DEPLOYS")
    await web.chat_postMessage(channel="C0DEPLOYS", text="mine")
    await dana.type("deploys", "yours")
    await dana.wait(lambda: "yours" in heard)
    assert "mine" not in heard
    await connected.close_async()  # type: ignore[no-untyped-call]
    await line.dial()
    await line.next()
    await web.chat_postMessage(channel="C0DEPLOYS", text="mine")
    envelope = await line.next()
    assert (envelope["payload"]["event"]["text"], envelope["payload"]["event"]["bot_id"]) == ("mine", "B0QDECK")
    await line.ack(envelope)


async def test_events_tell_what_happens_where_the_bot_is_and_is_subscribed(
    line: Line, dana: Actor, web: AsyncWebClient
) -> None:
    await line.dial()
    await line.next()

    async def heard(most: int) -> list[dict[str, Any]]:
        found = []
        for _ in range(most):
            envelope = await line.next()
            await line.ack(envelope)
            found.append(envelope["payload"]["event"])
        return found

    await dana.type("random", "the bot is not here")
    await web.conversations_join(channel="C0DEPLOYS")
    joined = await heard(2)
    assert [(one["type"], one.get("subtype", "")) for one in joined] == [
        ("message", "channel_join"),
        ("member_joined_channel", ""),
    ]
    said = await dana.type("deploys", "@probe hello")
    mentioned = await heard(2)
    assert {one["type"] for one in mentioned} == {"message", "app_mention"}
    assert all(one["text"] == "<@U0QDECK> hello" for one in mentioned)
    await dana.act("react", channel="deploys", ts=said["ts"], name="eyes")
    await dana.act("pin", channel="deploys", ts=said["ts"])
    reacted, pinned = await heard(2)
    assert (reacted["type"], reacted["item"]["ts"], reacted["item_user"]) == ("reaction_added", said["ts"], "U0DANA")
    assert (pinned["type"], pinned["item"]["message"]["text"]) == ("pin_added", "<@U0QDECK> hello")
    await dana.act("unreact", channel="deploys", ts=said["ts"], name="eyes")  # not in the manifest, so not told
    direct = await dana.act("open_im", user="U0QDECK")
    await dana.type(direct["channel"], "psst")
    (psst,) = await heard(1)
    assert (psst["channel_type"], psst["text"]) == ("im", "psst")
    await dana.act("home")
    (opened,) = await heard(1)
    assert (opened["type"], opened["tab"], opened["channel"]) == ("app_home_opened", "home", direct["channel"])
