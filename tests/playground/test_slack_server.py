"""The server as a whole: ports, the page, the journal, and leaving nothing behind."""

import asyncio
import json
import socket
from pathlib import Path

from aiohttp import ClientSession
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from playground.client import Workspace
from playground.slack import SlackWorkspace
from playground.slack.clock import Clock


async def test_a_busy_port_is_named_and_another_one_taken(manifest: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = int(busy.getsockname()[1])
        async with SlackWorkspace(manifest, port=port) as slack:
            assert slack.port_taken == port
            assert not slack.url.endswith(f":{port}")
    async with SlackWorkspace(manifest, port=port) as slack:
        assert slack.port_taken is None
        assert slack.url == f"http://127.0.0.1:{port}"
        assert slack.api_url == f"{slack.url}/api/"


async def test_closing_in_the_middle_of_things_leaves_no_task_behind(manifest: Path, tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with SlackWorkspace(manifest, journal=tmp_path / "journal.jsonl") as slack, ClientSession() as session:
        people = await Workspace(slack.url).__aenter__()
        web = AsyncWebClient("xoxb-playground", base_url=slack.api_url, session=session)
        await people.fault("hang", method="auth.test")
        hanging = asyncio.create_task(web.auth_test())
        direct = await people.person("dana").act("open_im", user="U0QDECK")
        await people.person("dana").type(direct["channel"], "an event that nobody takes")
        typing = asyncio.create_task(people.person("dana").type("deploys", "/ship api"))
        await asyncio.sleep(0.05)
        hanging.cancel()
        await typing
        await people.__aexit__(None, None, None)
    await asyncio.sleep(0)
    left = asyncio.all_tasks() - before - {asyncio.current_task(), hanging}
    assert [task for task in left if not task.done()] == []


async def test_a_workspace_may_close_before_its_app(manifest: Path, connected: AsyncSocketModeHandler) -> None:
    async with SlackWorkspace(manifest) as other:
        assert other.url
    assert await connected.client.is_connected()


async def test_the_journal_has_every_call_act_envelope_and_acknowledgement(
    slack: SlackWorkspace, people: Workspace, connected: AsyncSocketModeHandler, tmp_path: Path
) -> None:
    direct = await people.person("dana").act("open_im", user="U0QDECK")
    await people.person("dana").type(direct["channel"], "hello")
    path = tmp_path / "journal.jsonl"
    dana = people.person("dana")

    def kinds() -> set[str]:
        return {json.loads(line)["kind"] for line in path.read_text().splitlines()}

    await dana.wait(lambda: {"api", "act", "envelope"} <= kinds())
    async with ClientSession() as session, session.get(f"{slack.url}/play/journal") as response:
        lines = (await response.text()).splitlines()
    assert {"api", "act"} <= {json.loads(line)["kind"] for line in lines}
    assert "xoxb" not in path.read_text()
    assert "xapp" not in path.read_text()


async def test_the_state_shows_each_person_only_what_they_may_see(people: Workspace) -> None:
    await people.person("dana").act("create_channel", name="secret", is_private=True)
    await people.person("ari").act("open_im", user="U0CAM")

    async def names(user: str) -> set[str]:
        state = await people.get("state", **{"as": user})
        return {one["name"] or f"with {one['with']}" for one in state["channels"]}

    public = {"general", "deploys", "incidents", "random"}
    assert await names("U0DANA") == public | {"secret"}
    assert await names("U0ARI") == public | {"with U0CAM"}
    assert await names("U0VIC") == public
    state = people.state
    assert state["team"] == {"id": "T0HARBOUR", "name": "Harbour", "domain": "harbour"}
    assert [one["command"] for one in state["commands"]] == ["/ship", "/call"]
    assert state["app"]["home_tab"]


async def test_an_unknown_person_or_verb_is_refused_in_words(slack: SlackWorkspace) -> None:
    async with ClientSession() as session:
        async with session.get(f"{slack.url}/play/state?as=U0NOBODY") as response:
            assert await response.json() == {"ok": False, "error": "user_not_found"}
        async with session.post(f"{slack.url}/play/act/dance", json={"as": "U0DANA"}) as response:
            assert (await response.json())["error"] == "unknown_verb"
        async with session.post(f"{slack.url}/play/act/type", data="{") as response:
            assert (await response.json())["error"] == "bad_request"


async def test_stamps_never_repeat_and_sleepers_notice_when_time_speeds_up() -> None:
    clock = Clock()
    stamps = [clock.ts() for _ in range(1_000)]
    assert stamps == sorted(set(stamps))
    sleeper = asyncio.create_task(clock.sleep(60))
    await asyncio.sleep(0)
    clock.set_scale(6_000)
    await asyncio.wait_for(sleeper, 1)
    assert 60 <= clock.elapsed() < 600
