"""What a query is made of."""

import re
from dataclasses import dataclass
from enum import StrEnum

Labels = tuple[tuple[str, str], ...]  # sorted by name; none is empty

NAME = "__name__"


class Kind(StrEnum):
    """What an expression gives."""

    SCALAR = "scalar"
    STRING = "string"
    VECTOR = "instant vector"
    MATRIX = "range vector"


@dataclass(frozen=True)
class Matcher:
    """A condition on one label; a label that a series lacks is empty."""

    name: str
    operator: str
    value: str

    def matches(self, value: str) -> bool:
        match self.operator:
            case "=":
                return value == self.value
            case "!=":
                return value != self.value
            case "=~":
                return re.fullmatch(self.value, value) is not None
            case _:
                return re.fullmatch(self.value, value) is None


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Text:
    value: str


@dataclass(frozen=True)
class Selector:
    """Series by their labels; `window` and `offset` are in milliseconds, without a window the newest sample counts."""

    matchers: tuple[Matcher, ...]
    window: int = 0
    offset: int = 0


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True)
class Aggregation:
    """`without` says that `labels` are those that go, not those that stay."""

    operator: str
    inner: "Node"
    parameter: "Node | None"
    labels: tuple[str, ...]
    without: bool


@dataclass(frozen=True)
class Negation:
    inner: "Node"


@dataclass(frozen=True)
class Matching:
    """Which series of both sides belong together. `many` names the side that may have several; `include` are labels
    taken over from the other one."""

    on: bool = False
    labels: tuple[str, ...] = ()
    many: str = ""
    include: tuple[str, ...] = ()


@dataclass(frozen=True)
class Binary:
    operator: str
    left: "Node"
    right: "Node"
    as_bool: bool
    matching: Matching


Node = Number | Text | Selector | Call | Aggregation | Negation | Binary
