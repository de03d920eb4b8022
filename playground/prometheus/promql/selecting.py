"""Selectors as they are written: matchers in braces, a range, an offset."""

import re

from playground.prometheus.promql.cursor import Cursor
from playground.prometheus.promql.lexer import milliseconds, unquoted
from playground.prometheus.promql.nodes import NAME, Matcher, Node, Selector

_NOT_RE2 = re.compile(r"\(\?(?:[=!]|<[=!]|P=)|\\[1-9]")  # what Python's expressions know and Prometheus' do not


def selector(cursor: Cursor, name: str, at: int) -> Selector:
    """`name`, which may be empty, has been read at `at`; its braces come next, or none."""
    matchers = [Matcher(NAME, "=", name)] if name else []
    if cursor.next.text == "{":
        cursor.take()
        while cursor.next.text != "}":
            matchers.append(_matcher(cursor))
            if cursor.next.text not in (",", "}"):
                raise cursor.unexpected("label matching", '"," or "}"')
            if cursor.next.text == ",":
                cursor.take()
        cursor.take()
    for one in matchers[1:] if name else []:
        if one.name == NAME:
            raise cursor.wrong(at, f'metric name must not be set twice: "{name}" or "{one.value}"')
    if all(one.matches("") for one in matchers):
        raise cursor.wrong(at, "vector selector must contain at least one non-empty matcher")
    return Selector(tuple(matchers))


def with_suffixes(cursor: Cursor, at: int, node: Node) -> Node:
    """The operand that begins at `at`, with the ranges and offsets that come next."""
    moved = False
    while True:
        if cursor.next.text == "[":
            node = _range(cursor, node)
        elif cursor.sees("offset"):
            if moved:
                raise cursor.wrong(at, "offset may not be set multiple times")
            node, moved = _offset(cursor, at, node), True
        else:
            return node


def _matcher(cursor: Cursor) -> Matcher:
    if cursor.next.kind in ("number", "duration"):
        word = cursor.next
        raise cursor.wrong(word.at, f"unexpected character inside braces: '{word.text[0]}'")
    if cursor.next.kind != "name":
        raise cursor.unexpected("label matching", 'identifier or "}"')
    name = cursor.take()
    if cursor.next.text not in ("=", "!=", "=~", "!~"):
        raise cursor.unexpected("label matching", "label matching operator")
    operator = cursor.take().text
    if cursor.next.kind in ("number", "duration"):
        word = cursor.next
        raise cursor.wrong(word.at, f"unexpected character inside braces: '{word.text[0]}'")
    if cursor.next.kind != "text":
        raise cursor.unexpected("label matching", "string")
    value = unquoted(cursor.take().text)
    if operator in ("=~", "!~"):
        _check_expression(cursor, value, name.at)
    return Matcher(name.text, operator, value)


def _check_expression(cursor: Cursor, expression: str, at: int) -> None:
    try:
        re.compile(expression)
        problem = "invalid or unsupported Perl syntax" if _NOT_RE2.search(expression) else ""
    except re.error as error:
        problem = error.msg
    if problem:
        raise cursor.wrong(at, f"error parsing regexp: {problem}: `^(?:{expression})$`")


def _range(cursor: Cursor, node: Node) -> Selector:
    opening = cursor.take()
    if cursor.next.kind == "number":
        raise cursor.wrong(cursor.next.at, f'bad duration syntax: "{cursor.next.text}"')
    if cursor.next.kind != "duration":
        raise cursor.unexpected("subquery or range selector", "duration")
    word = cursor.take()
    window = milliseconds(word.text)
    if not window:
        raise cursor.wrong(word.at, "duration must be greater than 0")
    if not isinstance(node, Selector) or node.window:
        raise cursor.wrong(opening.at, "ranges only allowed for vector selectors")
    cursor.expect("]", "subquery or range selector")
    return Selector(node.matchers, window, node.offset)


def _offset(cursor: Cursor, at: int, node: Node) -> Selector:
    cursor.take()
    back = -1 if cursor.next.text == "-" else 1
    if back < 0:
        cursor.take()
    if cursor.next.kind != "duration":
        raise cursor.unexpected("offset", "duration")
    length = milliseconds(cursor.take().text)
    if not isinstance(node, Selector):
        text = "offset modifier must be preceded by an instant vector selector or range vector selector or a subquery"
        raise cursor.wrong(at, text)
    return Selector(node.matchers, node.window, back * length)
