"""A small vocabulary for what a JSON value must look like. Each word yields what is wrong, in Slack's phrasing."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Problem:
    """One thing that Slack would refuse.

    `code` is the kind of fault: `missing_field`, `unknown_field`, `wrong_type`, `failed_constraint`, `duplicate`,
    `wrong_surface`, `msg_blocks_too_long` or `view_too_large`. `message` says it to a person, `pointer` is the JSON
    pointer (RFC 6901) of the culprit within the payload.
    """

    code: str
    message: str
    pointer: str


class Shape(Protocol):
    """What a value must look like."""

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        """What is wrong with the value that stands at the pointer `at`."""
        ...


@dataclass(frozen=True)
class Text:
    """A string of `least` to `most` characters; a `pattern` must match all of it."""

    most: int
    least: int = 1
    pattern: str = ""

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem("wrong_type", "must be a string", at)
        elif len(value) < self.least:
            yield Problem("failed_constraint", f"must be more than {self.least - 1} characters", at)
        elif len(value) > self.most:
            yield Problem("failed_constraint", f"must be less than {self.most + 1} characters", at)
        elif self.pattern and not re.fullmatch(self.pattern, value):
            yield Problem("failed_constraint", f"must match the pattern {self.pattern}", at)


@dataclass(frozen=True)
class Word:
    """One of a few strings or numbers."""

    words: tuple[object, ...]

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        if value not in self.words or isinstance(value, bool):
            yield Problem("failed_constraint", f"must be one of: {', '.join(map(str, self.words))}", at)


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield Problem("wrong_type", "must be a boolean", at)


@dataclass(frozen=True)
class Nothing:
    """JSON's null."""

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        if value is not None:
            yield Problem("wrong_type", "must be null", at)


@dataclass(frozen=True)
class Number:
    """A number from `least` to `most`; a `whole` one has no fraction."""

    least: float = float("-inf")
    most: float = float("inf")
    whole: bool = False

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, int if self.whole else int | float):
            yield Problem("wrong_type", f"must be {'an integer' if self.whole else 'a number'}", at)
        elif not self.least <= value <= self.most:
            yield Problem("failed_constraint", f"must be between {self.least:g} and {self.most:g}", at)


@dataclass(frozen=True)
class Many:
    """A list of `least` to `most` values of one shape."""

    of: Shape
    most: int = 1_000
    least: int = 1

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem("wrong_type", "must be an array", at)
            return
        if len(value) < self.least:
            yield Problem("failed_constraint", f"no less than {self.least} items allowed", at)
        if len(value) > self.most:
            yield Problem("failed_constraint", f"no more than {self.most} items allowed", at)
        for index, item in enumerate(value):
            yield from self.of.problems(item, f"{at}/{index}")


@dataclass(frozen=True)
class Record:
    """An object with these keys and no others.

    Of the keys in `one_of` exactly one must be there, of those in `some_of` at least one.
    """

    required: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()
    some_of: tuple[str, ...] = ()

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem("wrong_type", "must be an object", at)
            return
        shapes = {**self.required, **self.optional}
        for key in [key for key in self.required if key not in value]:
            yield Problem("missing_field", f"missing required field: {key}", at)
        yield from self._choices(value, at)
        for key, item in value.items():
            if key in shapes:
                yield from shapes[key].problems(item, f"{at}/{key}")
            else:
                yield Problem("unknown_field", f"invalid additional property: {key}", at)

    def _choices(self, value: Mapping[str, object], at: str) -> Iterator[Problem]:
        if self.one_of and sum(key in value for key in self.one_of) != 1:
            yield Problem("missing_field", f"needs exactly one of: {', '.join(self.one_of)}", at)
        if self.some_of and not any(key in value for key in self.some_of):
            yield Problem("missing_field", f"needs at least one of: {', '.join(self.some_of)}", at)


@dataclass(frozen=True)
class Typed:
    """An object whose `type` says which record it is."""

    records: Mapping[str, Record]

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(value, dict):
            yield Problem("wrong_type", "must be an object", at)
        elif "type" not in value:
            yield Problem("missing_field", "missing required field: type", at)
        elif not isinstance(kind, str) or kind not in self.records:
            yield Problem("failed_constraint", f"unsupported type: {kind}", f"{at}/type")
        else:
            rest = {key: item for key, item in value.items() if key != "type"}
            yield from self.records[kind].problems(rest, at)


@dataclass(frozen=True)
class Either:
    """A value of any of these shapes; what is wrong is told of the last, the fullest one."""

    shapes: tuple[Shape, ...]

    def problems(self, value: object, at: str) -> Iterator[Problem]:
        told = [list(shape.problems(value, at)) for shape in self.shapes]
        yield from () if [] in told else told[-1]
