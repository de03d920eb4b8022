"""What Prometheus remembers of a query is what it would find anew."""

from hypothesis import given
from hypothesis import strategies as st

from playground.prometheus.memory import MOST, Memory
from playground.prometheus.promql.evaluation import Evaluation
from playground.prometheus.promql.nodes import NAME
from playground.prometheus.promql.parser import parse
from playground.prometheus.store import STALE, Store

QUERIES = (
    "sum(rate(served[4s]))",
    "served",
    "served offset -3s",
    "time()",
    "served{pod='a'} / ignoring(pod) served{pod='b'}",
)
SAMPLES = st.tuples(st.sampled_from("ab"), st.integers(0, 30), st.floats(0, 100) | st.just(STALE))


@given(st.lists(st.one_of(SAMPLES, st.tuples(st.sampled_from(QUERIES), st.integers(0, 30), st.integers(1, 10)))))
def test_it_is_what_would_be_found_anew_also_when_samples_come_late(course: list[tuple[str, int, float]]) -> None:
    store = Store()
    memory = Memory(store)
    for what, second, more in course:
        if what not in QUERIES:
            store.append(((NAME, "served"), ("pod", what)), second * 1000, more)
            continue
        node, span = parse(what), (second * 1000, second * 1000 + 10_000, round(more) * 1000)
        remembered = Evaluation(store).over(node, *span, memory.of(what))
        assert str(remembered) == str(Evaluation(store).over(node, *span))  # a NaN is not equal to itself


def test_what_is_over_is_calculated_once() -> None:
    store = Store()
    memory = Memory(store)
    for second in range(10):
        store.append(((NAME, "served"),), second * 1000, float(second))
    node = parse("served")
    Evaluation(store).over(node, 0, 9000, 1000, memory.of("served"))
    assert sorted(memory.of("served")) == [second * 1000 for second in range(9)], "the newest moment is not over"
    store.append(((NAME, "served"), ("pod", "late")), 2000, 7.0)
    assert memory.of("served") == {}


def test_it_does_not_grow_for_ever() -> None:
    memory = Memory(Store())
    memory.of("up").update(dict.fromkeys(range(MOST + 1), 1.0))
    assert memory.of("up") == {}
