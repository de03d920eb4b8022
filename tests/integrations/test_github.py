"""What GitHub's answers come to: commits and who wrote them, what is missing, limits, and what is no GitHub."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.errors import Code, Refusal, Unavailable
from bot.ports import SourceHistory
from integrations.sources._github.reading import read
from integrations.sources.github import KEPT, Options, connect
from playground.forge import Forge
from playground.loopback import Fault
from tests.integrations.served import Answer, serving

TOKEN = "ghp_s3cret-of-the-bot"
OLD, NEW = "a" * 40, "b" * 40

Json = dict[str, Any]


@asynccontextmanager
async def reached(url: str, **given: Any) -> AsyncIterator[SourceHistory]:
    history = connect(Options.model_validate({"repository": "shop/api", "api_url": url, "token": TOKEN, **given}))
    try:
        yield history
    finally:
        await history.close()


def entry(message: str = "Fix it", name: str | None = "Dana Ortiz", email: str | None = "dana@example.com") -> Json:
    return {
        "sha": "1" * 40,
        "commit": {"message": message, "author": {"name": name, "email": email}},
        "author": {"login": "dana"},
    }


def compared(*commits: Json, ahead: int | None = None, behind: int = 0) -> Json:
    total = len(commits) if ahead is None else ahead
    url = "https://github.com/shop/api/compare/v1.1...v1.2"
    return {"html_url": url, "ahead_by": total, "behind_by": behind, "total_commits": total, "commits": [*commits]}


def body(thing: object) -> bytes:
    return json.dumps(thing).encode()


def told(thing: object, status: int = 200, **headers: str) -> Answer:
    async def answer(_: web.BaseRequest) -> web.Response:
        given = {key.replace("_", "-"): value for key, value in headers.items()}
        return web.Response(status=status, body=body(thing), headers={"Content-Type": "application/json", **given})

    return answer


async def refused(url: str, old: str = "v1.1", new: str = "v1.9", **given: Any) -> Refusal:
    async with reached(url, **given) as history:
        with pytest.raises(Refusal) as no:
            await history.between(old, new)
    assert TOKEN not in f"{no.value!r} {no.value.text} {no.value.hint}"
    return no.value


async def unavailable(url: str, **given: Any) -> Unavailable:
    async with reached(url, **given) as history:
        with pytest.raises(Unavailable) as no:
            await history.between("v1.1", "v1.9")
    assert TOKEN not in f"{no.value!r} {no.value}"
    return no.value


# What is asked


async def test_two_tags_are_compared_as_their_template_says_and_with_the_token() -> None:
    async with serving(told(compared())) as served, reached(served.url, tag="api/v{version}") as history:
        await history.between("1.1", "1.2")
    [request] = served.asked
    assert request.raw_path == "/repos/shop/api/compare/api%2Fv1.1...api%2Fv1.2", "no paging: the newest 250 come"
    assert served.logins == [f"Bearer {TOKEN}"]
    assert request.headers["Accept"] == "application/vnd.github+json"


async def test_without_a_token_none_is_sent() -> None:
    async with serving(told(compared())) as served, reached(served.url, token=None) as history:
        await history.between("v1.1", "v1.2")
    assert served.logins == [""]


@pytest.mark.parametrize("version", ["sha256:" + "0" * 64, "dana:main", "v1...v2", "v1 2", "", "v1?x", "a\nb"])
async def test_what_names_no_commit_is_refused_before_anything_is_asked(version: str) -> None:
    async with serving(told(compared())) as served:
        assert (await refused(served.url, new=version)).code is Code.INVALID
        assert (await refused(served.url, old=version)).code is Code.INVALID
        assert served.asked == []


async def test_a_repository_that_has_moved_is_found_with_the_token_and_elsewhere_without() -> None:
    async with serving(told(compared())) as thief:
        for to in ("/repositories/7/compare/x", f"{thief.url}/x"):

            async def answer(request: web.BaseRequest, to: str = to) -> web.StreamResponse:
                if request.path.startswith("/repositories"):
                    return web.json_response(compared())
                return web.Response(status=301, headers={"Location": to})

            async with serving(answer) as served, reached(served.url) as history:
                assert (await history.between("v1.1", "v1.2")).total == 0
            assert set(served.logins) == {f"Bearer {TOKEN}"}
    assert thief.logins == [""]


# What comes of it


async def test_commits_are_listed_newest_first() -> None:
    answer = told(compared(entry("First"), entry("Second"), ahead=251, behind=2))
    async with serving(answer) as served, reached(served.url) as history:
        found = await history.between("v1.1", "v1.2")
    assert [commit.title for commit in found.commits] == ["Second", "First"]
    assert (found.total, found.behind) == (251, 2)
    assert found.url == "https://github.com/shop/api/compare/v1.1...v1.2"


def test_everybody_who_wrote_a_commit_is_named() -> None:
    message = (
        "Fix the rounding\n\nco-authored-by: Cam <cam@example.com>\nNot a trailer: <vic@example.com>\n\n"
        "Co-Authored-By: Ari Novak <Ari@Example.com>\r\nCo-authored-by: Dana <dana@example.com>\n"
    )
    [commit] = read(body(compared(entry(message, email="Dana@example.com")))).commits
    assert commit.emails == ("dana@example.com", "cam@example.com", "ari@example.com")
    assert (commit.title, commit.author) == ("Fix the rounding", "Dana Ortiz")


@pytest.mark.parametrize(
    ("name", "account", "said"),
    [("Dana", None, "Dana"), (None, {"login": "dana"}, "dana"), ("\n", {"login": "dana"}, "somebody")],
)
def test_an_author_has_a_name_whatever_is_left_out(name: str | None, account: Json | None, said: str) -> None:
    [commit] = read(body(compared(entry(name=name, email=None) | {"author": account}))).commits
    assert (commit.author, commit.emails) == (said, ())


def test_a_commit_without_an_author_is_one() -> None:
    bare = {"sha": "2" * 40, "commit": {"message": "", "author": None}, "author": None}
    [commit] = read(body(compared(bare))).commits
    assert (commit.title, commit.author, commit.emails) == ("", "somebody", ())


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("2024-03-04T09:00:00Z", datetime(2024, 3, 4, 9, tzinfo=UTC)),
        ("2024-03-04T09:00:00+05:30", datetime(2024, 3, 4, 3, 30, tzinfo=UTC)),
        ("2024-03-04T09:00:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (None, None),
    ],
)
def test_a_commit_says_when_it_was_written_if_its_clock_said_something(date: str | None, at: datetime | None) -> None:
    written = entry()
    written["commit"]["author"]["date"] = date
    [commit] = read(body(compared(written))).commits
    assert commit.at == at


@given(st.text(max_size=400))
def test_foreign_words_become_one_line_that_fits(text: str) -> None:
    [commit] = read(body(compared(entry(text, name=text)))).commits
    for said, most in ((commit.title, 200), (commit.author, 80)):
        assert len(said) <= most
        assert said.isprintable()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://x|<!channel>", "https://x/>", "https://x y", ""])
def test_an_address_that_is_none_is_left_out(url: str) -> None:
    assert read(body(compared() | {"html_url": url})).url == ""


# What is remembered


async def test_two_commits_are_compared_once() -> None:
    async with serving(told(compared(entry()))) as served, reached(served.url) as history:
        first = await history.between(OLD, NEW)
        assert await history.between(OLD, NEW) == first
        assert len(served.asked) == 1
        for number in range(KEPT):
            await history.between(OLD, f"{number:040x}")
        await history.between(OLD, NEW)
        assert len(served.asked) == KEPT + 2, "what was not asked for since is forgotten"


async def test_tags_are_asked_for_again_and_may_have_moved() -> None:
    answers = [compared(entry("One")), compared(entry("Other"))]

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked = len(served.asked)
        if asked == 2:
            assert request.headers["If-None-Match"] == '"1"'
            return web.Response(status=304)
        return web.json_response(answers[0 if asked == 1 else 1], headers={"ETag": f'"{asked}"'})

    async with serving(answer) as served, reached(served.url) as history:
        titles = [(await history.between("v1.1", "v1.2")).commits[0].title for _ in range(3)]
    assert titles == ["One", "One", "Other"]


# No


def missing(known: tuple[str, ...] = (), whole: int = 404) -> Answer:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        ref = request.path.rpartition("/commits/")[2]
        status = (200 if ref in known else 422) if "/commits/" in request.path and whole == 404 else whole
        return web.json_response({"message": "Not Found"}, status=status)

    return answer


@pytest.mark.parametrize(("known", "lost"), [(("v1.1",), "v1.9"), (("v1.9",), "v1.1"), ((), "v1.9")])
async def test_the_version_that_is_missing_is_named(known: tuple[str, ...], lost: str) -> None:
    async with serving(missing(known)) as served:
        no = await refused(served.url)
    assert no.code is Code.NOT_FOUND
    assert no.text == f"GitHub knows no `{lost}` of `shop/api`."


async def test_a_repository_that_is_not_shown_is_said_with_what_to_do() -> None:
    async with serving(told({"message": "Not Found"}, 404)) as served:
        no = await refused(served.url, token=None)
        assert (no.code, "shop/api" in no.text, "source.token" in no.hint) == (Code.NOT_FOUND, True, True)
        assert "its token" in (await refused(served.url)).hint


async def test_two_versions_without_a_common_past_are_both_there() -> None:
    async with serving(told({"message": "No common ancestor between <v1.1> and v1.9."}, 404)) as served:
        no = await refused(served.url)
    assert no.code is Code.INVALID
    assert "No common ancestor between &lt;v1.1&gt;" in no.text


async def test_a_token_that_is_not_accepted_or_may_not_is_said() -> None:
    async with serving(told({"message": "Bad credentials"}, 401)) as served:
        assert "does not accept" in (await refused(served.url)).text
    async with serving(told({"message": "Resource not accessible by <personal> token"}, 403)) as served:
        no = await refused(served.url)
    assert no.code is Code.TARGET_FORBIDS
    assert "by &lt;personal&gt; token" in no.text


@pytest.mark.parametrize("status", [403, 429])
@pytest.mark.parametrize(
    ("headers", "message", "least", "most"),
    [
        ({"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "now+120"}, "API rate limit exceeded", 60, 121),
        ({"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "now-120"}, "API rate limit exceeded", 1, 1),
        ({"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "soon"}, "API rate limit exceeded", 60, 60),
        ({"X_RateLimit_Remaining": "17", "Retry_After": "30"}, "secondary", 30, 30),
        ({"X_RateLimit_Remaining": "17"}, "You have exceeded a secondary rate limit.", 60, 60),
    ],
)
async def test_a_limit_says_when_to_come_again(
    status: int, headers: dict[str, str], message: str, least: float, most: float
) -> None:
    if headers.get("X_RateLimit_Reset", "").startswith("now"):
        headers = headers | {"X_RateLimit_Reset": str(int(time.time()) + int(headers["X_RateLimit_Reset"][3:]))}
    async with serving(told({"message": message}, status, **headers)) as served:
        wait = (await unavailable(served.url)).retry_after
    assert wait is not None
    assert least <= wait <= most


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_an_outage_is_unavailable(status: int) -> None:
    async with serving(told("oh no", status, Retry_After="5")) as served:
        assert (await unavailable(served.url)).retry_after == 5


@pytest.mark.parametrize("thing", ["<html>", [], {}, compared() | {"commits": [{}]}, compared() | {"ahead_by": None}])
async def test_what_is_no_comparison_is_no_github(thing: object) -> None:
    async with serving(told(thing)) as served:
        assert "no GitHub" in (await unavailable(served.url)).text


async def test_a_github_that_hangs_is_left_after_its_time() -> None:
    async def answer(_: web.BaseRequest) -> web.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with serving(answer) as served:
        assert "did not answer within 0.2 s" in (await unavailable(served.url, timeout=0.2)).text


# Options


@pytest.mark.parametrize(
    "wrong",
    [
        {"repository": "shop"},
        {"repository": "shop/api/../../user"},
        {"tag": "v1"},
        {"tag": "{version}{version}"},
        {"tag": "{version}:x"},
        {"api_url": "api.github.com"},
        {"api_url": f"https://{TOKEN}@api.github.com"},
        {"token": f"{TOKEN}\n"},
        {"token": ""},
        {"timeout": 61},
        {"owner": "shop"},
    ],
)
def test_options_that_can_t_work_are_refused_and_keep_their_secrets(wrong: Json) -> None:
    with pytest.raises(ValidationError) as no:
        Options.model_validate({"repository": "shop/api", **wrong})
    assert TOKEN not in str(no.value)


# The playground's


async def test_the_playground_s_forge_tells_who_wrote_a_version() -> None:
    async with Forge() as forge, reached(forge.url) as history:
        teams = {}
        for old, new in (("v1.1", "v1.2"), ("v1.2", "v1.3"), ("v1.3", "v1.4")):
            found = await history.between(old, new)
            assert found.total == len(found.commits) > 0
            assert found.behind == 0
            teams[new] = {email.partition("@")[0] for commit in found.commits for email in commit.emails}
    assert teams == {"v1.2": {"dana", "cam"}, "v1.3": {"dana", "ari"}, "v1.4": {"ari", "cam"}}


async def test_some_of_the_playground_s_commits_have_two_authors() -> None:
    async with Forge() as forge, reached(forge.url) as history:
        found = await history.between("v1.0", "v2.0")
    assert {len(commit.emails) for commit in found.commits} == {1, 2}


async def test_the_playground_s_forge_goes_back_and_aside() -> None:
    async with Forge() as forge, reached(forge.url) as history:
        forth = await history.between("v1.1", "v1.2")
        back = await history.between("v1.2", "v1.1")
        assert (back.total, back.commits, back.behind) == (0, (), forth.total)
        aside = await history.between("v1.3", "v1.3-bad")
        assert aside.total > 0
        assert aside.behind > 0
        same = await history.between("v1.3", "v1.3")
        assert (same.total, same.behind) == (0, 0)
        after = await history.between("v1.2", "v1.2.1")
        assert after.total > 0
        assert after.behind == 0
        commits = await history.between(forth.commits[-1].sha, forth.commits[0].sha[:12])
        assert commits.total == forth.total - 1


async def test_of_many_commits_the_newest_are_listed() -> None:
    async with Forge() as forge, reached(forge.url) as history:
        found = await history.between("v0.0", "v9.9")
        last = await history.between("v9.8", "v9.9")
    assert found.total > len(found.commits) == 250
    assert found.commits[: last.total] == last.commits


async def test_the_playground_s_forge_knows_no_missing_version() -> None:
    async with Forge() as forge:
        assert (await refused(forge.url, new="v1.9-missing")).text == "GitHub knows no `v1.9-missing` of `shop/api`."
        assert (await refused(forge.url, old="0123abc")).text == "GitHub knows no `0123abc` of `shop/api`."
        assert "no repository" in (await refused(forge.url, repository="shop/nothing")).text


async def test_the_playground_s_faults_are_real() -> None:
    async with Forge() as forge, reached(forge.url, timeout=0.3) as history:
        for fault, said in (
            (Fault(kind="http_429", count=1, retry_after=30), "limit of requests"),
            (Fault(kind="http_500", count=1), "HTTP 500"),
            (Fault(kind="outage"), "no connection"),
            (Fault(kind="hang"), "did not answer"),
        ):
            forge.fail(fault)
            with pytest.raises(Unavailable, match=said):
                await history.between("v1.1", "v1.2")
            forge.clear()
            assert (await history.between("v1.1", "v1.2")).total
