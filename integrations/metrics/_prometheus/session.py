"""How Prometheus is asked over HTTP: once, within a time and a size, and what its refusals mean."""

import io
import json
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from bot.blocks import clip, escape
from bot.errors import Code, Refusal, Unavailable

SYSTEM = "Prometheus"
MOST_BYTES = 32 * 2**20  # the answer to a query that nobody should ask
CHUNK = 2**16


class Session(requests.Session):
    """A session that answers with a success or raises: Refusal for a query that is wrong, Unavailable for the rest.

    It follows no redirect, which would carry headers with tokens elsewhere or end at a login page, and reads neither
    proxies nor passwords (.netrc) from the environment.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def request(self, *args: Any, **options: Any) -> requests.Response:
        """As `requests`, but `timeout`, which must be given, is for all of it: to connect, to wait and to read."""
        timeout: float = options["timeout"]
        end = time.monotonic() + timeout
        try:
            response = super().request(*args, **(options | {"stream": True, "allow_redirects": False}))
            with response:
                body = _body(response, end)
        except (requests.Timeout, urllib3.exceptions.TimeoutError):
            raise Unavailable(SYSTEM, f"did not answer within {timeout:g} s") from None
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise Unavailable(SYSTEM, f"no connection ({type(error).__name__})") from None
        if response.status_code != 200:
            raise failure(response.status_code, response.headers, body)
        response.raw = io.BytesIO(body)
        return response


def failure(status: int, headers: "requests.structures.CaseInsensitiveDict[str]", body: bytes) -> Exception:
    """What an answer other than 200 means to the bot."""
    told = _words(body)
    if status in (400, 422) and told:
        return Refusal(Code.INVALID, f"Prometheus can't answer this query: {escape(clip(told, 600))}")
    if status in (401, 403):
        return Unavailable(SYSTEM, f"does not accept the bot's credentials (HTTP {status})")
    if 300 <= status < 400:
        where = urlsplit(headers.get("Location", "")).netloc
        return Unavailable(SYSTEM, f"HTTP {status}: sends the bot elsewhere{f', to {where}' if where else ''}")
    return Unavailable(SYSTEM, f"HTTP {status}{f': {clip(told, 300)}' if told else ''}", _retry_after(headers))


def _body(response: requests.Response, end: float) -> bytes:
    # In pieces as they come: the timeout of `requests` is for each of them, not for all.
    read = bytearray()
    while piece := response.raw.read1(CHUNK, decode_content=True):
        read += piece
        if len(read) > MOST_BYTES:
            raise Refusal(Code.INVALID, f"The query's answer is over {MOST_BYTES // 2**20} MiB.", "Ask for less.")
        if time.monotonic() > end:
            raise requests.Timeout
    return bytes(read)


def _words(body: bytes) -> str:
    """What Prometheus says went wrong; empty where something else answered."""
    try:
        told = json.loads(body)["error"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return " ".join(told.split()) if isinstance(told, str) else ""


def _retry_after(headers: "requests.structures.CaseInsensitiveDict[str]") -> float | None:
    """Seconds, from the header's number or date."""
    told = headers.get("Retry-After", "")
    try:
        seconds = float(told) if told.strip().isdigit() else parsedate_to_datetime(told).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, seconds)
