"""Any text is a query or is refused as one; nothing else comes out of it."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from playground.prometheus.promql.errors import BadExecution, BadQuery
from playground.prometheus.promql.evaluation import Evaluation
from playground.prometheus.promql.kinds import kind_of
from playground.prometheus.promql.nodes import Kind
from playground.prometheus.promql.parser import parse
from playground.prometheus.scraper import Scraper
from playground.prometheus.store import Store

PIECES = [
    *(
        "up",
        "jobs",
        "sum",
        "rate",
        "topk",
        "histogram_quantile",
        "absent",
        "scalar",
        "vector",
        "time",
        "clamp",
        "round",
    ),
    *("by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset", "and", "or", "unless", "inf"),
    *(
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ",",
        "=",
        "!=",
        "=~",
        "!~",
        "==",
        ">",
        "<=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "^",
        "@",
        ":",
    ),
    *(
        '"a"',
        "'b'",
        "`c`",
        '"("',
        '"\\',
        "1",
        "0",
        ".5",
        "1e400",
        "0x1f",
        "5m",
        "1h30m",
        "0s",
        "pod",
        "le",
        "#",
        "\n",
        "ü",
    ),
]
AT = 1_000_000


def store() -> Store:
    filled = Store()
    scraper = Scraper(filled, "http://pod/metrics", "cluster", 1)
    for number in range(10):
        scraper.take(f'jobs{{pod="a"}} {number}\njobs{{pod="b",le="1"}} {-number}\n', AT - 5_000 * (9 - number))
    return filled


@given(st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES), max_size=14).map(" ".join)))
@example("jobs ^ 1e400")
@example("1 % 0 ^ -1")
@example("clamp(jobs, 5, 0) and on () (jobs)")
def test_any_text_is_a_query_or_is_refused_as_one(text: str) -> None:
    try:
        node = parse(text)
    except BadQuery:
        return
    if kind_of(node) is Kind.MATRIX:
        return
    try:
        value = Evaluation(store()).at(node, AT)
    except BadExecution:
        return
    kinds = {Kind.SCALAR: float, Kind.STRING: str, Kind.VECTOR: list}
    assert isinstance(value, kinds[kind_of(node)])


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("-2 ^ 2", -4.0),
        ("2 ^ 3 ^ 2", 512.0),
        ("-2 * 3 + 4", -2.0),
        ("10 - 4 - 3", 3.0),
        ("1 + 2 * 3 == bool 7", 1.0),
        ("time() - 1000", 0.0),
    ],
)
def test_what_holds_together_more_strongly_goes_first(query: str, meant: float) -> None:
    assert Evaluation(Store()).at(parse(query), AT) == meant
