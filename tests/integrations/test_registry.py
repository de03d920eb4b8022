"""What the OCI registry makes of registries that behave, that want a login, that redirect, refuse, hang or lie."""

import asyncio
import base64
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.errors import Code, Refusal, Unavailable
from bot.ports import Registry
from integrations.registries._oci.names import DOCKER_HUB, reference, repository
from integrations.registries.oci import MANIFESTS, Options, connect
from playground.loopback import Fault
from playground.registry import Registry as Playground
from tests.integrations.served import Answer, Served, serving

IMAGE = "registry.example.com/shop/api"
MANIFEST = b'{"schemaVersion": 2}'
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
OTHER = "sha256:" + "0" * 64
PASSWORD = "s3cret-of-the-bot"
BASIC = "Basic " + base64.b64encode(f"robot:{PASSWORD}".encode()).decode()


@asynccontextmanager
async def reached(url: str, *, login: bool = False, **given: Any) -> AsyncIterator[Registry]:
    """The registry.example.com that is at a URL, with the robot's login for it."""
    logins = {"registry.example.com": {"username": "robot", "password": PASSWORD}} if login else {}
    endpoints = {"registry.example.com": url}
    registry = connect(Options.model_validate({"endpoints": endpoints, "logins": logins, **given}))
    try:
        yield registry
    finally:
        await registry.close()


async def found(_: web.BaseRequest) -> web.Response:
    return manifest()


def manifest(body: bytes = MANIFEST, digest: str = DIGEST, kind: str = MANIFESTS[0]) -> web.Response:
    return web.Response(
        body=body, headers={"Content-Type": kind, **({"Docker-Content-Digest": digest} if digest else {})}
    )


def status(code: int, **headers: str) -> Answer:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=code, headers={key.replace("_", "-"): value for key, value in headers.items()})

    return answer


async def refused(url: str, version: str = "v1.9", **given: Any) -> Refusal:
    async with reached(url, **given) as registry:
        with pytest.raises(Refusal) as no:
            await registry.digest(IMAGE, version)
    assert PASSWORD not in f"{no.value!r} {no.value.text} {no.value.hint}"
    return no.value


async def unavailable(url: str, **given: Any) -> Unavailable:
    async with reached(url, **given) as registry:
        with pytest.raises(Unavailable) as no:
            await registry.digest(IMAGE, "v1.9")
    assert PASSWORD not in f"{no.value!r} {no.value}"
    return no.value


# What a version is


async def test_one_head_tells_the_digest_of_what_a_tag_means() -> None:
    async with serving(found) as served, reached(served.url) as registry:
        assert await registry.digest(IMAGE, "v1.9") == DIGEST
    [request] = served.asked
    assert (request.method, request.path) == ("HEAD", "/v2/shop/api/manifests/v1.9")
    assert request.headers["Accept"].split(", ") == list(MANIFESTS), "an index first: it is what every node can pull"


async def test_where_head_tells_no_digest_the_content_is_asked_for_and_hashed() -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return manifest(digest="")

    async with serving(answer) as served, reached(served.url) as registry:
        assert await registry.digest(IMAGE, "v1.9") == DIGEST
    assert [request.method for request in served.asked] == ["HEAD", "GET"]


async def test_a_registry_without_head_is_asked_for_the_content() -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(status=405) if request.method == "HEAD" else manifest()

    async with serving(answer) as served, reached(served.url) as registry:
        assert await registry.digest(IMAGE, "v1.9") == DIGEST


async def test_a_digest_is_itself_once_the_registry_has_it() -> None:
    async with serving(status(200)) as served, reached(served.url) as registry:
        assert await registry.digest(IMAGE, DIGEST) == DIGEST
    assert [request.method for request in served.asked] == ["HEAD"]


@pytest.mark.parametrize("version", ["v1.9", OTHER])
async def test_a_digest_that_does_not_fit_what_it_stands_for_is_not_believed(version: str) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        if version == OTHER:
            return manifest()  # the digest of something else
        return manifest(digest="") if request.method == "HEAD" else manifest(digest=OTHER)

    async with serving(answer) as served, reached(served.url) as registry:
        with pytest.raises(Unavailable, match="does not fit the digest"):
            await registry.digest(IMAGE, version)


async def test_a_page_that_is_no_manifest_has_no_digest() -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return manifest(b"<html>Please log in</html>", digest="", kind="text/html")

    async with serving(answer) as served:
        assert "no manifest" in (await unavailable(served.url)).text


async def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations._http.LARGEST", 1000)

    async def answer(request: web.BaseRequest) -> web.Response:
        return manifest(b"x" * 2000, digest="")

    async with serving(answer) as served:
        assert "answered more than" in (await unavailable(served.url)).text


# Names


@pytest.mark.parametrize(
    ("image", "host", "name"),
    [
        ("registry.example.com/shop/api", "registry.example.com", "shop/api"),
        ("Registry.Example.com/shop/api", "registry.example.com", "shop/api"),
        ("localhost/api", "localhost", "api"),
        ("registry:5000/shop/api", "registry:5000", "shop/api"),
        ("shop/api", DOCKER_HUB, "shop/api"),
        ("nginx", DOCKER_HUB, "library/nginx"),
        ("docker.io/nginx", DOCKER_HUB, "library/nginx"),
        ("index.docker.io/shop/api", DOCKER_HUB, "shop/api"),
        ("ghcr.io/a/b/c-d__e.f", "ghcr.io", "a/b/c-d__e.f"),
    ],
)
def test_an_image_s_name_says_who_keeps_it(image: str, host: str, name: str) -> None:
    assert repository(image) == (host, name)


def test_docker_hub_is_served_under_another_name() -> None:
    assert repository("shop/api").url == "https://registry-1.docker.io"
    assert repository(IMAGE).url == "https://registry.example.com"


@given(st.text(min_size=1, max_size=40) | st.from_regex(r"[a-z]{1,5}[/.:@%?#\\ ][a-z./]{0,9}", fullmatch=True))
def test_no_name_and_no_version_leads_anywhere_else(text: str) -> None:
    for read in (repository, reference):
        with suppress(Refusal):
            read(text)
            assert not set(text) & set("?#%@\\ \t\n"), "the path stays what it is"
            assert not {".", ".."} & set(text.split("/"))


async def test_a_version_that_can_be_no_tag_is_refused_before_anything_is_asked() -> None:
    async with serving(found) as served:
        assert (await refused(served.url, "../../x")).code is Code.INVALID
        assert served.asked == []


# Who we are


def door(login: str = BASIC, **given: Any) -> tuple[Answer, list[str]]:
    """A registry that wants a token which it gives out itself, to whoever has this login; to all where it is ""."""
    scopes: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path == "/token":
            scopes.append(f"{request.query.get('service')} {request.query.get('scope')}")
            if login and request.headers.get("Authorization") != login:
                return web.Response(status=401, text=PASSWORD)
            return web.json_response({"token": f"t{len(scopes)}", **given})
        if request.headers.get("Authorization") == f"Bearer t{len(scopes)}":
            return manifest()
        asked = f'Bearer realm="http://{request.host}/token",service="registry",scope="repository:shop/api:pull"'
        return web.Response(status=401, headers={"WWW-Authenticate": asked})

    return answer, scopes


@pytest.mark.parametrize("login", ["", BASIC])
async def test_a_token_is_fetched_for_this_repository_and_used_until_it_ends(login: str) -> None:
    answer, scopes = door(login, expires_in=300)
    async with serving(answer) as served, reached(served.url, login=bool(login)) as registry:
        for _ in range(3):
            assert await registry.digest(IMAGE, "v1.9") == DIGEST
    assert scopes == ["registry repository:shop/api:pull"]
    assert served.logins == ["", login, *["Bearer t1"] * 3]


async def test_a_token_that_is_not_taken_any_more_is_fetched_anew() -> None:
    answer, scopes = door("")
    async with serving(answer) as served, reached(served.url) as registry:
        assert await registry.digest(IMAGE, "v1.9") == DIGEST
        scopes.append("as if somebody else had made ours void")
        assert await registry.digest(IMAGE, "v1.9") == DIGEST
    assert served.logins[-2:] == ["", "Bearer t3"]


async def test_a_token_is_not_sent_after_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.registries._oci.login.SHORTEST", 0.0)
    answer, scopes = door("", expires_in=3)  # within the seconds before its end
    async with serving(answer) as served, reached(served.url) as registry:
        await registry.digest(IMAGE, "v1.9")
        await registry.digest(IMAGE, "v1.9")
    assert len(scopes) == 2
    assert served.logins[3] == ""


async def test_a_registry_may_take_the_password_itself() -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        if request.headers.get("Authorization") == BASIC:
            return manifest()
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="here"'})

    async with serving(answer) as served, reached(served.url, login=True) as registry:
        assert await registry.digest(IMAGE, "v1.9") == DIGEST
        assert await registry.digest(IMAGE, "v1.9") == DIGEST
        assert served.logins == ["", BASIC, BASIC]
        assert (await refused(served.url)).code is Code.TARGET_FORBIDS


async def test_a_login_that_is_not_accepted_is_said_so_and_not_what_it_was() -> None:
    answer, _ = door("Basic another")
    async with serving(answer) as served:
        no = await refused(served.url, login=True)
    assert no.code is Code.TARGET_FORBIDS
    assert "does not accept the bot's login" in no.text
    assert "registry.logins" in no.hint


async def test_a_login_is_for_its_host_alone() -> None:
    answer, _ = door()
    async with serving(answer) as served:
        logins = {"elsewhere.example.com": {"username": "robot", "password": PASSWORD}}
        assert (await refused(served.url, logins=logins)).code is Code.TARGET_FORBIDS
        assert set(served.logins) == {""}


@pytest.mark.parametrize("body", ["{}", "[]", '{"token": 7}', '{"token": "a\\nb"}', "no JSON", '{"token": ""}'])
async def test_a_token_that_is_none_is_not_sent(body: str) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path == "/token":
            return web.Response(text=body)
        return web.Response(status=401, headers={"WWW-Authenticate": f'Bearer realm="http://{request.host}/token"'})

    async with serving(answer) as served:
        assert "without one" in (await unavailable(served.url)).text


@pytest.mark.parametrize("realm", ["", "ftp://x/token", "//x", "http://[::1", "token"])
async def test_a_place_to_get_tokens_from_must_be_one(realm: str) -> None:
    async with serving(status(401, WWW_Authenticate=f'Bearer realm="{realm}"')) as served:
        assert "no safe place" in (await unavailable(served.url, login=True)).text
        assert len(served.asked) == 1


# Elsewhere


def moved(to: Served, path: str = "/kept/here") -> Answer:
    async def answer(request: web.BaseRequest) -> web.Response:
        if request.path == path or request.headers.get("Authorization") == BASIC:
            return web.Response(status=307, headers={"Location": f"{to.url}{path}"})
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="here"'})

    return answer


async def test_a_redirect_is_followed_without_the_login() -> None:
    async with serving(found) as store, serving(moved(store)) as served, reached(served.url, login=True) as registry:
        assert await registry.digest(IMAGE, "v1.9") == DIGEST
    assert served.logins == ["", BASIC]
    assert store.logins == [""]
    assert store.asked[0].path == "/kept/here"


async def test_who_we_are_redirected_to_can_t_ask_for_the_login() -> None:
    async with (
        serving(status(401, WWW_Authenticate='Basic realm="mine"')) as thief,
        serving(moved(thief)) as served,
    ):
        assert (await refused(served.url, login=True)).code is Code.TARGET_FORBIDS
    assert thief.logins == [""]


async def test_a_token_is_not_fetched_from_where_its_giver_redirects_to() -> None:
    async with serving(status(200)) as thief:

        async def answer(request: web.BaseRequest) -> web.Response:
            if request.path == "/token":
                return web.Response(status=307, headers={"Location": thief.url})
            return web.Response(status=401, headers={"WWW-Authenticate": f'Bearer realm="http://{request.host}/token"'})

        async with serving(answer) as served:
            await unavailable(served.url, login=True)
    assert thief.logins == [""]


async def test_a_redirect_in_a_circle_comes_to_an_end() -> None:
    async with serving(status(302, Location="/round")) as served:
        assert "without end" in (await unavailable(served.url)).text


@pytest.mark.parametrize("to", ["ftp://x/y", "http://[::1", "javascript:alert(1)"])
async def test_a_redirect_to_no_address_is_not_followed(to: str) -> None:
    async with serving(status(302, Location=to)) as served:
        assert "redirects to no address" in (await unavailable(served.url)).text


# No


async def test_a_version_that_is_not_there_is_said_in_words() -> None:
    async with serving(status(404)) as served:
        no = await refused(served.url)
    assert no.code is Code.NOT_FOUND
    assert no.text == "There is no `v1.9` of `shop/api` in `registry.example.com`."
    assert no.hint


@pytest.mark.parametrize(("answered", "code"), [(401, "target_forbids"), (403, "target_forbids"), (400, "invalid")])
async def test_a_no_is_a_refusal(answered: int, code: str) -> None:
    async with serving(status(answered)) as served:
        assert (await refused(served.url, login=True)).code == code


@pytest.mark.parametrize("answered", [408, 429, 500, 502, 503])
async def test_what_may_pass_says_when_to_come_again(answered: int) -> None:
    async with serving(status(answered, Retry_After="7")) as served:
        assert (await unavailable(served.url)).retry_after == 7
    async with serving(status(answered)) as served:
        assert (await unavailable(served.url)).retry_after is None


async def test_when_to_come_again_may_be_a_date() -> None:
    at = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 90))
    async with serving(status(429, Retry_After=at)) as served:
        wait = (await unavailable(served.url)).retry_after
    assert wait is not None
    assert 30 < wait <= 90


async def test_a_registry_that_hangs_is_left_after_its_time() -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with serving(answer) as served:
        assert "did not answer within 0.2 s" in (await unavailable(served.url, timeout=0.2)).text


async def test_a_registry_that_is_not_there_is_unavailable() -> None:
    async with serving(found) as served:
        url = served.url
    assert "no connection to registry.example.com" in (await unavailable(url)).text


# Options


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoints": {"registry.example.com": "registry.example.com"}},
        {"endpoints": {"registry.example.com": f"https://robot:{PASSWORD}@registry.example.com"}},
        {"endpoints": {"https://registry.example.com": "https://registry.example.com"}},
        {"logins": {"registry.example.com": {"username": "robot"}}},
        {"logins": {"registry.example.com/shop": {"username": "robot", "password": PASSWORD}}},
        {"timeout": 0},
        {"time": 1},
    ],
)
def test_options_that_can_t_work_are_refused_and_keep_their_secrets(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as no:
        Options.model_validate(wrong)
    assert PASSWORD not in str(no.value)


def test_a_password_is_not_shown() -> None:
    options = Options.model_validate({"logins": {"docker.io": {"username": "robot", "password": PASSWORD}}})
    assert PASSWORD not in repr(options)
    assert PASSWORD not in repr(connect(options))


async def test_closing_twice_is_fine_and_so_is_closing_unused() -> None:
    async with serving(found) as served, reached(served.url) as registry:
        await registry.close()
        await registry.digest(IMAGE, "v1.9")
        await registry.close()


# The playground's


async def test_the_playground_has_every_version_but_those_that_are_missing() -> None:
    async with Playground() as play, reached(play.url) as registry:
        digests = {
            await registry.digest(f"registry.example.com/shop/{name}", version)
            for name in ("api", "web", "cart", "pay")
            for version in ("v1.1", "v1.3-bad")
        }
        assert len(digests) == 8
        assert await registry.digest(IMAGE, digest := await registry.digest(IMAGE, "v1.1")) == digest
        for image, version in ((IMAGE, "v1.9-missing"), ("registry.example.com/shop/nothing", "v1.1"), (IMAGE, OTHER)):
            with pytest.raises(Refusal) as no:
                await registry.digest(image, version)
            assert no.value.code is Code.NOT_FOUND


async def test_the_playground_s_digests_are_those_of_its_manifests_and_always_the_same() -> None:
    async with Playground() as play, reached(play.url) as registry:
        first = await registry.digest(IMAGE, "v1.1")
    async with Playground() as play, reached(play.url) as registry:
        assert await registry.digest(IMAGE, "v1.1") == first
        head = [one for one in play.requests if one.status == 200 and "manifests" in one.path]
        assert [one.method for one in head] == ["HEAD"]


async def test_the_playground_s_faults_are_real() -> None:
    async with Playground() as play, reached(play.url, timeout=0.3) as registry:
        for fault, said in (
            (Fault(kind="http_429", count=1, retry_after=3), "HTTP 429"),
            (Fault(kind="http_500", count=1), "HTTP 500"),
            (Fault(kind="outage"), "no connection"),
            (Fault(kind="hang"), "did not answer"),
        ):
            play.fail(fault)
            with pytest.raises(Unavailable, match=said):
                await registry.digest(IMAGE, "v1.1")
            play.clear()
            assert await registry.digest(IMAGE, "v1.1")
