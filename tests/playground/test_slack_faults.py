"""Faults on demand, and what stays true of the workspace while they last."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from playground.client import Failed, Workspace


async def texts(people: Workspace) -> list[str]:
    return [one["text"] for one in await people.person("dana").messages("deploys")]


def post(web: AsyncWebClient, text: str) -> Any:
    return web.chat_postMessage(channel="C0DEPLOYS", text=text)


async def test_a_rate_limit_hits_the_method_as_often_as_wished(web: AsyncWebClient, people: Workspace) -> None:
    await people.fault("ratelimited", method="chat.postMessage", count=2, retry_after=7)
    await web.auth_test()
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await post(web, "lost")
        assert caught.value.response.headers["Retry-After"] == "7"
    await post(web, "through")
    assert await texts(people) == ["through"]


@pytest.mark.parametrize(("kind", "status"), [("http_500", 500), ("error", 200)])
async def test_an_error_keeps_the_call_from_being_carried_out(
    web: AsyncWebClient, people: Workspace, kind: str, status: int
) -> None:
    await people.fault(kind, method="*", error="team_added_to_org")
    with pytest.raises(SlackApiError) as caught:
        await post(web, "lost")
    assert caught.value.response.status_code == status
    assert await texts(people) == []


async def test_a_connection_may_break_before_or_after_the_call_is_carried_out(
    web: AsyncWebClient, people: Workspace
) -> None:
    await people.fault("reset_before", method="chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await post(web, "never arrived")
    await people.fault("reset_after", method="chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await post(web, "arrived")
    assert await texts(people) == ["arrived"]


async def test_a_slow_call_is_carried_out_and_a_hanging_one_is_not(web: AsyncWebClient, people: Workspace) -> None:
    await people.fault("latency", method="chat.postMessage", seconds=0.2)
    began = asyncio.get_running_loop().time()
    await post(web, "slow")
    assert asyncio.get_running_loop().time() - began >= 0.2
    await people.fault("hang", method="chat.postMessage")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(post(web, "hangs"), 0.2)
    assert await texts(people) == ["slow"]


async def test_a_revoked_token_opens_nothing_until_faults_are_cleared(web: AsyncWebClient, people: Workspace) -> None:
    await people.fault("token_revoked")
    with pytest.raises(SlackApiError, match="token_revoked"):
        await web.auth_test()
    await people.clear_faults()
    assert (await web.auth_test())["ok"]


async def test_a_free_plan_has_no_groups_and_no_canvas_of_its_own(web: AsyncWebClient, people: Workspace) -> None:
    await web.conversations_join(channel="C0DEPLOYS")
    await people.fault("plan_free")
    with pytest.raises(SlackApiError, match="plan_upgrade_required"):
        await web.usergroups_list()
    with pytest.raises(SlackApiError, match="free_teams_cannot_create_standalone_canvases"):
        await web.canvases_create()
    document = {"type": "markdown", "markdown": "# Timeline"}
    made = await web.conversations_canvases_create(channel_id="C0DEPLOYS", document_content=document)
    assert made["canvas_id"]


async def test_a_wish_that_nobody_understands_is_refused(people: Workspace) -> None:
    with pytest.raises(Failed, match="unknown_fault"):
        await people.fault("gremlins")
    with pytest.raises(Failed, match="unknown_reason"):
        await people.fault("disconnect", reason="boredom")
    with pytest.raises(Failed, match="bad_request"):
        await people.clock(0)
    with pytest.raises(Failed, match="no_such_subteam"):
        await people.group("nobody", [])
