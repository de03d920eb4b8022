"""HTTP as integrations without a library of their own speak it: one session, one deadline over all that a question
takes, and nothing that lets anybody in carried to another host."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from bot.errors import Unavailable

HOPS = 4
EMPTY = URL()
LARGEST = 32 * 2**20  # bytes of an answer; what is longer is none of what we ask for
REDIRECTS = (301, 302, 303, 307, 308)
BUSY = (408, 425, 429)


class Answer(NamedTuple):
    """What a server sent back; `home` is whether it was the one that was asked, rather than one it redirects to."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes
    home: bool


def address(url: str) -> str:
    """A base URL as people write it in config, without "/" at its end; ValueError for what is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("must be http:// or https://, a host and perhaps a path")
    if "@" in parts.netloc:
        raise ValueError("must hold no password")
    return url.rstrip("/")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """How many seconds the server asks us to wait, however it says so; None where it does not."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def foreign(text: str, base: URL = EMPTY) -> URL | None:
    """An address that somebody else wrote, perhaps relative to `base`, without a login in it; None for what is none."""
    try:
        url = base.join(URL(text)) if base.absolute else URL(text)
        return url.with_user(None) if url.scheme in ("http", "https") and url.host else None
    except ValueError:
        return None


class Http:
    """A client of `system`, as people call it. `timeout` is in seconds. The session is made by the first question."""

    def __init__(self, system: str, timeout: float) -> None:
        self._system, self._timeout = system, timeout
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Give the connections back."""
        if session := self._session:
            self._session = None
            await session.close()

    @asynccontextmanager
    async def question(self, whom: str) -> AsyncIterator[None]:
        """All requests that one question takes, within one deadline. Raises Unavailable when `whom` can't be reached
        in time."""
        try:
            async with asyncio.timeout(self._timeout):
                yield
        except TimeoutError:
            raise Unavailable(self._system, f"{whom} did not answer within {self._timeout:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            # Of all of aiohttp's errors only this one is sure to name no more than host and port.
            told = str(error) if isinstance(error, aiohttp.ClientConnectorError) else type(error).__name__
            raise Unavailable(self._system, f"no connection to {whom}: {told}") from None

    async def ask(self, method: str, url: URL, headers: Mapping[str, str], authorization: str = "") -> Answer:
        """One request, inside a `question`, redirects followed. `authorization` stays with the host of `url`, and a
        connection that is encrypted stays so. Raises Unavailable for an answer that never comes to an end."""
        origin, home = url.origin(), True
        for _ in range(HOPS):
            login = {"Authorization": authorization} if authorization and home else {}
            async with self._opened().request(
                method, url, headers={**headers, **login}, allow_redirects=False
            ) as response:
                if response.status not in REDIRECTS or "Location" not in response.headers:
                    return Answer(response.status, response.headers, await self._body(response), home)
                following = self._following(url, response.headers["Location"])
            url, home = following, home and following.origin() == origin
        raise Unavailable(self._system, f"{origin.host} redirects without end")

    def _following(self, url: URL, location: str) -> URL:
        following = foreign(location, url)
        if following is None or following.scheme not in ("https", url.scheme):
            raise Unavailable(self._system, f"{url.host} redirects to no address, or to one without encryption")
        return following

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(2**16):
            body += chunk
            if len(body) > LARGEST:
                raise Unavailable(self._system, f"{response.url.host} answered more than {LARGEST // 2**20} MiB")
        return bytes(body)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # The deadline is `question`'s; a cookie of one host is nothing that another should learn of.
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "quarterdeck", "Accept-Encoding": "identity"},
            )
        return self._session
