"""From a query's words to its nodes; what is wrong with it is said in Prometheus' words."""

from playground.prometheus.promql.aggregation import AGGREGATIONS, WITH_PARAMETER
from playground.prometheus.promql.cursor import COMPARISONS, POWER, STRENGTH, Cursor
from playground.prometheus.promql.functions import FUNCTIONS
from playground.prometheus.promql.kinds import check, kind_of
from playground.prometheus.promql.lexer import Word, unquoted
from playground.prometheus.promql.nodes import Aggregation, Binary, Call, Kind, Matching, Negation, Node, Number, Text
from playground.prometheus.promql.selecting import selector, with_suffixes


def parse(query: str) -> Node:
    """The query's expression. Raises BadQuery."""
    cursor = Cursor(query)
    if cursor.next.kind == "end":
        raise cursor.wrong(0, "no expression found in input")
    node = _expression(cursor, 0)
    if cursor.next.kind != "end":
        raise cursor.unexpected()
    return node


def _expression(cursor: Cursor, weakest: int) -> Node:
    """Everything that comes next and holds together at least as strongly as `weakest`."""
    at = cursor.next.at
    left = _operand(cursor)
    while cursor.next.kind in ("sign", "name") and (strength := STRENGTH.get(cursor.next.text.lower(), -1)) >= weakest:
        operator = cursor.take()
        as_bool, matching = _modifiers(cursor, operator)
        right_at = cursor.next.at
        right = _expression(cursor, strength if strength == POWER else strength + 1)
        left = Binary(operator.text.lower(), left, right, as_bool, matching)
        for side, problem in check(left):
            raise cursor.wrong({"left": at, "right": right_at}.get(side, operator.at), problem)
    return left


def _operand(cursor: Cursor) -> Node:
    word = cursor.next
    if word.text in ("-", "+"):
        cursor.take()
        inner = _expression(cursor, POWER)
        if (kind := kind_of(inner)) not in (Kind.SCALAR, Kind.VECTOR):
            text = f'unary expression only allowed on expressions of type scalar or instant vector, got "{kind}"'
            raise cursor.wrong(word.at, text)
        return Negation(inner) if word.text == "-" else inner
    return with_suffixes(cursor, word.at, _plain(cursor))


def _plain(cursor: Cursor) -> Node:
    word = cursor.next
    if word.kind == "number":
        return Number(_number(cursor.take().text))
    if word.kind == "text":
        return Text(unquoted(cursor.take().text))
    if word.text == "(":
        cursor.take()
        node = _expression(cursor, 0)
        cursor.expect(")")
        return node
    if word.text == "{":
        return selector(cursor, "", word.at)
    if word.kind != "name" or cursor.sees("and", "or", "unless", "bool", "offset"):
        raise cursor.unexpected()
    return _named(cursor, cursor.take())


def _named(cursor: Cursor, word: Word) -> Node:
    lower = word.text.lower()
    if lower in AGGREGATIONS and (cursor.next.text == "(" or cursor.sees("by", "without")):
        return _aggregation(cursor, word)
    if cursor.next.text == "(":
        return _call(cursor, word)
    if lower in ("inf", "nan"):
        return Number(float(lower))
    return selector(cursor, word.text, word.at)


def _call(cursor: Cursor, word: Word) -> Call:
    known = FUNCTIONS.get(word.text)
    if known is None:
        raise cursor.wrong(word.at, f'unknown function with name "{word.text}"')
    starts, given = _arguments(cursor, "function call")
    least, most = known.least, len(known.takes)
    if not least <= len(given) <= most:
        count, bound = (least, "at least ") if len(given) < least else (most, "at most ")
        text = f'expected {bound if least < most else ""}{count} argument(s) in call to "{word.text}", got {len(given)}'
        raise cursor.wrong(word.at, text)
    for at, node, wanted in zip(starts, given, known.takes, strict=False):
        if (kind := kind_of(node)) != wanted:
            raise cursor.wrong(at, f'expected type {wanted} in call to function "{word.text}", got {kind}')
    return Call(word.text, tuple(given))


def _aggregation(cursor: Cursor, word: Word) -> Aggregation:
    operator = word.text.lower()
    grouping = _grouping(cursor)
    starts, given = _arguments(cursor, "aggregation")
    without, labels = grouping or _grouping(cursor) or (False, ())
    wanted = [Kind.SCALAR, Kind.VECTOR] if operator in WITH_PARAMETER else [Kind.VECTOR]
    if len(given) != len(wanted):
        counts = f"expected {len(wanted)}, got {len(given)}"
        raise cursor.wrong(word.at, f"wrong number of arguments for aggregate expression provided, {counts}")
    for at, node, expected in zip(starts, given, wanted, strict=True):
        if (kind := kind_of(node)) != expected:
            raise cursor.wrong(at, f"expected type {expected} in aggregation expression, got {kind}")
    return Aggregation(operator, given[-1], given[0] if len(given) == 2 else None, labels, without)


def _arguments(cursor: Cursor, context: str) -> tuple[list[int], list[Node]]:
    """Where each argument begins, and what it is."""
    starts: list[int] = []
    if cursor.next.text != "(":
        raise cursor.unexpected(context)

    def argument() -> Node:
        starts.append(cursor.next.at)
        return _expression(cursor, 0)

    return starts, cursor.listed(argument, context)


def _grouping(cursor: Cursor) -> tuple[bool, tuple[str, ...]] | None:
    if not cursor.sees("by", "without"):
        return None
    return cursor.take().text.lower() == "without", cursor.labels()


def _modifiers(cursor: Cursor, operator: Word) -> tuple[bool, Matching]:
    as_bool = cursor.sees("bool")
    if as_bool:
        cursor.take()
        if operator.text not in COMPARISONS:
            raise cursor.wrong(operator.at, "bool modifier can only be used on comparison operators")
    if not cursor.sees("on", "ignoring"):
        return as_bool, Matching()
    on, labels = cursor.take().text.lower() == "on", cursor.labels()
    if not cursor.sees("group_left", "group_right"):
        return as_bool, Matching(on, labels)
    many = cursor.take().text.lower().removeprefix("group_")
    include = cursor.labels() if cursor.next.text == "(" else ()
    if on and (twice := [label for label in include if label in labels]):
        raise cursor.wrong(operator.at, f'label "{twice[0]}" must not occur in ON and GROUP clause at once')
    return as_bool, Matching(on, labels, many, include)


def _number(text: str) -> float:
    return float(int(text, 16)) if text[:2].lower() == "0x" else float(text)
