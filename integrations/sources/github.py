"""GitHub, and GitHub Enterprise Server, as a service's history: the commits between two versions.

docs.github.com/rest/commits/commits, "Compare two commits".
"""

import re
from collections import OrderedDict
from typing import Annotated, Literal, NamedTuple
from urllib.parse import quote

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from yarl import URL

from bot.blocks import code, escape
from bot.errors import Code, Refusal, Unavailable
from bot.ports import SourceHistory
from bot.values import Comparison
from integrations._http import BUSY, Answer, Http, address, retry_after
from integrations.sources._github.reading import limit, read, reason

SYSTEM = "GitHub"
KEPT = 64  # comparisons; a deploy asks for the same one when it is planned, looked at again and shown
HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REF = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./+@-]{0,254}")


def _template(text: str) -> str:
    if text.count("{version}") != 1 or not _REF.fullmatch(text.replace("{version}", "1")):
        raise ValueError("must be the name of a tag with {version} in it once")
    return text


def _sendable(secret: SecretStr) -> SecretStr:
    # Checked here, because whoever sends a header that can't be sent says what was in it.
    text = secret.get_secret_value()
    if not text or not text.isascii() or not text.isprintable() or text != text.strip():
        raise ValueError("has characters that no HTTP header can carry, or none at all")
    return secret


class Options(BaseModel):
    """Where a service's commits are. `tag` is what the commit of a version is called there. `api_url` is another for
    GitHub Enterprise Server (https://<host>/api/v3). `token` needs no more than to read the repository's contents;
    without one only public repositories can be asked for, 60 times an hour. `timeout` is in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    type: Literal["github"] = "github"
    repository: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+$")]
    tag: Annotated[str, AfterValidator(_template)] = "{version}"
    api_url: Annotated[str, AfterValidator(address)] = "https://api.github.com"
    token: Annotated[SecretStr, AfterValidator(_sendable)] | None = None
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0


def connect(options: Options) -> SourceHistory:
    """The history; nothing is asked before the first `between`."""
    return GitHub(options)


class _Known(NamedTuple):
    etag: str
    comparison: Comparison


class GitHub:
    """`bot.ports.SourceHistory` over GitHub's REST API."""

    def __init__(self, options: Options) -> None:
        self._options, self._http = options, Http(SYSTEM, options.timeout)
        self._known: OrderedDict[tuple[str, str], _Known] = OrderedDict()

    async def between(self, old: str, new: str) -> Comparison:
        """See the port. Of more than 250 commits the newest 250 are listed."""
        pair = self._ref(old), self._ref(new)
        known = self._known.get(pair)
        if known and all(map(_COMMIT.fullmatch, pair)):  # a tag can be moved, a commit can't
            self._known.move_to_end(pair)
            return known.comparison
        async with self._http.question(SYSTEM):
            # Without paging: then of a long list the newest commits are there, and the last one is the newest of all.
            path = f"compare/{quote(pair[0], safe='')}...{quote(pair[1], safe='')}"
            answer = await self._ask(path, {"If-None-Match": known.etag} if known and known.etag else {})
            if answer.status == 404 and "ancestor" not in reason(answer):  # both may be there and share no past
                raise await self._missing(*pair)
        if answer.status == 304 and known:
            found = known
        elif answer.status == 200:
            found = _Known(answer.headers.get("ETag", ""), _compared(answer.body))
        else:
            raise self._failure(answer)
        self._known[pair] = found
        self._known.move_to_end(pair)
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found.comparison

    async def close(self) -> None:
        """See the port."""
        await self._http.close()

    def _ref(self, version: str) -> str:
        ref = self._options.tag.replace("{version}", version)
        if not _REF.fullmatch(ref):  # a digest would be read as another's fork, which is what ":" means there
            raise Refusal(Code.INVALID, f"{code(version)} names no commit, so it can't be compared.")
        return ref

    async def _ask(self, path: str, headers: dict[str, str]) -> Answer:
        url = URL(f"{self._options.api_url}/repos/{self._options.repository}/{path}", encoded=True)
        token = self._options.token
        login = f"Bearer {token.get_secret_value()}" if token else ""
        return await self._http.ask("GET", url, HEADERS | headers, login)

    async def _missing(self, old: str, new: str) -> Refusal | Unavailable:
        """Which of the two it was: a comparison only says that something was not found."""
        answer = await self._ask(f"commits/{quote(new, safe='')}", {})
        where = code(self._options.repository)
        if answer.status == 200:
            return Refusal(Code.NOT_FOUND, f"GitHub knows no {code(old)} of {where}.", "Was its tag deleted?")
        if answer.status == 422:
            return Refusal(Code.NOT_FOUND, f"GitHub knows no {code(new)} of {where}.", "Was its tag pushed?")
        if answer.status != 404:
            return self._failure(answer)
        hint = "A private repository needs `source.token`." if self._options.token is None else "May its token read it?"
        return Refusal(Code.NOT_FOUND, f"GitHub shows the bot no {code(new)} and no repository {where}.", hint)

    def _failure(self, answer: Answer) -> Refusal | Unavailable:
        if answer.status in (403, 429) and (wait := limit(answer)) is not None:
            return Unavailable(SYSTEM, "the limit of requests is reached", wait)
        if answer.status >= 500 or answer.status in BUSY:
            return Unavailable(SYSTEM, f"HTTP {answer.status}", retry_after(answer.headers))
        if answer.status == 401:
            return Refusal(Code.TARGET_FORBIDS, "GitHub does not accept the bot's token.", "Renew `source.token`.")
        verdict = Code.TARGET_FORBIDS if answer.status == 403 else Code.INVALID
        text = f"GitHub does not compare versions of {code(self._options.repository)}: {escape(reason(answer))}"
        return Refusal(verdict, text)


def _compared(body: bytes) -> Comparison:
    try:
        return read(body)
    except ValidationError:
        raise Unavailable(SYSTEM, "something that is no GitHub answered") from None
