"""Messages: posting, threads, edits, deletions, ephemerals, metadata, history, and what Slack refuses."""

import time
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.blocks import section
from playground.client import Failed, Workspace

DEPLOYS = "C0DEPLOYS"


async def failing(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_thread_counts_its_replies_and_keeps_them_out_of_the_channel(
    web: AsyncWebClient, people: Workspace
) -> None:
    await web.conversations_join(channel=DEPLOYS)
    parent = await web.chat_postMessage(channel=DEPLOYS, text="parent")
    await web.chat_postMessage(channel=DEPLOYS, text="one", thread_ts=parent["ts"])
    loud = await web.chat_postMessage(channel=DEPLOYS, text="two", thread_ts=parent["ts"], reply_broadcast=True)
    ari = people.person("ari")
    await ari.type("deploys", "three", thread=parent["ts"])
    thread = await web.conversations_replies(channel=DEPLOYS, ts=parent["ts"])
    assert [one["text"] for one in thread["messages"]] == ["parent", "one", "two", "three"]
    head = thread["messages"][0]
    assert (head["reply_count"], head["reply_users"]) == (3, ["U0QDECK", "U0ARI"])
    assert head["latest_reply"] == thread["messages"][-1]["ts"]
    history = (await web.conversations_history(channel=DEPLOYS))["messages"]
    assert [one["text"] for one in history[:2]] == ["two", "parent"]
    assert history[0]["subtype"] == "thread_broadcast"
    on_screen = await ari.messages("deploys")
    assert [one["ts"] for one in on_screen[-2:]] == [parent["ts"], loud["ts"]]
    assert [one["text"] for one in await ari.messages("deploys", parent["ts"])] == ["parent", "one", "two", "three"]


async def test_a_reply_needs_a_thread_to_go_to(web: AsyncWebClient) -> None:
    parent = await web.chat_postMessage(channel=DEPLOYS, text="parent")
    reply = await web.chat_postMessage(channel=DEPLOYS, text="reply", thread_ts=parent["ts"])
    post = web.chat_postMessage
    assert await failing(post(channel=DEPLOYS, text="x", thread_ts="1.000001")) == "thread_not_found"
    assert await failing(post(channel=DEPLOYS, text="x", thread_ts=reply["ts"])) == "cannot_reply_to_message"


async def test_an_edit_marks_the_message_and_text_alone_takes_its_blocks_away(web: AsyncWebClient) -> None:
    posted = await web.chat_postMessage(channel=DEPLOYS, text="v1", blocks=[section("v1")])
    assert posted["message"]["blocks"][0]["block_id"]
    edited = await web.chat_update(channel=DEPLOYS, ts=posted["ts"], text="v2", blocks=[section("v2")])
    assert edited["message"]["edited"]["user"] == "U0QDECK"
    plain = await web.chat_update(channel=DEPLOYS, ts=posted["ts"], text="v3")
    assert plain["text"] == "v3"
    assert "blocks" not in plain["message"]


async def test_only_its_own_messages_can_the_bot_edit_or_delete(web: AsyncWebClient, people: Workspace) -> None:
    theirs = await people.person("dana").type("deploys", "mine")
    assert await failing(web.chat_update(channel=DEPLOYS, ts=theirs["ts"], text="x")) == "cant_update_message"
    assert await failing(web.chat_delete(channel=DEPLOYS, ts=theirs["ts"])) == "cant_delete_message"
    assert await failing(web.chat_update(channel=DEPLOYS, ts="1.000001", text="x")) == "message_not_found"


async def test_a_deleted_message_is_gone_and_a_deleted_first_one_leaves_a_tombstone(web: AsyncWebClient) -> None:
    await web.conversations_join(channel=DEPLOYS)
    parent = await web.chat_postMessage(channel=DEPLOYS, text="parent")
    reply = await web.chat_postMessage(channel=DEPLOYS, text="reply", thread_ts=parent["ts"])
    await web.chat_delete(channel=DEPLOYS, ts=parent["ts"])
    thread = (await web.conversations_replies(channel=DEPLOYS, ts=parent["ts"]))["messages"]
    assert [one.get("subtype", one["text"]) for one in thread] == ["tombstone", "reply"]
    await web.chat_delete(channel=DEPLOYS, ts=reply["ts"])
    assert await failing(web.chat_delete(channel=DEPLOYS, ts=reply["ts"])) == "message_not_found"


async def test_an_ephemeral_message_is_seen_by_one_kept_by_none_and_never_edited(
    web: AsyncWebClient, people: Workspace
) -> None:
    dana, ari = people.person("dana"), people.person("ari")
    whisper = web.chat_postEphemeral
    assert await failing(whisper(channel=DEPLOYS, user=dana.id, text="psst")) == "not_in_channel"
    await web.conversations_join(channel=DEPLOYS)
    ts = (await whisper(channel=DEPLOYS, user=dana.id, text="psst"))["message_ts"]
    assert (await dana.wait_ephemeral("psst"))["ephemeral"]
    assert ts in [one["ts"] for one in await dana.messages("deploys")]
    assert ts not in [one["ts"] for one in await ari.messages("deploys")]
    history = (await web.conversations_history(channel=DEPLOYS))["messages"]
    assert ts not in [one["ts"] for one in history]
    assert await failing(web.chat_update(channel=DEPLOYS, ts=ts, text="louder")) == "message_not_found"
    assert await failing(whisper(channel=DEPLOYS, user="U0NOBODY", text="x")) == "user_not_in_channel"


async def test_metadata_comes_back_only_to_those_who_ask_and_survives_edits(web: AsyncWebClient) -> None:
    await web.conversations_join(channel=DEPLOYS)
    meta = {"event_type": "deploy", "event_payload": {"id": 7}}
    posted = await web.chat_postMessage(channel=DEPLOYS, text="card", metadata=meta)
    await web.chat_update(channel=DEPLOYS, ts=posted["ts"], text="card, later")
    plain = (await web.conversations_history(channel=DEPLOYS, limit=1))["messages"][0]
    asked = (await web.conversations_history(channel=DEPLOYS, limit=1, include_all_metadata=True))["messages"][0]
    assert "metadata" not in plain
    assert (asked["text"], asked["metadata"]) == ("card, later", meta)
    wrong = web.chat_postMessage(channel=DEPLOYS, text="x", metadata={"event_type": "only"})
    assert await failing(wrong) == "invalid_metadata_schema"


async def test_history_can_be_cut_by_time_and_comes_in_pages(web: AsyncWebClient) -> None:
    await web.conversations_join(channel=DEPLOYS)
    stamps = [(await web.chat_postMessage(channel=DEPLOYS, text=str(number)))["ts"] for number in range(6)]
    assert stamps == sorted(set(stamps))

    async def texts(**how: Any) -> list[str]:
        return [one["text"] for one in (await web.conversations_history(channel=DEPLOYS, **how))["messages"]]

    assert await texts(oldest=stamps[2], latest=stamps[5]) == ["4", "3"]
    assert await texts(oldest=stamps[2], latest=stamps[5], inclusive=True) == ["5", "4", "3", "2"]
    first = await web.conversations_history(channel=DEPLOYS, limit=4)
    assert first["has_more"]
    more = await texts(limit=4, cursor=first["response_metadata"]["next_cursor"])
    assert more[:2] == ["1", "0"]
    assert await failing(web.conversations_history(channel=DEPLOYS, oldest="yesterday")) == "invalid_ts_oldest"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [{"type": "sektion"}]}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("a")] * 51}, "invalid_blocks"),
        ({"text": "x", "blocks": [section("a" * 2_900)] * 5}, "msg_blocks_too_long"),
        ({"text": "x", "attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
        ({"markdown_text": "x", "text": "y"}, "markdown_text_conflict"),
        ({"text": "x", "channel": "C0NOWHERE"}, "channel_not_found"),
    ],
)
async def test_what_slack_would_not_post_is_refused(web: AsyncWebClient, content: Any, error: str) -> None:
    with pytest.raises(SlackApiError) as caught:
        await web.api_call("chat.postMessage", json={"channel": DEPLOYS} | content)
    assert caught.value.response["error"] == error
    if error == "invalid_blocks":
        assert "[json-pointer:/blocks" in caught.value.response["response_metadata"]["messages"][0]


async def test_long_text_is_cut_when_posted_and_refused_when_edited(web: AsyncWebClient) -> None:
    posted = await web.chat_postMessage(channel=DEPLOYS, text="x" * 40_001)
    assert posted["response_metadata"]["warnings"] == ["message_truncated"]
    assert len(posted["message"]["text"]) == 40_000
    assert await failing(web.chat_update(channel=DEPLOYS, ts=posted["ts"], text="x" * 4_001)) == "msg_too_long"


async def test_blocks_without_text_leave_screen_readers_with_nothing(web: AsyncWebClient) -> None:
    posted = await web.api_call("chat.postMessage", json={"channel": DEPLOYS, "blocks": [section("only here")]})
    assert posted["message"]["text"] == "This content can't be displayed."


async def test_rich_text_can_only_become_rich_text(web: AsyncWebClient) -> None:
    elements = [{"type": "rich_text_section", "elements": [{"type": "text", "text": "hi"}]}]
    posted = await web.chat_postMessage(
        channel=DEPLOYS, text="hi", blocks=[{"type": "rich_text", "elements": elements}]
    )
    edit = web.chat_update(channel=DEPLOYS, ts=posted["ts"], text="x", blocks=[section("x")])
    assert await failing(edit) == "block_mismatch"


async def test_a_message_can_go_to_a_channel_by_name_and_to_a_person(web: AsyncWebClient, people: Workspace) -> None:
    assert (await web.chat_postMessage(channel="#deploys", text="named"))["channel"] == DEPLOYS
    direct = await web.chat_postMessage(channel="U0VIC", text="just us")
    assert direct["channel"] == (await web.conversations_open(users="U0VIC"))["channel"]["id"]
    vic = people.person("vic")
    assert (await vic.messages(direct["channel"]))[0]["text"] == "just us"
    with pytest.raises(Failed, match="channel_not_found"):
        await people.person("dana").messages(direct["channel"])


async def test_a_permalink_leads_to_the_page(web: AsyncWebClient) -> None:
    posted = await web.chat_postMessage(channel=DEPLOYS, text="here")
    link = (await web.chat_getPermalink(channel=DEPLOYS, message_ts=posted["ts"]))["permalink"]
    assert link.endswith(f"/archives/{DEPLOYS}/p{posted['ts'].replace('.', '')}")
    session = web.session
    assert session is not None
    async with session.get(link, allow_redirects=False) as response:
        assert response.headers["Location"] == f"/#//{DEPLOYS}/"


async def test_a_scheduled_message_comes_when_it_is_time_and_never_with_metadata(
    web: AsyncWebClient, people: Workspace
) -> None:
    at = int(time.time()) + 60
    await people.clock(600)
    plain = await web.chat_scheduleMessage(channel=DEPLOYS, post_at=at, text="later")
    meta = {"event_type": "x", "event_payload": {}}
    await web.api_call(
        "chat.scheduleMessage", json={"channel": DEPLOYS, "post_at": at, "text": "lost", "metadata": meta}
    )
    gone = await web.chat_scheduleMessage(channel=DEPLOYS, post_at=at + 3_000, text="cancelled")
    await web.chat_deleteScheduledMessage(channel=DEPLOYS, scheduled_message_id=gone["scheduled_message_id"])
    assert plain["post_at"] == at
    dana = people.person("dana")
    await dana.wait_message("deploys", "later")
    await dana.wait(lambda: _nothing_left(web))
    assert "lost" not in [one["text"] for one in await dana.messages("deploys")]
    assert await failing(web.chat_scheduleMessage(channel=DEPLOYS, post_at=1, text="x")) == "time_in_past"
    far = web.chat_scheduleMessage(channel=DEPLOYS, post_at=at + 121 * 86_400, text="x")
    assert await failing(far) == "time_too_far"


async def _nothing_left(web: AsyncWebClient) -> bool:
    return not (await web.chat_scheduledMessages_list())["scheduled_messages"]


async def test_typed_mentions_become_ids_and_typed_brackets_stay_harmless(people: Workspace) -> None:
    dana = people.person("dana")
    await dana.type("deploys", "@ari look at #incidents <!channel> & tell @approvers, not dana@example.com")
    message = (await dana.messages("deploys"))[-1]
    assert message["text"] == (
        "<@U0ARI> look at <#C0INCIDENTS> &lt;!channel&gt; &amp; tell <!subteam^S0APPROVE>, not dana@example.com"
    )
    kinds = [one["type"] for one in message["blocks"][0]["elements"][0]["elements"]]
    assert kinds == ["user", "text", "channel", "text", "usergroup", "text"]
