"""The registry and the forge by themselves: what they answer to others than the bot, and how they are broken over
HTTP."""

import hashlib
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from playground.cluster.controllers.fates import Fate, fate_of
from playground.forge import Forge
from playground.loopback import Loopback
from playground.registry import Registry
from playground.registry.images import HOST, INDEX, is_there


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        yield session


@pytest.fixture(params=[Registry, Forge])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Loopback]:
    async with request.param() as server:
        yield server


@pytest.mark.parametrize("path", ["/v2/", "/v2/shop/api/manifests/v1.1"])
async def test_the_registry_wants_a_token_and_says_where_to_get_it(http: aiohttp.ClientSession, path: str) -> None:
    async with Registry() as registry, http.get(registry.url + path) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith(f'Bearer realm="{registry.url}/token",service=')


async def test_a_token_opens_one_repository(http: aiohttp.ClientSession) -> None:
    async with Registry() as registry:
        async with http.get(f"{registry.url}/token?scope=repository:shop/web:pull") as answer:
            headers = {"Authorization": f"Bearer {(await answer.json())['token']}"}
        async with http.get(f"{registry.url}/v2/shop/web/manifests/v1.1", headers=headers) as answer:
            body = await answer.read()
            assert answer.headers["Docker-Content-Digest"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
            assert json.loads(body)["mediaType"] == answer.headers["Content-Type"] == INDEX
        async with http.get(f"{registry.url}/v2/shop/api/manifests/v1.1", headers=headers) as answer:
            assert answer.status == 401


@pytest.mark.parametrize("tag", ["v1.1", "v1.3-bad", "v1.3-missing", "v1.3-crash", "v1.3-slow"])
def test_what_is_not_in_the_registry_can_t_be_pulled_and_neither_can_what_is_bad(tag: str) -> None:
    pulled = fate_of(f"{HOST}/shop/api:{tag}@sha256:{'0' * 64}") is not Fate.MISSING
    assert pulled is (is_there("shop/api", tag) and "bad" not in tag)


async def test_faults_come_and_go_over_http(http: aiohttp.ClientSession, server: Loopback) -> None:
    async with http.post(f"{server.url}/play/faults", json={"kind": "http_429", "count": 2}) as answer:
        assert await answer.json() == {"ok": True}
    for status in (429, 429, 401) if isinstance(server, Registry) else (403, 403, 404):
        async with http.get(
            f"{server.url}/v2/" if isinstance(server, Registry) else f"{server.url}/repos/a/b/commits/c"
        ) as answer:
            assert answer.status == status
    await http.post(f"{server.url}/play/faults", json={"kind": "outage"})
    with pytest.raises(aiohttp.ClientConnectionError):
        await http.get(f"{server.url}/v2/")
    async with http.delete(f"{server.url}/play/faults") as answer:
        assert answer.status == 200
    async with http.get(f"{server.url}/nothing") as answer:
        assert answer.status == 404
    assert [one.status for one in server.requests][-1] == 404


async def test_a_fault_that_there_is_none_of_is_refused(http: aiohttp.ClientSession, server: Loopback) -> None:
    async with http.post(f"{server.url}/play/faults", json={"kind": "earthquake"}) as answer:
        assert answer.status == 400
        assert "http_429" in (await answer.json())["error"]


async def test_what_lasts_a_time_is_over_then(http: aiohttp.ClientSession, server: Loopback) -> None:
    await http.post(f"{server.url}/play/faults", json={"kind": "hang", "seconds": 0.2})
    async with http.get(f"{server.url}/nothing") as answer:
        assert answer.status == 404
