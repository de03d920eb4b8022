"""What must not be written down is hidden: by type, by the name it goes under, by its shape, and by being known."""

import re
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any

from pydantic import SecretStr

HIDDEN = "[hidden]"
LONGEST = 16_000  # characters of one text; a traceback that is longer has said enough
DEEPEST = 8

_NAMES = r"(?:token|secret|passw(?:or)?d|authorization|cookie|response_url|api_?key|private_?key)"
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)

# Each keeps its first group, so that a line still says what kind of thing was there.
SHAPES = [
    re.compile(r"\b((?:xox[a-z]|xapp|xwfp)-)[\w.%-]+"),  # Slack's tokens
    re.compile(r"\b(eyJ)[\w-]{8,}\.[\w-]+\.[\w-]*"),  # a JSON web token: what a service account has
    re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(?:-----END|\Z)", re.DOTALL),
    re.compile(r"(?i)\b(bearer\s+)[\w.~+/=-]+"),
    re.compile(r"(?i)(authorization\W{1,6}(?:basic|digest|token|aws4-hmac-sha256)\s+)[^\"'\n]+"),
    re.compile(r"(https?://hooks\.[^/\s\"']+/)[^\s\"'<>]+"),  # whoever knows it may post
    re.compile(r"(https?://[^\s\"'<>]{1,200}/response/)[^\s\"'<>]+"),
    # the password in a URL; the bounds keep a long hostile text from being read over and over
    re.compile(r"(://[^/\s:@\"']{0,100}:)[^\s\"']{1,300}(?=@)"),
    re.compile(r"([?&](?:ticket|sig|signature|X-Amz-Signature)=)[^\s\"'&<>]+"),  # tickets of Socket Mode, signed links
    re.compile(rf"(?i)({_NAMES}[\"']?\s{{0,3}}[=:]\s{{0,3}}b?[\"']?)[^\s\"',;&}}\)]+"),
]


class Redactor:
    """A structlog processor: afterwards an event holds plain values only, none of them secret."""

    def __init__(self, secrets: Iterable[SecretStr] = ()) -> None:
        known = {secret.get_secret_value() for secret in secrets}
        # the longest first: one secret may be the beginning of another; what is very short would hide ordinary words
        self._known = sorted((text for text in known if len(text) >= 6), key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
        return {self.text(str(key)): self._value(str(key), value, DEEPEST) for key, value in event.items()}

    def text(self, text: str) -> str:
        """`text` without secrets."""
        for secret in self._known:
            text = text.replace(secret, HIDDEN)
        for shape in SHAPES:
            text = shape.sub(rf"\g<1>{HIDDEN}", text)
        return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text) - LONGEST:,} more)"

    def _value(self, key: str, value: object, depth: int) -> object:
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, SecretStr) or _SECRET_NAME.search(key):
            return HIDDEN
        if depth and isinstance(value, Mapping):
            return {self.text(str(one)): self._value(str(one), inner, depth - 1) for one, inner in value.items()}
        if depth and isinstance(value, list | tuple | set | frozenset):
            return [self._value("", inner, depth - 1) for inner in value]
        return self.text(value if isinstance(value, str) else repr(value))
