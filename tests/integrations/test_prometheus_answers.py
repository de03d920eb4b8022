"""What may stand where Prometheus should be: proxies, login pages, servers that never stop talking."""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import ValidationError

from bot.errors import Code, Refusal, Unavailable
from integrations.metrics.prometheus import Options, connect

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
EMPTY = '{"status":"success","data":{"resultType":"vector","result":[]}}'
REFUSED = '{"status":"error","errorType":"bad_data","error":"1:1: parse error: <@U1> & more"}'


class Stand:
    """A server that answers everything alike, and remembers how it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[web.Request] = []
        self.answer: dict[str, Any] = {"text": EMPTY}
        self.pieces: list[bytes] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        if not self.pieces:
            return web.Response(**self.answer)
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            for piece in self.pieces:
                await response.write(piece)
                await asyncio.sleep(0.02)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    stand, app = Stand(), web.Application()
    app.router.add_route("*", "/{path:.*}", stand.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    stand.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield stand
    await runner.cleanup()


async def ask(stand: Stand, **options: Any) -> None:
    metrics = connect(Options.model_validate({"url": stand.url, "timeout": 2, **options}))
    try:
        await metrics.instant("up", AT)
    finally:
        await metrics.close()


async def unavailable(stand: Stand, **options: Any) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        await ask(stand, **options)
    assert caught.value.system == "Prometheus"
    return caught.value


@pytest.mark.parametrize(
    "text",
    [
        "<!doctype html><title>Sign in</title>",
        "",
        "null",
        "[]",
        '"success"',
        '{"status":"success"}',
        '{"status":"success","data":null}',
        '{"status":"success","data":{"result":7}}',
        '{"status":"success","data":{"result":[7]}}',
        '{"status":"success","data":{"result":[{"metric":{}}]}}',
        '{"status":"success","data":{"result":[{"metric":{},"value":[]}]}}',
        '{"status":"success","data":{"result":[{"metric":{},"value":[1,"much"]}]}}',
        '{"status":"success","data":{"result":[{"metric":{"a":7},"value":[1,"2"]}]}}',
        '{"status":"error","errorType":"internal","error":"odd"}',
        "[" * 100_000,
    ],
)
async def test_what_is_no_answer_is_no_prometheus(stand: Stand, text: str) -> None:
    stand.answer = {"text": text}
    assert "no Prometheus answered" in (await unavailable(stand)).text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 429, 500, 502, 503, 504])
async def test_an_error_page_makes_it_unavailable_and_is_asked_for_once(stand: Stand, status: int) -> None:
    stand.answer = {"status": status, "text": "<html>sorry</html>"}
    assert f"HTTP {status}" in (await unavailable(stand)).text
    assert len(stand.asked) == 1


@pytest.mark.parametrize("status", [400, 422])
async def test_a_refusal_of_the_query_is_told_and_escaped(stand: Stand, status: int) -> None:
    stand.answer = {"status": status, "text": REFUSED}
    with pytest.raises(Refusal) as caught:
        await ask(stand)
    assert caught.value.code is Code.INVALID
    assert caught.value.text.endswith("1:1: parse error: &lt;@U1&gt; &amp; more")


async def test_words_that_never_end_are_cut(stand: Stand) -> None:
    stand.answer = {"status": 422, "text": '{"error":"' + "x" * 100_000 + '"}'}
    with pytest.raises(Refusal) as caught:
        await ask(stand)
    assert len(caught.value.text) < 1000


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("soon", None),
        ("", None),
        ("-3", None),
        ("nan", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
    ],
)
async def test_how_long_to_wait_is_understood(stand: Stand, said: str, seconds: float | None) -> None:
    stand.answer = {"status": 429, "headers": {"Retry-After": said}}
    assert (await unavailable(stand)).retry_after == seconds


async def test_a_time_to_come_back_at_is_understood(stand: Stand) -> None:
    at = datetime.now(UTC) + timedelta(seconds=100)
    stand.answer = {"status": 503, "headers": {"Retry-After": format_datetime(at, usegmt=True)}}
    assert 50 < ((await unavailable(stand)).retry_after or 0) <= 101


async def test_a_redirect_is_not_followed_and_takes_no_token_along(stand: Stand) -> None:
    stand.answer = {"status": 302, "headers": {"Location": "https://login.example.com/?back=1"}}
    assert "elsewhere, to login.example.com" in (await unavailable(stand, bearer_token="t0ken")).text
    assert len(stand.asked) == 1


@pytest.mark.parametrize("piece", [b" ", b"x" * 100])
async def test_an_answer_that_never_ends_is_given_up_in_time(stand: Stand, piece: bytes) -> None:
    stand.pieces = [piece]
    assert "did not answer within 0.4 s" in (await unavailable(stand, timeout=0.4)).text


async def test_an_answer_that_is_too_large_is_refused_without_being_kept(stand: Stand) -> None:
    stand.pieces = [b" " * 2**22]
    with pytest.raises(Refusal, match="32 MiB"):
        await ask(stand, timeout=30)


@pytest.mark.parametrize(
    ("options", "header"),
    [
        ({}, None),
        ({"bearer_token": "t0ken"}, "Bearer t0ken"),
        ({"username": "dana", "password": "pa:ss"}, "Basic " + base64.b64encode(b"dana:pa:ss").decode()),
    ],
)
async def test_it_logs_in_as_it_was_told(stand: Stand, options: dict[str, str], header: str | None) -> None:
    await ask(stand, headers={"X-Scope-OrgID": "shop"}, **options)
    [asked] = stand.asked
    assert asked.headers.get("Authorization") == header
    assert asked.headers["X-Scope-OrgID"] == "shop"


async def test_only_its_options_say_where_and_as_whom(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login dana password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    await ask(stand)
    assert "Authorization" not in stand.asked[0].headers


async def test_a_path_before_the_api_is_kept(stand: Stand) -> None:
    await ask(stand, url=f"{stand.url}/prometheus/")
    assert stand.asked[0].path == "/prometheus/api/v1/query"


@pytest.mark.parametrize(
    "options",
    [
        {"url": "prometheus:9090"},
        {"url": "ftp://prometheus"},
        {"url": "http://"},
        {"url": "http://dana:hunter2@prometheus"},
        {"url": "http://prometheus/?a=b"},
        {"bearer_token": "hunter2\nX-Evil: 1"},
        {"bearer_token": "hünter2"},
        {"headers": {"X-Key": " hunter2"}},
        {"headers": {"X Key": "hunter2"}},
        {"username": "dana"},
        {"username": "dana", "password": "hunter2", "bearer_token": "t0ken"},
        {"timeout": 0},
        {"timeout": 61},
        {"retries": 3},
    ],
)
def test_options_that_make_no_sense_are_refused_without_showing_a_secret(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        Options.model_validate({"url": "http://prometheus:9090", **options})
    assert "hunter2" not in str(caught.value)


def test_a_secret_is_not_shown() -> None:
    shown = repr(
        Options.model_validate({"url": "http://prometheus", "bearer_token": "t0ken", "headers": {"K": "s3cret"}})
    )
    assert "t0ken" not in shown
    assert "s3cret" not in shown


def test_every_option_is_in_the_guide() -> None:
    guide = (Path(__file__).parents[2] / "docs/guides/metrics.md").read_text()
    assert [name for name in Options.model_fields if f"`{name}`" not in guide and f"`{name}:" not in guide] == []
