"""Reads a query word by word."""

from collections.abc import Callable
from typing import TypeVar

from playground.prometheus.promql.errors import BadQuery
from playground.prometheus.promql.lexer import Word, words, wrong

T = TypeVar("T")

COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
STRENGTH = {"or": 1, "and": 2, "unless": 2, **dict.fromkeys(COMPARISONS, 3), "+": 4, "-": 4, "*": 5, "/": 5, "%": 5}
POWER = 6  # of ^, which alone groups from the right
STRENGTH["^"] = POWER


class Cursor:
    """A place in a query. What is found wrong is raised as BadQuery."""

    def __init__(self, query: str) -> None:
        self._query, self._words, self._place = query, words(query), 0

    @property
    def next(self) -> Word:
        """The word that comes next; the last one is the end."""
        return self._words[self._place]

    def sees(self, *names: str) -> bool:
        """Whether one of these words comes next, in upper or lower case."""
        return self.next.kind == "name" and self.next.text.lower() in names

    def take(self) -> Word:
        """The next word, left behind."""
        word = self.next
        self._place += 1
        return word

    def expect(self, text: str, context: str = "") -> None:
        """Leave this word behind; it must come next."""
        if self.next.text != text:
            raise self.unexpected(context, f'"{text}"' if context else "")
        self.take()

    def wrong(self, at: int, text: str) -> BadQuery:
        """An error at this offset."""
        return wrong(self._query, at, text)

    def unexpected(self, context: str = "", expected: str = "") -> BadQuery:
        """The error for the word that comes next."""
        word = self.next
        shown = {
            "end": "end of input",
            "name": f'identifier "{word.text}"',
            "number": f'number "{word.text}"',
            "duration": f'duration "{word.text}"',
            "text": f"string {word.text}",
            "sign": f"<op:{word.text}>" if word.text in STRENGTH else f'"{word.text}"',
        }[word.kind]
        if self.sees("bool", *STRENGTH):
            shown = f"<{word.text.lower()}>"
        where = f" in {context}" if context else ""
        return self.wrong(word.at, f"unexpected {shown}{where}{f', expected {expected}' if expected else ''}")

    def listed(self, one: Callable[[], T], context: str) -> list[T]:
        """What stands in parentheses, separated by commas."""
        self.expect("(", context)
        found: list[T] = []
        while self.next.text != ")":
            found.append(one())
            if self.next.text != ")":
                self.expect(",", context)
        self.take()
        return found

    def labels(self) -> tuple[str, ...]:
        """The names of labels in parentheses."""

        def label() -> str:
            if self.next.kind != "name" or ":" in self.next.text:
                raise self.unexpected("grouping opts", "label")
            return self.take().text

        return tuple(self.listed(label, "grouping opts"))
