"""What GitHub's answers say, as far as we need it: commits and those who wrote them, limits, reasons."""

import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import BaseModel

from bot.blocks import clip
from bot.values import Commit, Comparison
from integrations._http import Answer, retry_after

PATIENCE = 60.0  # seconds to wait after a limit that names no end ("Rate limits for the REST API")
TITLE, NAME, EMAIL = 200, 80, 254  # characters
AUTHORS = 50  # of one commit
_ADDRESS = re.compile(r"https?://[^\s<>|]{1,1000}")
_TOGETHER = re.compile(r"^[ \t]*co-authored-by:[^<\n]*<([^<>\s]+@[^<>\s]+)>[ \t\r]*$", re.IGNORECASE | re.MULTILINE)


class _Signature(BaseModel):
    name: str | None = None
    email: str | None = None
    date: str | None = None


class _Content(BaseModel):
    message: str
    author: _Signature | None = None


class _Account(BaseModel):
    login: str | None = None


class _Entry(BaseModel):
    sha: str
    commit: _Content
    author: _Account | None = None


class _Compared(BaseModel):
    html_url: str
    ahead_by: int
    behind_by: int
    commits: list[_Entry]


def read(body: bytes) -> Comparison:
    """A comparison as GitHub answers it; pydantic's ValidationError for anything else."""
    found = _Compared.model_validate_json(body)
    return Comparison(
        url=found.html_url if _ADDRESS.fullmatch(found.html_url) else "",
        total=found.ahead_by,
        behind=found.behind_by,
        commits=tuple(_commit(one) for one in reversed(found.commits)),  # they come oldest first
    )


def reason(answer: Answer) -> str:
    """Why something was refused, in GitHub's words: foreign text of one line."""
    try:
        return clip(_line(str(json.loads(answer.body)["message"])), 300)
    except (ValueError, KeyError, TypeError, RecursionError):
        return f"HTTP {answer.status}"


def limit(answer: Answer) -> float | None:
    """How many seconds to wait when a 403 or 429 means that too much was asked; None where it means something else."""
    named = retry_after(answer.headers)
    if named is not None:
        return named
    if answer.headers.get("X-RateLimit-Remaining") == "0":
        reset = answer.headers.get("X-RateLimit-Reset", "")
        return max(1.0, float(reset) - time.time()) if reset.isascii() and reset.isdigit() else PATIENCE
    return PATIENCE if answer.status == 429 or "rate limit" in reason(answer).lower() else None


def _commit(entry: _Entry) -> Commit:
    signed = entry.commit.author or _Signature()
    account = entry.author or _Account()
    title = entry.commit.message.strip().partition("\n")[0]
    author = _line(signed.name or account.login or "")
    return Commit(
        sha=clip(entry.sha, 64),
        title=clip(_line(title), TITLE),
        author=clip(author or "somebody", NAME),
        emails=tuple(dict.fromkeys(_emails(signed, entry.commit.message)))[:AUTHORS],
        at=_instant(signed.date or ""),
    )


def _instant(text: str) -> datetime | None:
    """When it was written. Git keeps whatever a clock said, and it is for statistics only: the rest is None."""
    try:
        at = datetime.fromisoformat(text)
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _emails(signed: _Signature, message: str) -> Iterator[str]:
    # Git takes trailers from a message's last paragraph; whoever is named further up counts as well: it is about who
    # may approve, and there one name too many does less harm than one too few.
    for email in (signed.email or "", *_TOGETHER.findall(message)):
        if "@" in email and len(email) <= EMAIL:
            yield email.strip().lower()


def _line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
