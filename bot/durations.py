"""Lengths of time as people write them in config: "90s", "4h", "1h30m", "2d", or ISO 8601 ("PT4H")."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

_SHORT = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?", re.ASCII)
_ISO = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", re.ASCII)


def parse(text: object) -> timedelta:
    """The length of time that `text` says; ValueError for a bare number (seconds? hours?), for nothing and for more
    than a year, which is a slip of the finger in every setting that there is."""
    found = text if isinstance(text, timedelta) else _read(text)
    if not timedelta() < found <= timedelta(days=366):
        raise ValueError("must be longer than nothing and at most a year")
    return found


def spell(length: timedelta) -> str:
    """The short form: "1h30m". `parse` reads it back."""
    minutes, seconds = divmod(length.total_seconds(), 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "".join(f"{amount:.6f}".rstrip("0").rstrip(".") + unit for amount, unit in parts if amount) or "0s"


def _or_none(text: object) -> timedelta:
    return timedelta() if text in ("0s", "0", 0, timedelta()) else parse(text)


def _read(text: object) -> timedelta:
    fits = isinstance(text, str) and 0 < len(text) < 40
    match = (_SHORT.fullmatch(str(text)) or _ISO.fullmatch(str(text))) if fits else None
    if match is None:
        raise ValueError('is no length of time: write "90s", "15m", "4h", "2d" or ISO 8601')
    days, hours, minutes, seconds = (float(amount or 0) for amount in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


Duration = Annotated[
    timedelta,
    BeforeValidator(parse),
    PlainSerializer(spell, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["90s", "15m", "4h", "2d", "PT4H"]}),
]

# A length of time that may also be none at all: "0s".
Span = Annotated[
    timedelta,
    BeforeValidator(_or_none),
    PlainSerializer(spell, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["0s", "90s", "15m", "4h", "2d", "PT4H"]}),
]
