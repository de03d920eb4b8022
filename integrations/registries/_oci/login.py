"""How a registry lets us in: a challenge, answered with a token from whom it names, or with name and password.

distribution.github.io/distribution/spec/auth/token, and RFC 7617 for those that take a password themselves.
"""

import base64
import json
import re
import time
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, SecretStr

from bot.blocks import code
from bot.errors import Code, Refusal, Unavailable
from integrations._http import Answer, Http, foreign, retry_after
from integrations.registries._oci.names import Repository

SYSTEM = "Registry"
SHORTEST = 60.0  # seconds that a token lives at least, by the specification; also where it does not say
EARLY = 5.0  # seconds before its end from which on a token is not sent any more
_SCHEME = re.compile(r"\s*([A-Za-z]+)\b\s*(.*)", re.DOTALL)
_PART = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s",]+))')


class Login(BaseModel):
    """Who the bot is to one host."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    username: str
    password: SecretStr

    @property
    def header(self) -> str:
        """As an Authorization header."""
        both = f"{self.username}:{self.password.get_secret_value()}"
        return f"Basic {base64.b64encode(both.encode()).decode()}"


class _Token(NamedTuple):
    header: str
    until: float  # by time.monotonic


class Doors:
    """The tokens that we hold, by repository, and how we come by them."""

    def __init__(self, http: Http, logins: Mapping[str, Login]) -> None:
        self._http, self._logins = http, logins
        self._held: dict[Repository, _Token] = {}

    def held(self, repository: Repository) -> str:
        """The Authorization header that was good the last time; empty where there is none any more."""
        token = self._held.get(repository)
        return token.header if token and time.monotonic() < token.until else ""

    async def open(self, repository: Repository, refused: Answer, encrypted: bool) -> str:
        """The Authorization header for a registry that has `refused` us with a 401; empty where we have none to give.
        `encrypted` is whether the registry itself is asked over TLS: then so must be whoever gives out its tokens."""
        self._held.pop(repository, None)
        login = self._logins.get(repository.host)
        challenges = _challenges(refused.headers.getall("WWW-Authenticate", ()))
        if bearer := challenges.get("bearer"):
            token = await self._fetch(repository, bearer, login, encrypted)
        elif "basic" in challenges and login:
            token = _Token(login.header, float("inf"))
        else:
            return ""
        self._held[repository] = token
        return token.header

    async def _fetch(
        self, repository: Repository, challenge: Mapping[str, str], login: Login | None, encrypted: bool
    ) -> _Token:
        realm = foreign(challenge.get("realm", ""))
        if realm is None or (encrypted and realm.scheme != "https"):
            raise Unavailable(SYSTEM, f"{repository.host} names no safe place to get a token from")
        scope = challenge.get("scope") or f"repository:{repository.name}:pull"
        asked = realm.update_query({"scope": scope, **({"service": it} if (it := challenge.get("service")) else {})})
        # Who redirects here wants the password sent on, which `ask` does not do.
        answer = await self._http.ask("GET", asked, {"Accept": "application/json"}, login.header if login else "")
        if answer.status in (400, 401, 403):
            hint = f"Look at `registry.logins` for {code(repository.host)}."
            raise Refusal(Code.TARGET_FORBIDS, f"{code(realm.host or '')} does not accept the bot's login.", hint)
        if answer.status != 200:
            raise Unavailable(SYSTEM, f"{realm.host} gave no token: HTTP {answer.status}", retry_after(answer.headers))
        return _token(answer.body, repository.host)


def _token(body: bytes, host: str) -> _Token:
    try:
        given: dict[str, Any] = json.loads(body)
        text = given.get("token") or given["access_token"]
        lives = max(SHORTEST, float(given.get("expires_in") or 0))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        text, lives = None, 0.0
    if not isinstance(text, str) or not text.isascii() or not text.isprintable():
        raise Unavailable(SYSTEM, f"what gives out tokens for {host} answered without one")
    return _Token(f"Bearer {text}", time.monotonic() + lives - EARLY)


def _challenges(headers: Iterable[str]) -> dict[str, dict[str, str]]:
    """What is asked for, by scheme in lower case. RFC 9110 lets one header hold several challenges; registries send
    each in one of its own."""
    found: dict[str, dict[str, str]] = {}
    for header in headers:
        if match := _SCHEME.match(header):
            parts = {name.lower(): quoted or bare for name, quoted, bare in _PART.findall(match[2])}
            found.setdefault(match[1].lower(), parts)
    return found
