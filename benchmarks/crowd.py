"""People who type a slash command, wait for its answer and type the next: signed HTTP, as Slack sends it.

Plain streams instead of an HTTP library, so that the sender costs a fraction of what it measures.
"""

import asyncio
import hashlib
import hmac
import itertools
import re
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from types import TracebackType
from urllib.parse import urlencode, urlsplit

from playground.world import APP_ID, SIGNING_SECRET, TEAM_DOMAIN, TEAM_ID

ANSWER = 30.0  # seconds to wait for an answer
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Crowd:
    """`people` of them at once, while the `async with` block runs; so many requests are in flight all the time."""

    def __init__(self, people: int) -> None:
        self.people = people
        self._triggers = map(str, itertools.count(time.time_ns()))  # none is ever used twice
        self._answers: dict[str, asyncio.Future[None]] = {}

    async def __aenter__(self) -> "Crowd":
        self._ear = await asyncio.start_server(self._listen, "127.0.0.1", 0)
        host, port = self._ear.sockets[0].getsockname()
        self._here = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ear.close()

    async def ask(self, url: str, text: str, times: int) -> list[float]:
        """Type `/deploy <text>` so many times in all; the seconds until each was acknowledged."""
        turns = iter(range(times))
        found = await asyncio.gather(*(self._person(url, text, turns) for _ in range(self.people)))
        return [seconds for each in found for seconds in each]

    async def _person(self, url: str, text: str, turns: Iterator[int]) -> list[float]:
        where = urlsplit(url)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            return [await self._type(reader, writer, where.path, text) for _ in turns]
        finally:
            writer.close()

    async def _type(self, reader: StreamReader, writer: StreamWriter, path: str, text: str) -> float:
        trigger = next(self._triggers)
        answer = self._answers[trigger] = asyncio.get_running_loop().create_future()
        request = _request(path, _command(text, trigger, f"{self._here}/{trigger}"))
        begun = time.perf_counter()
        writer.write(request)
        status = await _read(reader)
        seconds = time.perf_counter() - begun
        if not status.startswith("HTTP/1.1 200"):
            raise RuntimeError(f"not acknowledged: {status}")
        await asyncio.wait_for(answer, ANSWER)
        return seconds

    async def _listen(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Be the response_url of everybody."""
        try:
            while True:
                _, path, _ = (await _read(reader)).split(" ")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                self._answers.pop(path.removeprefix("/")).set_result(None)
        except (asyncio.IncompleteReadError, ConnectionError):  # it keeps no connection open for longer
            writer.close()


async def _read(reader: StreamReader) -> str:
    """The first line of a request or an answer, all of which is read."""
    head = await reader.readuntil(b"\r\n\r\n")
    if found := LENGTH.search(head):
        await reader.readexactly(int(found[1]))
    return head.partition(b"\r\n")[0].decode()


def _request(path: str, body: bytes) -> bytes:
    now = str(int(time.time()))
    signature = hmac.new(SIGNING_SECRET.encode(), f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={signature}\r\n\r\n"
    )
    return head.encode() + body


def _command(text: str, trigger: str, response_url: str) -> bytes:
    said = {
        "token": "verification",
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": "C0DEPLOYS",
        "channel_name": "deploys",
        "user_id": "U0DANA",
        "user_name": "dana",
        "command": "/deploy",
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger,
    }
    return urlencode(said).encode()
