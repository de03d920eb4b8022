"""A query's words."""

import re
from typing import NamedTuple

from playground.prometheus.promql.errors import BadQuery

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000, "y": 31_536_000_000}
_DURATION = r"(?:\d+y)?(?:\d+w)?(?:\d+d)?(?:\d+h)?(?:\d+m(?!s))?(?:\d+s)?(?:\d+ms)?"
_WORDS = re.compile(
    rf"""(?P<space>\s+|\#[^\n]*)
    |(?P<duration>(?=\d+[a-z])(?!0x){_DURATION}(?![\w.]))
    |(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?!\w))
    |(?P<name>[A-Za-z_:][\w:]*)
    |(?P<text>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`[^`]*`)
    |(?P<sign>=~|!~|==|!=|>=|<=|[-+*/%^(){{}}\[\],=<>@:])""",
    re.VERBOSE | re.ASCII,
)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "'": "'", '"': '"'}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_OPEN = {"(": "parenthesis", "{": "brace", "[": "bracket"}
_CLOSE = {")": "(", "}": "{", "]": "["}


class Word(NamedTuple):
    """`kind` is duration, number, name, text, sign or end; `at` is the offset in the query."""

    kind: str
    text: str
    at: int


def words(query: str) -> list[Word]:
    """The query's words and, at last, its end. Raises BadQuery for what is no word and for brackets left open."""
    found: list[Word] = []
    opened: list[str] = []
    at = 0
    while at < len(query):
        match = _WORDS.match(query, at)
        if not match:
            quoted = query[at] in "\"'"
            raise wrong(query, at, "unterminated quoted string" if quoted else f"unexpected character: {query[at]!r}")
        word = Word(match.lastgroup or "", match.group(), at)
        _count_brackets(query, word, opened)
        if word.kind != "space":
            found.append(word)
        at = match.end()
    if opened:
        inside = opened[-1] == "{"
        text = "unexpected end of input inside braces" if inside else f"unclosed left {_OPEN[opened[-1]]}"
        raise wrong(query, at, text)
    return [*found, Word("end", "", at)]


def wrong(query: str, at: int, text: str) -> BadQuery:
    """The error, with line and column as Prometheus counts them."""
    before = query[:at]
    line, column = before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1
    return BadQuery(f"{line}:{column}: parse error: {text}")


def milliseconds(text: str) -> int:
    """How long "1h30m" is."""
    return sum(int(amount) * _UNITS[unit] for amount, unit in re.findall(r"(\d+)(ms|[smhdwy])", text))


def unquoted(text: str) -> str:
    """What a quoted text says."""
    if text[0] == "`":
        return text[1:-1]

    def said(match: re.Match[str]) -> str:
        code = match.group(1) or match.group(2) or match.group(3)
        return chr(int(code, 16)) if code else _ESCAPES.get(match.group(4), match.group())

    return _ESCAPE.sub(said, text[1:-1])


def _count_brackets(query: str, word: Word, opened: list[str]) -> None:
    if word.kind != "sign":
        return
    if word.text in _OPEN:
        opened.append(word.text)
    elif word.text in _CLOSE:
        if not opened or opened[-1] != _CLOSE[word.text]:
            past = word.text == ")"  # Prometheus points behind this one, and at the others
            raise wrong(query, word.at + past, f"unexpected right {_OPEN[_CLOSE[word.text]]} '{word.text}'")
        opened.pop()
