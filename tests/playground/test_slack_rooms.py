"""Conversations: names, members, what the bot may know of, archiving; people and groups."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.client import Failed, Workspace
from playground.slack import SlackWorkspace
from playground.world import BOT_TOKEN


async def failing(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Inc 1", "invalid_name_specials"),
        ("Inc-1", "invalid_name_specials"),
        ("---", "invalid_name_punctuation"),
        ("deploys", "name_taken"),
    ],
)
async def test_a_channel_can_not_be_called_that(web: AsyncWebClient, name: str, error: str) -> None:
    assert await failing(web.conversations_create(name=name)) == error


async def test_a_new_channel_has_its_creator_inside_and_can_be_filled_and_described(
    web: AsyncWebClient, people: Workspace
) -> None:
    channel = (await web.conversations_create(name="inc-1"))["channel"]
    assert (channel["is_member"], channel["creator"], channel["is_private"]) == (True, "U0QDECK", False)
    await web.conversations_invite(channel=channel["id"], users="U0DANA,U0ARI")
    assert (await web.conversations_members(channel=channel["id"]))["members"] == ["U0QDECK", "U0DANA", "U0ARI"]
    await web.conversations_setTopic(channel=channel["id"], topic="SEV1 · api")
    await web.conversations_setPurpose(channel=channel["id"], purpose="to end it")
    renamed = (await web.conversations_rename(channel=channel["id"], name="inc-1-api"))["channel"]
    assert (renamed["name"], renamed["topic"]["value"], renamed["purpose"]["value"]) == (
        "inc-1-api",
        "SEV1 · api",
        "to end it",
    )
    history = (await web.conversations_history(channel=channel["id"]))["messages"]
    assert [one["subtype"] for one in history] == [
        "channel_name",
        "channel_purpose",
        "channel_topic",
        "channel_join",
        "channel_join",
        "channel_join",
    ]
    long = web.conversations_setTopic(channel=channel["id"], topic="x" * 251)
    assert await failing(long) == "too_long"
    assert (await web.conversations_setTopic(channel=channel["id"], topic=""))["channel"]["topic"]["value"] == ""


async def test_an_invitation_fails_for_all_unless_it_is_forced(web: AsyncWebClient) -> None:
    channel = (await web.conversations_create(name="inc-2"))["channel"]["id"]
    invite = web.conversations_invite
    assert await failing(invite(channel=channel, users="U0DANA,U0NOBODY")) == "user_not_found"
    forced = await invite(channel=channel, users="U0DANA,U0NOBODY", force=True)
    assert [one["error"] for one in forced["errors"]] == ["user_not_found"]
    assert await failing(invite(channel=channel, users="U0DANA")) == "already_in_channel"
    assert await failing(invite(channel=channel, users="U0QDECK")) == "cant_invite_self"
    await web.conversations_kick(channel=channel, user="U0DANA")
    assert await failing(web.conversations_kick(channel=channel, user="U0DANA")) == "not_in_channel"
    assert await failing(web.conversations_kick(channel=channel, user="U0QDECK")) == "cant_kick_self"


async def test_a_private_channel_does_not_exist_for_those_outside(web: AsyncWebClient, people: Workspace) -> None:
    dana, vic = people.person("dana"), people.person("vic")
    secret = (await dana.act("create_channel", name="secret", is_private=True))["channel"]
    for call in (web.conversations_info, web.conversations_history, web.conversations_join):
        assert await failing(call(channel=secret)) == "channel_not_found"
    assert await failing(web.chat_postMessage(channel=secret, text="x")) == "channel_not_found"
    with pytest.raises(Failed, match="channel_not_found"):
        await vic.messages(secret)
    ours = (await web.conversations_create(name="ours", is_private=True))["channel"]
    listed = (await web.conversations_list(types="private_channel"))["channels"]
    assert [one["id"] for one in listed] == [ours["id"]]
    assert (await web.users_conversations(types="public_channel,private_channel"))["channels"][0]["name"] == "ours"


async def test_reading_and_describing_a_public_channel_needs_membership_and_posting_does_not(
    web: AsyncWebClient,
) -> None:
    assert await failing(web.conversations_history(channel="C0DEPLOYS")) == "not_in_channel"
    assert await failing(web.conversations_setTopic(channel="C0DEPLOYS", topic="x")) == "not_in_channel"
    assert (await web.chat_postMessage(channel="C0DEPLOYS", text="hello"))["ok"]
    await web.conversations_join(channel="C0DEPLOYS")
    assert (await web.conversations_join(channel="C0DEPLOYS"))["warning"] == "already_in_channel"
    assert (await web.conversations_history(channel="C0DEPLOYS"))["ok"]
    await web.conversations_leave(channel="C0DEPLOYS")
    assert (await web.conversations_leave(channel="C0DEPLOYS"))["not_in_channel"]


async def test_an_archived_channel_is_read_only_and_keeps_its_name(web: AsyncWebClient, people: Workspace) -> None:
    channel = (await web.conversations_create(name="inc-3"))["channel"]["id"]
    posted = await web.chat_postMessage(channel=channel, text="hello")
    await web.conversations_archive(channel=channel)
    assert await failing(web.conversations_archive(channel=channel)) == "already_archived"
    assert await failing(web.chat_postMessage(channel=channel, text="x")) == "is_archived"
    assert await failing(web.chat_update(channel=channel, ts=posted["ts"], text="x")) == "is_inactive"
    assert await failing(web.conversations_invite(channel=channel, users="U0DANA")) == "is_archived"
    assert await failing(web.conversations_create(name="inc-3")) == "name_taken"
    with pytest.raises(Failed, match="is_archived"):
        await people.person("dana").act("join", channel=channel)
    visible = (await web.conversations_list(exclude_archived=True))["channels"]
    assert channel not in [one["id"] for one in visible]
    await web.conversations_unarchive(channel=channel)
    assert (await web.chat_postMessage(channel=channel, text="again"))["ok"]
    assert await failing(web.conversations_unarchive(channel=channel)) == "not_archived"


@pytest.fixture
def silent(manifest: Path) -> Path:
    manifest.write_text(manifest.read_text().replace("messages_tab_enabled: true", "messages_tab_enabled: false"))
    return manifest


async def test_an_app_without_a_messages_tab_can_not_be_talked_with(silent: Path) -> None:
    async with SlackWorkspace(silent) as slack, Workspace(slack.url) as people, ClientSession() as session:
        web = AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, session=session)
        assert await failing(web.chat_postMessage(channel="U0DANA", text="x")) == "messages_tab_disabled"
        direct = await people.person("dana").act("open_im", user="U0QDECK")
        with pytest.raises(Failed, match="messages_tab_disabled"):
            await people.person("dana").type(direct["channel"], "hello?")


async def test_general_stays(web: AsyncWebClient) -> None:
    await web.conversations_join(channel="C0GENERAL")
    assert await failing(web.conversations_archive(channel="C0GENERAL")) == "cant_archive_general"
    assert await failing(web.conversations_leave(channel="C0GENERAL")) == "cant_leave_general"


async def test_people_are_found_by_id_and_by_address(web: AsyncWebClient) -> None:
    dana = (await web.users_info(user="U0DANA"))["user"]
    assert (dana["name"], dana["tz"], dana["profile"]["email"]) == ("dana", "Europe/Berlin", "dana@example.com")
    assert dana["tz_offset"] in (3_600, 7_200)
    assert (await web.users_lookupByEmail(email="ARI@example.com"))["user"]["id"] == "U0ARI"
    assert await failing(web.users_lookupByEmail(email="x@example.com")) == "users_not_found"
    bot = (await web.users_info(user="U0QDECK"))["user"]
    assert (bot["is_bot"], bot["profile"]["bot_id"]) == (True, "B0QDECK")


async def test_groups_can_be_read_and_changed_from_both_sides(web: AsyncWebClient, people: Workspace) -> None:
    groups = (await web.usergroups_list(include_users=True))["usergroups"]
    assert {one["handle"]: one["users"] for one in groups} == {
        "deployers": ["U0DANA", "U0ARI"],
        "approvers": ["U0ARI", "U0CAM"],
        "commanders": ["U0CAM"],
    }
    await people.group("approvers", ["U0VIC"])
    assert (await web.usergroups_users_list(usergroup="S0APPROVE"))["users"] == ["U0VIC"]
    await web.usergroups_users_update(usergroup="S0APPROVE", users="U0ARI,U0CAM")
    state = await people.get("state", **{"as": "U0DANA"})
    assert next(one["users"] for one in state["groups"] if one["handle"] == "approvers") == ["U0ARI", "U0CAM"]
    assert await failing(web.usergroups_users_list(usergroup="S0NOBODY")) == "no_such_subteam"
    assert await failing(web.usergroups_users_update(usergroup="S0APPROVE", users="U0NOBODY")) == "invalid_users"
