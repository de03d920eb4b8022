"""What hangs on channels and messages: files, reactions, pins, bookmarks, canvases."""

import base64
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.client import Failed, Workspace

DEPLOYS = "C0DEPLOYS"


async def failing(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_an_upload_in_three_steps_ends_in_the_thread(web: AsyncWebClient, people: Workspace) -> None:
    await web.conversations_join(channel=DEPLOYS)
    parent = await web.chat_postMessage(channel=DEPLOYS, text="parent")
    uploaded = await web.files_upload_v2(
        content="one\ntwo\n",
        filename="log.txt",
        title="The log",
        alt_txt="two lines",
        channel=DEPLOYS,
        thread_ts=parent["ts"],
        initial_comment="see here",
    )
    file = uploaded["files"][0]
    assert (file["title"], file["size"], file["alt_txt"]) == ("The log", 8, "two lines")
    thread = await people.person("dana").messages("deploys", parent["ts"])
    assert (thread[1]["text"], thread[1]["files"][0]["id"]) == ("see here", file["id"])
    async with ClientSession() as session, session.get(file["url_private"]) as response:
        assert await response.text() == "one\ntwo\n"
    assert (await web.files_info(file=file["id"]))["file"]["name"] == "log.txt"
    await web.files_delete(file=file["id"])
    assert await failing(web.files_info(file=file["id"])) == "file_not_found"
    assert (await people.person("dana").messages("deploys", parent["ts"]))[1]["files"] == []


async def test_an_upload_needs_bytes_before_it_is_complete(web: AsyncWebClient) -> None:
    empty = web.api_call("files.getUploadURLExternal", params={"filename": "x", "length": 0})
    assert await failing(empty) == "invalid_arguments"
    begun = await web.files_getUploadURLExternal(filename="x.png", length=3)
    complete = web.files_completeUploadExternal(files=[{"id": begun["file_id"], "title": "x"}])
    assert await failing(complete) == "file_not_found"


async def test_people_share_files_too(web: AsyncWebClient, people: Workspace) -> None:
    dana = people.person("dana")
    content = base64.b64encode(b"\x89PNG").decode()
    shared = await dana.act("upload", channel="deploys", name="graph.png", content=content, alt="a graph")
    file = (await dana.messages("deploys"))[-1]["files"][0]
    assert (file["id"], file["mimetype"], file["alt_txt"]) == (shared["file"], "image/png", "a graph")


async def test_a_reaction_counts_people_once_each(web: AsyncWebClient, people: Workspace) -> None:
    posted = await web.chat_postMessage(channel=DEPLOYS, text="hello")
    react = {"channel": DEPLOYS, "timestamp": posted["ts"], "name": "eyes"}
    assert await failing(web.reactions_add(**react)) == "no_access"
    await web.conversations_join(channel=DEPLOYS)
    await web.reactions_add(**react)
    assert await failing(web.reactions_add(**react)) == "already_reacted"
    assert await failing(web.reactions_add(**react | {"timestamp": "soon"})) == "bad_timestamp"
    dana = people.person("dana")
    await dana.act("react", channel="deploys", ts=posted["ts"], name=":eyes:")
    reactions = (await web.reactions_get(channel=DEPLOYS, timestamp=posted["ts"]))["message"]["reactions"]
    assert reactions == [{"name": "eyes", "users": ["U0QDECK", "U0DANA"], "count": 2}]
    await web.reactions_remove(**react)
    await dana.act("unreact", channel="deploys", ts=posted["ts"], name="eyes")
    assert "reactions" not in (await dana.messages("deploys"))[0]
    with pytest.raises(Failed, match="no_reaction"):
        await dana.act("unreact", channel="deploys", ts=posted["ts"], name="eyes")


async def test_a_pin_is_seen_on_the_message_and_in_the_channel(web: AsyncWebClient, people: Workspace) -> None:
    posted = await web.chat_postMessage(channel=DEPLOYS, text="keep")
    pin = {"channel": DEPLOYS, "timestamp": posted["ts"]}
    assert await failing(web.pins_add(**pin)) == "not_in_channel"
    await web.conversations_join(channel=DEPLOYS)
    await web.pins_add(**pin)
    assert await failing(web.pins_add(**pin)) == "already_pinned"
    assert [one["message"]["text"] for one in (await web.pins_list(channel=DEPLOYS))["items"]] == ["keep"]
    state = await people.get("state", **{"as": "U0DANA"})
    assert next(one["pins"] for one in state["channels"] if one["id"] == DEPLOYS) == [posted["ts"]]
    await people.person("dana").act("unpin", channel="deploys", ts=posted["ts"])
    assert await failing(web.pins_remove(**pin)) == "no_pin"


async def test_bookmarks_are_links_that_can_be_edited(web: AsyncWebClient, people: Workspace) -> None:
    link = {"channel_id": DEPLOYS, "title": "Runbook", "type": "link", "link": "https://example.com/runbook"}
    assert await failing(web.bookmarks_add(**link)) == "access_denied"
    await web.conversations_join(channel=DEPLOYS)
    added = (await web.bookmarks_add(**link, emoji=":book:"))["bookmark"]
    await web.bookmarks_edit(channel_id=DEPLOYS, bookmark_id=added["id"], title="Runbook 2")
    listed = (await web.bookmarks_list(channel_id=DEPLOYS))["bookmarks"]
    assert [(one["title"], one["link"]) for one in listed] == [("Runbook 2", "https://example.com/runbook")]
    assert await failing(web.bookmarks_add(**link | {"link": "javascript:alert(1)"})) == "invalid_link"
    assert await failing(web.bookmarks_add(**link | {"title": "x" * 257})) == "invalid_arguments"
    state = await people.get("state", **{"as": "U0DANA"})
    shown = next(one["bookmarks"] for one in state["channels"] if one["id"] == DEPLOYS)
    assert [(one["title"], one["emoji"]) for one in shown] == [("Runbook 2", ":book:")]
    await web.bookmarks_remove(channel_id=DEPLOYS, bookmark_id=added["id"])
    assert await failing(web.bookmarks_remove(channel_id=DEPLOYS, bookmark_id=added["id"])) == "not_found"


async def test_a_channel_has_one_canvas_that_changes_one_step_at_a_time(web: AsyncWebClient) -> None:
    await web.conversations_join(channel=DEPLOYS)
    document = {"type": "markdown", "markdown": "# Timeline\n\n10:00 it began"}
    canvas = (await web.conversations_canvases_create(channel_id=DEPLOYS, document_content=document))["canvas_id"]
    again = web.conversations_canvases_create(channel_id=DEPLOYS, document_content=document)
    assert await failing(again) == "channel_canvas_already_exists"
    end = {"operation": "insert_at_end", "document_content": {"type": "markdown", "markdown": "10:05 it ended"}}
    await web.canvases_edit(canvas_id=canvas, changes=[end])
    assert await failing(web.canvases_edit(canvas_id=canvas, changes=[end, end])) == "invalid_arguments"

    async def sections(**criteria: Any) -> int:
        return len((await web.canvases_sections_lookup(canvas_id=canvas, criteria=criteria))["sections"])

    assert await sections(contains_text="it") == 2
    assert await sections(section_types=["h1"]) == 1
    await web.canvases_delete(canvas_id=canvas)
    assert await failing(web.canvases_edit(canvas_id=canvas, changes=[end])) == "canvas_not_found"
