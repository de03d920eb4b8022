"""What somebody asks for, as it was typed: the words and the options behind them. Pure."""

import shlex

from bot.blocks import code
from bot.catalogue import quoted
from bot.deploy.rules import LONGEST, QUOTES
from bot.errors import Code, Refusal
from bot.values import Value

USAGE = "/deploy <service> <version> <environment>"
FLAGS = {"--major": "major", "--in-window": "in_window"}
OPTIONS = {"--strategy": "strategy", "--at": "at", "--expires": "expires", "--emergency": "emergency"}


class Wish(Value):
    """A deploy as a person asks for it. Empty words: whatever is configured. `at` and `expires` are still words: they
    mean something only by the clock and in the zone of whoever wrote them."""

    service: str
    version: str
    environment: str
    strategy: str = ""
    major: bool = False
    at: str = ""
    in_window: bool = False
    expires: str = ""
    emergency: str = ""


def wished(text: str) -> Wish:
    """What `text` asks for. Raises Refusal (TOO_LONG, INVALID, TOO_MANY_WORDS, MISSING_WORD) that shows the usage."""
    hint = f"Type {code(USAGE)}, or {code('/deploy help')}."
    if len(text) > LONGEST:
        raise Refusal(Code.TOO_LONG, f"That is {len(text):,} characters long; a command has at most {LONGEST}.", hint)
    try:
        words = shlex.split(text.translate(QUOTES))
    except ValueError:
        raise Refusal(Code.INVALID, "A quotation mark is opened and never closed.", hint) from None
    plain: list[str] = []
    given: dict[str, object] = {}
    rest = iter(words)
    for word in rest:
        flag = _option(word)
        if flag in FLAGS:
            given[FLAGS[flag]] = True
        elif flag in OPTIONS:
            given[OPTIONS[flag]] = _value(flag, next(rest, ""), hint)
        elif flag.startswith("--"):
            known = ", ".join(map(code, (*OPTIONS, *FLAGS)))
            raise Refusal(Code.INVALID, f"I don't know the option {quoted(word)}; there are {known}.", hint)
        else:
            plain.append(word)
    wanted = ("service", "version", "environment")
    if len(plain) > len(wanted):
        extra = quoted(" ".join(plain[len(wanted) :]))
        raise Refusal(Code.TOO_MANY_WORDS, f"I understood everything up to {extra}: that is too many words.", hint)
    if len(plain) < len(wanted):
        raise Refusal(Code.MISSING_WORD, f"Missing: {', '.join(wanted[len(plain) :])}.", hint)
    return Wish.model_validate(dict(zip(wanted, plain, strict=True)) | given)


def _option(word: str) -> str:
    """The word with its two dashes: phones "improve" them to one."""
    return f"--{word[1:]}" if word[:1] in ("—", "–") else word


def _value(option: str, value: str, hint: str) -> str:
    if not value or _option(value).startswith("--"):
        raise Refusal(Code.MISSING_WORD, f"{code(option)} needs a value behind it.", hint)
    return value
