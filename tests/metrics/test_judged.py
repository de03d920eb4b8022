"""What docs/judge.md states is so: a part of its canaries, run anew."""

import pytest

from benchmarks.canaries import World
from benchmarks.judged import FALSE_ALARM, FALSE_PASS, PAGE, Case, Truth, cases, measure, statement, whole

RUNS = 120
STATED = [case for case in cases() if case.stated]
EXTREME = [case for case in STATED if case.truth == Truth.BAD and case.name.endswith((", × 2", "5.0 %"))]


def test_the_page_states_what_is_tested_here() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert statement() in page
    assert all(f"| {case.name}{'' if case.stated else ' *'} |" in page for case in cases())


def test_the_page_keeps_what_it_states() -> None:
    measured = {cell[0]: cell[1:] for cell in rows() if len(cell) == 6}
    for case in STATED:
        _, missed, alarm, *_ = measured[case.name]
        assert case.truth != Truth.GOOD or float(alarm.strip(" %")) / 100 <= FALSE_ALARM
        assert case.truth != Truth.BAD or float(missed.strip(" %")) / 100 <= FALSE_PASS


def rows() -> list[list[str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]


@pytest.mark.parametrize("case", STATED[:5] + STATED[-15::4], ids=lambda case: case.name)
def test_a_gate_errs_no_more_than_is_stated(case: Case) -> None:
    found = measure(case, RUNS)
    if case.truth == Truth.GOOD:
        assert found.failed <= FALSE_ALARM
    elif case.truth == Truth.BAD:
        assert found.passed <= FALSE_PASS


@pytest.mark.parametrize("case", EXTREME, ids=lambda case: case.name)
def test_what_is_twice_as_bad_is_always_found(case: Case) -> None:
    assert measure(case, 20).failed == 1


def test_a_canary_goes_through_where_nothing_is_worse_and_stops_where_it_is() -> None:
    assert whole(World(), 20).passed == 1
    assert whole(World(latency=2.0), 20).failed == 1
