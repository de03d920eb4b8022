"""Delivery over HTTP: signed requests to the app's one request URL, as Slack sends them without Socket Mode."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from playground.slack.delivery import DEADLINE, Answer, Envelope, Spawn
from playground.slack.errors import Json
from playground.slack.faults import Faults
from playground.slack.journal import Journal
from playground.world import SIGNING_SECRET

KNOCK = 0.25  # seconds between attempts to find the app


class Webhooks:
    """A transport. The app counts as connected once it has answered the challenge of its request URL."""

    def __init__(self, url: str, faults: Faults, journal: Journal, spawn: Spawn, told: Callable[[bool], None]) -> None:
        self._url, self._faults, self._journal, self._spawn, self._told = url, faults, journal, spawn, told
        self._session: ClientSession | None = None
        self.connected = False

    async def start(self) -> None:
        """Open the client and look for the app until it is there."""
        self._session = ClientSession(timeout=ClientTimeout(total=DEADLINE))
        self._spawn(self._find())

    async def close(self) -> None:
        """Close the client."""
        if self._session:
            await self._session.close()

    async def send(self, envelope: Envelope) -> Answer:
        """One signed request."""
        body, content_type = _encoded(envelope)
        headers = {"Content-Type": content_type}
        if envelope.retry_attempt:
            headers["X-Slack-Retry-Num"] = str(envelope.retry_attempt)
            headers["X-Slack-Retry-Reason"] = envelope.retry_reason
        self._journal.note(
            "envelope", type=envelope.type, payload=envelope.payload, retry_attempt=envelope.retry_attempt
        )
        return await self._post(body, headers)

    async def _post(self, body: bytes, headers: dict[str, str]) -> Answer:
        assert self._session is not None
        started = time.monotonic()
        try:
            async with self._session.post(self._url, data=body, headers=_signed(body) | headers) as response:
                text = await response.text()
                if response.status == 200 and self._faults.for_envelope("drop_ack"):
                    await asyncio.sleep(DEADLINE - (time.monotonic() - started))
                    raise TimeoutError
        except TimeoutError:
            return Answer(False, _ms(started), error="operation_timeout", reason="http_timeout")
        except ClientError:
            return Answer(False, _ms(started), error="dispatch_failed", reason="connection_failed")
        if response.status != 200:
            retry = response.headers.get("x-slack-no-retry") != "1"
            return Answer(False, _ms(started), error="dispatch_failed", reason="http_error", retry=retry)
        return Answer(True, _ms(started), _decoded(text, response.content_type))

    async def _find(self) -> None:
        challenge = secrets.token_hex(16)
        body = json.dumps({"type": "url_verification", "token": "verification", "challenge": challenge}).encode()
        while True:
            answer = await self._post(body, {"Content-Type": "application/json"})
            if challenge in (answer.payload.get("challenge"), answer.payload.get("text")):
                break
            await asyncio.sleep(KNOCK)
        self.connected = True
        self._told(True)


def _encoded(envelope: Envelope) -> tuple[bytes, str]:
    if envelope.type == "events_api":
        return json.dumps(envelope.payload).encode(), "application/json"
    form: Json = envelope.payload
    if envelope.type == "interactive":
        form = {"payload": json.dumps(envelope.payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _decoded(text: str, content_type: str) -> Json:
    if content_type == "application/json" and text:
        found = json.loads(text)
        return found if isinstance(found, dict) else {}
    return {"text": text} if text else {}


def _signed(body: bytes) -> dict[str, str]:
    now = str(int(time.time()))
    signature = hmac.new(SIGNING_SECRET.encode(), f"v0:{now}:".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": now, "X-Slack-Signature": f"v0={signature}"}


def _ms(started: float) -> float:
    return (time.monotonic() - started) * 1000
