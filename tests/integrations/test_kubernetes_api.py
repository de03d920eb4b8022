"""What the Kubernetes target makes of an API server that refuses, hangs, breaks off, or asks for a new login."""

import asyncio
import json
import shlex
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from bot.errors import Code, Refusal, Unavailable
from bot.ports import DeployTarget
from bot.values import Fence, Place
from integrations.targets._kubernetes import change, objects
from integrations.targets.kubernetes import Options, connect
from tests.integrations.kubernetes_ground import to

Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
USER = {"token": "t0p-secret"}
FENCE = Fence(deploy="d1", epoch=1)


@pytest.fixture
async def served() -> AsyncIterator[Callable[[Answer], Awaitable[str]]]:
    """Starts a server that answers everything one way; returns its URL."""
    runners: list[web.ServerRunner] = []

    async def start(answer: Answer) -> str:
        runner = web.ServerRunner(web.Server(answer, handler_cancellation=True), shutdown_timeout=0)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    yield start
    for runner in runners:
        await runner.cleanup()


@pytest.fixture
async def reached(tmp_path: Path) -> AsyncIterator[Callable[..., DeployTarget]]:
    """A target at a URL, logged in as `user` of a kubeconfig says."""
    targets: list[DeployTarget] = []

    def reach(url: str, user: dict[str, Any] = USER, timeout: float = 5.0) -> DeployTarget:
        file = tmp_path / "kubeconfig"
        context = {"name": "here", "context": {"cluster": "c", "user": "u"}}
        given = {"clusters": [{"name": "c", "cluster": {"server": url}}], "users": [{"name": "u", "user": user}]}
        file.write_text(yaml.safe_dump({**given, "contexts": [context], "current-context": "here"}))
        targets.append(target_of(file, timeout=timeout))
        return targets[-1]

    yield reach
    for target in targets:
        await target.close()


def target_of(kubeconfig: Path | None, **changes: Any) -> DeployTarget:
    options = Options(namespace="shop", deployment="api", container="api", image="shop/api", kubeconfig=kubeconfig)
    return connect({Place("api", "production"): options.model_copy(update=changes)})[Place("api", "production")]


def status(code: int, message: str, **details: Any) -> Answer:
    async def answer(_: web.BaseRequest) -> web.Response:
        body = {"kind": "Status", "status": "Failure", "message": message, "code": code, "details": details}
        return web.json_response(body, status=code)

    return answer


def api(**annotations: str) -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": "api", "image": "shop/api:v1.1"}]}}
    metadata = {"name": "api", "namespace": "shop", "uid": "u", "resourceVersion": "1", "generation": 1}
    return {
        "metadata": metadata | {"annotations": annotations},
        "spec": {"replicas": 1, "selector": {}, "template": template},
    }


@pytest.mark.parametrize(
    ("code", "word"),
    [
        (400, Code.INVALID),
        (401, Code.TARGET_FORBIDS),
        (403, Code.TARGET_FORBIDS),
        (404, Code.NOT_FOUND),
        (409, Code.CONFLICT),
        (422, Code.INVALID),
    ],
)
async def test_a_no_is_a_refusal_with_the_words_of_the_api(served: Any, reached: Any, code: int, word: Code) -> None:
    target = reached(await served(status(code, "no <b>way</b> & never")))
    with pytest.raises(Refusal) as refused:
        await target.inspect()
    assert refused.value.code is word
    assert ("no &lt;b&gt;way&lt;/b&gt; &amp; never" in refused.value.text) is (code != 401)
    assert "t0p-secret" not in refused.value.text


async def test_a_kind_that_is_not_installed_is_told_from_an_object_that_is_not_there(served: Any, reached: Any) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=404, text="404 page not found\n")

    with pytest.raises(Refusal, match="does not know such a resource") as refused:
        await reached(await served(answer)).inspect()
    assert refused.value.code is Code.NOT_FOUND


async def test_a_preflight_line_carries_the_words_unescaped(served: Any, reached: Any) -> None:
    target = reached(await served(status(403, "no <b>way</b> & never")))
    (check,) = await target.preflight(to("v1.2"))
    assert (check.name, check.passed, check.text) == ("exists", False, "no <b>way</b> & never")


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
async def test_not_now_is_unavailable_for_as_long_as_the_api_says(served: Any, reached: Any, code: int) -> None:
    target = reached(await served(status(code, "slow down", retryAfterSeconds=7)))
    with pytest.raises(Unavailable, match="slow down") as unavailable:
        await target.inspect()
    assert unavailable.value.retry_after == 7


@pytest.mark.parametrize(("given", "seconds"), [("3", 3.0), ("Fri, 20 Nov 2026 15:00:00 GMT", None)])
async def test_a_retry_after_header_is_read(served: Any, reached: Any, given: str, seconds: float | None) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=429, text="<html>busy", headers={"Retry-After": given})

    with pytest.raises(Unavailable, match="HTTP 429: <html>busy") as unavailable:
        await reached(await served(answer)).inspect()
    assert unavailable.value.retry_after == seconds


async def test_an_answer_that_never_comes_ends_at_the_deadline(served: Any, reached: Any) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    target, began = reached(await served(answer), timeout=0.2), time.monotonic()
    with pytest.raises(Unavailable, match=r"did not answer within 0\.2 s"):
        await target.inspect()
    assert time.monotonic() - began < 2


async def test_a_connection_that_breaks_or_is_refused_is_unavailable(served: Any, reached: Any) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    with pytest.raises(Unavailable, match="no connection to the cluster"):
        await reached(await served(answer)).inspect()
    with pytest.raises(Unavailable, match="Cannot connect to host"):
        await reached("http://127.0.0.1:1").inspect()


async def test_an_answer_that_is_no_kubernetes_is_unavailable(served: Any, reached: Any) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(text="<html>Welcome to nginx!")

    with pytest.raises(Unavailable, match="no API server"):
        await reached(await served(answer)).inspect()


async def test_a_deployment_that_never_holds_still_is_a_conflict(
    served: Any, reached: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change, "PAUSE", 0)
    patches = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.method == "GET":
            return web.json_response({"items": []} if "replicasets" in request.path else api())
        patches.append(await request.json())
        return await status(409, "the object has been modified")(request)

    with pytest.raises(Refusal, match="kept changing") as refused:
        await reached(await served(answer)).apply(to("v1.2"), FENCE, "why")
    assert refused.value.code is Code.CONFLICT
    assert len(patches) == objects.ATTEMPTS
    assert all(patch["metadata"]["resourceVersion"] == "1" for patch in patches)


async def test_a_change_that_no_controller_takes_up_is_unavailable(served: Any, reached: Any) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.json_response({"items": []} if "replicasets" in request.path else api() | {"status": {}})

    with pytest.raises(Unavailable, match="did not take the change up"):
        await reached(await served(answer), timeout=2).apply(to("v1.1"), FENCE, "why")


async def test_a_spoilt_fence_is_no_fence(served: Any, reached: Any) -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        return web.json_response(api(**{"quarterdeck.dev/fence": "what: is this"}))

    snapshot = await reached(await served(answer)).inspect()
    assert (snapshot.revision.version, snapshot.revision.restore["deploy"]) == ("v1.1", "")


def guarded(good: str) -> tuple[Answer, list[str]]:
    """Answers only those who show the good token; and what was shown."""
    shown: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        shown.append(request.headers.get("Authorization", ""))
        return web.json_response(api()) if shown[-1] == f"Bearer {good}" else await status(401, "who?")(request)

    return answer, shown


async def test_a_login_that_has_run_out_is_renewed_once_and_silently(served: Any, reached: Any, tmp_path: Path) -> None:
    answer, shown = guarded("new")
    token = tmp_path / "token"
    token.write_text("old")
    credential = (
        '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "%s"}}'
    )
    script = f"printf {shlex.quote(credential)} $(cat {token}); printf new > {token}"
    login = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script]}
    target = reached(await served(answer), {"exec": login})
    assert (await target.inspect()).revision.version == "v1.1"
    assert (await target.inspect()).revision.version == "v1.1"
    assert shown == ["Bearer old", "Bearer new", "Bearer new"]


async def test_a_login_program_that_hangs_ends_at_the_deadline(reached: Any) -> None:
    login = {"apiVersion": "client.authentication.k8s.io/v1", "command": "sleep", "args": ["30"]}
    began = time.monotonic()
    with pytest.raises(Unavailable, match="did not answer"):
        await reached("http://127.0.0.1:1", {"exec": login}, timeout=0.3).inspect()
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "text",
    [
        "users: [{name: u, user: {token: t0p-secret}}]\nclusters: []\ncontexts: []\ncurrent-context: gone",
        "token: t0p-secret\n\t: [",
        "t0p-secret",
        "",
    ],
)
async def test_a_kubeconfig_that_makes_no_sense_is_refused_without_quoting_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(text)
    with pytest.raises(Refusal) as refused:
        await target_of(file).inspect()
    assert (refused.value.code, str(file) in refused.value.text) == (Code.INVALID, True)
    assert "t0p-secret" not in json.dumps([refused.value.text, repr(refused.value.__cause__)])
    assert refused.value.__suppress_context__


async def test_a_kubeconfig_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refusal, match="There is no kubeconfig") as refused:
        await target_of(tmp_path / "nowhere").inspect()
    assert refused.value.code is Code.INVALID
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/a:{tmp_path}/b")
    with pytest.raises(Refusal, match="/b`"):
        await target_of(None).inspect()


def test_options_name_what_is_wrong_with_them() -> None:
    given = {"namespace": "shop", "deployment": "api", "container": "api", "image": "localhost:5000/shop/api"}
    assert Options.model_validate(given).timeout == 10
    pair = {"service": "cart", "blue": "cart-blue", "green": "cart-green"}
    two = {key: value for key, value in given.items() if key != "deployment"} | {"blue_green": pair}
    assert Options.model_validate(two).deployment == "cart"
    for wrong in (
        {"image": "shop/api:v1"},
        {"image": "shop/api@sha256:0"},
        {"namespace": "a/b"},
        {"timeout": 0},
        {"x": 1},
        {"route": {"name": "shop"}, "blue_green": pair},
    ):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Options.model_validate({**given, **wrong})
