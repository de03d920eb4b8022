"""What an expression gives, and which ones may be put together."""

from collections.abc import Iterator

from playground.prometheus.promql.cursor import COMPARISONS
from playground.prometheus.promql.functions import FUNCTIONS
from playground.prometheus.promql.nodes import Binary, Call, Kind, Negation, Node, Number, Selector, Text

SETS = ("and", "or", "unless")


def kind_of(node: Node) -> Kind:
    """What the expression gives."""
    match node:
        case Number():
            return Kind.SCALAR
        case Text():
            return Kind.STRING
        case Selector():
            return Kind.MATRIX if node.window else Kind.VECTOR
        case Call():
            return FUNCTIONS[node.function].gives
        case Negation():
            return kind_of(node.inner)
        case Binary():
            return Kind.SCALAR if {kind_of(node.left), kind_of(node.right)} == {Kind.SCALAR} else Kind.VECTOR
        case _:
            return Kind.VECTOR


def check(node: Binary) -> Iterator[tuple[str, str]]:
    """What is wrong with this operation: the side that it lies at ("left", "right" or "operator"), and the words."""
    left, right = kind_of(node.left), kind_of(node.right)
    for side, kind in (("left", left), ("right", right)):
        if kind not in (Kind.SCALAR, Kind.VECTOR):
            yield side, "binary expression must contain only scalar and instant vector types"
    if Kind.SCALAR not in (left, right):
        if node.operator in SETS and node.matching.many:
            yield "left", f'no grouping allowed for "{node.operator}" operation'
        return
    if node.operator in SETS:
        yield "left", f'set operator "{node.operator}" not allowed in binary scalar expression'
    if left == right and node.operator in COMPARISONS and not node.as_bool:
        yield "operator", "comparisons between scalars must use BOOL modifier"
    if node.matching.labels:
        yield "left", "vector matching only allowed between instant vectors"
