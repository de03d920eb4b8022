"""The Web API's door: encodings, tokens, scopes, tiers, and what it says to nonsense."""

import json
from pathlib import Path

import pytest
from aiohttp import ClientSession
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.client import Workspace
from playground.slack import SlackWorkspace
from playground.slack.methods import METHODS
from playground.world import APP_TOKEN, BOT_TOKEN

BOT = {"Authorization": f"Bearer {BOT_TOKEN}"}


async def failing(call: object) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call  # type: ignore[misc]
    return str(caught.value.response["error"])


async def test_arguments_are_read_from_the_query_a_form_and_json_alike(slack: SlackWorkspace) -> None:
    blocks = json.dumps([{"type": "section", "text": {"type": "mrkdwn", "text": "*hi*"}}])
    given = {"channel": "C0DEPLOYS", "text": "hi", "blocks": blocks}
    async with ClientSession(headers=BOT) as session:
        url = f"{slack.api_url}chat.postMessage"
        answers = [
            await (await session.get(url, params=given)).json(),
            await (await session.post(url, params=given)).json(),
            await (await session.post(url, data=given)).json(),
            await (await session.post(url, json=given)).json(),
            await (await session.post(url, json=given | {"blocks": json.loads(blocks)})).json(),
        ]
    assert [answer["message"]["blocks"][0]["text"]["text"] for answer in answers] == ["*hi*"] * 5
    assert len({answer["ts"] for answer in answers}) == 5


async def test_a_call_without_a_valid_token_is_refused(slack: SlackWorkspace) -> None:
    async def error(method: str, token: str) -> str:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        async with ClientSession() as session, session.post(f"{slack.api_url}{method}", headers=headers) as response:
            return str((await response.json())["error"])

    assert await error("auth.test", "") == "not_authed"
    assert await error("auth.test", "xoxb-somebody-else") == "invalid_auth"
    assert await error("auth.test", APP_TOKEN) == "not_allowed_token_type"
    assert await error("apps.connections.open", BOT_TOKEN) == "not_allowed_token_type"
    assert await error("search.messages", BOT_TOKEN) == "not_allowed_token_type"
    assert await error("chat.shout", BOT_TOKEN) == "unknown_method"


async def test_auth_test_names_the_team_the_bot_and_in_a_header_the_scopes(web: AsyncWebClient) -> None:
    answer = await web.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T0HARBOUR", "U0QDECK", "B0QDECK")
    assert "chat:write.public" in answer.headers["X-OAuth-Scopes"].split(",")


async def test_a_missing_argument_is_named(web: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        await web.api_call("chat.update", json={"channel": "C0DEPLOYS", "text": "x"})
    assert caught.value.response["error"] == "invalid_arguments"
    assert caught.value.response["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]


async def test_a_scope_that_the_manifest_lacks_is_named_with_those_that_it_has(tmp_path: Path) -> None:
    path = tmp_path / "manifest.yml"
    path.write_text('oauth_config: {scopes: {bot: ["chat:write", "channels:read", "users:read"]}}')
    async with SlackWorkspace(path) as slack, ClientSession() as session:
        web = AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, session=session)
        with pytest.raises(SlackApiError) as caught:
            await web.pins_add(channel="C0DEPLOYS", timestamp="1.000000")
        assert caught.value.response["needed"] == "pins:write"
        assert caught.value.response["provided"] == "chat:write,channels:read,users:read"
        assert await failing(web.conversations_history(channel="C0DEPLOYS")) == "missing_scope"
        assert await failing(web.chat_postMessage(channel="C0DEPLOYS", text="x")) == "not_in_channel"
        assert await failing(web.conversations_list(types="private_channel")) == "missing_scope"
        assert [one["name"] for one in (await web.conversations_list())["channels"]][:2] == ["general", "deploys"]
        user = (await web.users_info(user="U0DANA"))["user"]
        assert user["real_name"] == "Dana Ortiz"
        assert "email" not in user["profile"]


async def test_calls_beyond_the_tier_get_429_with_a_time_to_wait(web: AsyncWebClient, people: Workspace) -> None:
    for _ in range(20):
        await web.users_list()
    with pytest.raises(SlackApiError) as caught:
        await web.users_list()
    assert caught.value.response.status_code == 429
    assert caught.value.response["error"] == "ratelimited"
    assert 1 <= int(caught.value.response.headers["Retry-After"]) <= 3
    await web.users_info(user="U0DANA")  # another method, another bucket
    await people.clock(600)
    await people.person("dana").wait(lambda: _passes(web))


async def _passes(web: AsyncWebClient) -> bool:
    try:
        return bool((await web.users_list())["ok"])
    except SlackApiError:
        return False


async def test_a_burst_into_one_channel_is_cut_off_while_others_stay_open(web: AsyncWebClient) -> None:
    for number in range(10):
        await web.chat_postMessage(channel="C0DEPLOYS", text=str(number))
    assert await failing(web.chat_postMessage(channel="C0DEPLOYS", text="one too many")) == "ratelimited"
    assert (await web.chat_postMessage(channel="C0RANDOM", text="here it is quiet"))["ok"]


async def test_lists_come_in_pages_whose_cursors_must_be_ours(web: AsyncWebClient) -> None:
    first = await web.users_list(limit=3)
    rest = await web.users_list(limit=3, cursor=first["response_metadata"]["next_cursor"])
    names = [one["name"] for one in (*first["members"], *rest["members"])]
    assert names == ["dana", "ari", "cam", "vic", "probe"]
    assert rest["response_metadata"]["next_cursor"] == ""
    assert await failing(web.users_list(cursor="made up")) == "invalid_cursor"


async def test_blocks_can_be_tried_without_a_token(slack: SlackWorkspace) -> None:
    async with ClientSession() as session:
        url = f"{slack.api_url}blocks.validate"
        good = {"blocks": [{"type": "divider"}]}
        assert (await (await session.post(url, json=good)).json())["ok"]
        bad = {"blocks": [{"type": "header", "text": {"type": "mrkdwn", "text": "no"}}]}
        answer = await (await session.post(url, json=bad)).json()
        assert answer["error"] == "invalid_blocks"
        assert answer["errors"][0]["pointer"] == "/0/text/type"
        assert (await (await session.post(url, json={})).json())["error"] == "invalid_arguments"
        home = {"view": {"type": "home", "blocks": [{"type": "divider"}]}}
        assert (await (await session.post(url, json=home)).json())["ok"]
        modal = {"view": {"type": "modal", "blocks": []}}
        assert (await (await session.post(url, json=modal)).json())["error"] == "invalid_view"


async def test_what_was_called_can_be_read_back_without_the_token(web: AsyncWebClient, people: Workspace) -> None:
    await web.users_info(user="U0ARI")
    assert await failing(web.users_info(user="U0NOBODY")) == "user_not_found"
    calls = await people.calls("users.info")
    assert [(one["args"]["user"], one["ok"], one.get("error")) for one in calls] == [
        ("U0ARI", True, None),
        ("U0NOBODY", False, "user_not_found"),
    ]
    assert BOT_TOKEN not in json.dumps(calls)


def test_every_method_says_what_it_does() -> None:
    assert len(METHODS) >= 68
    assert all(method.run.__doc__ for method in METHODS.values())


async def test_a_body_that_is_no_json_object_is_refused(slack: SlackWorkspace) -> None:
    headers = BOT | {"Content-Type": "application/json"}
    async with ClientSession(headers=headers) as session:
        for body in ("{", "[]"):
            async with session.post(f"{slack.api_url}chat.postMessage", data=body) as response:
                assert (await response.json())["error"] == "invalid_json"
