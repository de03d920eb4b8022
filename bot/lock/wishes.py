"""What somebody wants kept as it is, as it was typed: where, why, until when. Pure.

A reason need not stand in quotation marks, so that an apostrophe in it opens nothing: only double ones group words.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from bot.blocks import code, escape, listed
from bot.catalogue import Catalogue, quoted
from bot.errors import Code, Refusal
from bot.moments import Unclear, stretch

LONGEST = 400  # characters; the longest sensible command is a quarter of that
REASON = 200
QUOTES = str.maketrans("“”„«»", '"""""')  # phones "improve" what people type
_WORD = re.compile(r'"([^"]*)"|([^\s"]+)')


class Word(NamedTuple):
    """One word, or several that stood in quotation marks."""

    text: str
    quoted: bool


class Scope(NamedTuple):
    """Where a freeze holds: one service in an environment, or, where `service` is empty, all that is there."""

    service: str
    environment: str

    def __str__(self) -> str:
        return f"{self.service}/{self.environment}" if self.service else self.environment


class Wish(NamedTuple):
    """Why, and until when (in UTC; None: until somebody ends it)."""

    reason: str
    until: datetime | None


def split(text: str, usage: str) -> list[Word]:
    """The words that were typed. Raises Refusal (TOO_LONG, INVALID) that shows the usage."""
    if len(text) > LONGEST:
        said = f"That is {len(text):,} characters long; a command has at most {LONGEST}."
        raise Refusal(Code.TOO_LONG, said, _hint(usage))
    text = text.translate(QUOTES)
    if text.count('"') % 2:
        raise Refusal(Code.INVALID, "A quotation mark is opened and never closed.", _hint(usage))
    return [Word(match[1] or match[2] or "", match[1] is not None) for match in _WORD.finditer(text)]


def places(words: Sequence[Word], wanted: Sequence[str], usage: str) -> tuple[list[str], list[Word]]:
    """The first words, of which there must be as many as wanted, and the rest. Raises Refusal(MISSING_WORD)."""
    if len(words) < len(wanted):
        raise Refusal(Code.MISSING_WORD, f"Missing: {', '.join(wanted[len(words) :])}.", _hint(usage))
    return [word.text for word in words[: len(wanted)]], list(words[len(wanted) :])


def nothing_behind(rest: Sequence[Word], usage: str) -> None:
    """Raises Refusal(TOO_MANY_WORDS) where more was typed than is understood."""
    if rest:
        extra = quoted(" ".join(word.text for word in rest))
        said = f"I understood everything up to {extra}: that is too many words."
        raise Refusal(Code.TOO_MANY_WORDS, said, _hint(usage))


def scope(words: Sequence[Word], catalogue: Catalogue, usage: str) -> tuple[Scope, list[Word]]:
    """The environment, or the service and the environment, that the words begin with, and the rest. Raises Refusal
    (MISSING_WORD, UNKNOWN_ENVIRONMENT)."""
    [given], _ = places(words, ["environment"], usage)
    services = catalogue.services
    environments = sorted({name for service in services.values() for name in service.environments})
    if given in services and (len(words) > 1 or given not in environments):
        [service, environment], rest = places(words, ["service", "environment"], usage)
        if environment in services[service].environments or given not in environments:
            catalogue.place(service, environment)
            return Scope(service, environment), rest
    if given in environments:
        return Scope("", given), list(words[1:])
    known = (
        f"Environments: {listed(list(map(code, environments)))}. Services: {listed(list(map(code, sorted(services))))}."
    )
    raise Refusal(Code.UNKNOWN_ENVIRONMENT, f"There is no environment or service {quoted(given)}.", known)


def wished(words: Sequence[Word], now: datetime, zone: str, usage: str) -> Wish:
    """Reason and end, in either order: `"db migration" for 2h`, `until mon 09:00 release week`.

    `zone` is that of whoever types. Raises Refusal (MISSING_WORD without a reason, TOO_LONG, INVALID for an end that
    can't be understood: a lock without the end that was meant would hold for ever).
    """
    ends = [at for at, word in enumerate(words) if not word.quoted and word.text.lower() in ("for", "until")]
    found, mistake = None, ""
    for at in ends:
        until, length, said = _end(words[at:], now, zone)
        mistake = mistake or said
        if until is None:
            continue
        if found:
            raise Refusal(Code.INVALID, "That says twice when it ends.", _hint(usage))
        found = (until, range(at, at + length))
    if found is None and mistake:
        instead = f"{_hint(usage)} Words of the reason that look like an end go into quotation marks."
        raise Refusal(Code.INVALID, f"I don't understand when it ends: {escape(mistake)}.", instead)
    until, taken = found or (None, range(0))
    reason = " ".join(word.text for at, word in enumerate(words) if at not in taken).strip()
    return Wish(_reason(reason, usage), until)


def _end(words: Sequence[Word], now: datetime, zone: str) -> tuple[datetime | None, int, str]:
    """The end that these words begin with, and how many words it takes; or what is wrong with it."""
    mistakes: list[ValueError] = []
    for length in (3, 2):  # "until mon 09:00" before "until 09:00"
        if len(words) >= length:
            try:
                return stretch(" ".join(word.text for word in words[:length]), now, zone), length, ""
            except ValueError as error:
                mistakes.append(error)
    if not mistakes:
        return None, 0, f'say how long behind "{words[0].text}"'
    return None, 0, str(next((one for one in mistakes if not isinstance(one, Unclear)), mistakes[0]))


def _reason(reason: str, usage: str) -> str:
    if not any(letter.isalnum() for letter in reason):
        raise Refusal(Code.MISSING_WORD, "Missing: a reason. Others will want to know.", _hint(usage))
    if len(reason) > REASON:
        said = f"The reason {quoted(reason)} is {len(reason)} characters long; at most {REASON} are shown to others."
        raise Refusal(Code.TOO_LONG, said, _hint(usage))
    return reason


def _hint(usage: str) -> str:
    return f"Type {code(usage)}."
