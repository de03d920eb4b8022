"""The checklist: ticks are kept with who and when, and nobody undoes another's by having looked earlier."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.approval.checklist import boxes, look_first, ticked, unboxed, unticked
from bot.approval.model import Tick
from bot.blocks import actions, checkboxes, option
from bot.values import Person
from playground.slack.blockkit import problems
from tests.approval.samples import ARI, CAM, NOON, PLAN

LIST = ["Dashboards", "Migration <read>", "On call knows"]
LATER = NOON + timedelta(minutes=1)


def click(ticks: list[Tick], chosen: set[int], person: Person = ARI, shown: set[int] | None = None) -> list[Tick]:
    seen = {index for index, item in enumerate(LIST) if item not in unticked(LIST, ticks)} if shown is None else shown
    return ticked(LIST, ticks, seen, chosen, person, LATER)


def by(ticks: list[Tick]) -> dict[str, str]:
    return {tick.item: tick.person for tick in ticks}


def test_a_tick_says_who_and_when() -> None:
    [tick] = click([], {1})
    assert tick == Tick(item="Migration <read>", person="U0ARI", name="Ari Novak", at=LATER)


def test_what_another_has_ticked_meanwhile_stays() -> None:
    mine = click([], {0})
    both = click(mine, {2}, CAM, shown=set())
    assert by(both) == {"Dashboards": "U0ARI", "On call knows": "U0CAM"}


def test_the_first_tick_of_an_item_counts() -> None:
    assert by(click(click([], {0}), {0}, CAM, shown=set())) == {"Dashboards": "U0ARI"}


def test_a_tick_that_one_sees_can_be_taken_back() -> None:
    assert by(click(click([], {0, 1}), {1}, CAM)) == {"Migration <read>": "U0ARI"}


def test_nobody_approves_before_all_is_ticked_and_is_told_what_is_left() -> None:
    no = look_first(LIST, click([], {0}))
    assert no
    assert no.text.splitlines()[1:] == ["• Migration &lt;read&gt;", "• On call knows"]
    assert look_first(LIST, click([], {0, 1, 2})) is None
    assert look_first([], []) is None


POSITIONS = st.frozensets(st.integers(0, 2))


@given(POSITIONS, POSITIONS, POSITIONS)
def test_a_click_changes_what_its_maker_changed_and_nothing_else(
    there: frozenset[int], shown: frozenset[int], chosen: frozenset[int]
) -> None:
    before = [Tick(item=LIST[index], person="U0CAM", name="Cam", at=NOON) for index in sorted(there)]
    after = ticked(LIST, before, shown, chosen, ARI, LATER)
    assert {LIST.index(tick.item) for tick in after} == (there | (chosen - shown)) - (shown - chosen)
    assert [tick for tick in after if tick.person == "U0CAM"] == [tick for tick in before if tick in after]


@given(POSITIONS)
def test_the_block_says_what_it_shows(there: frozenset[int]) -> None:
    ticks = [Tick(item=LIST[index], person="U0CAM", name="Cam", at=NOON) for index in sorted(there)]
    assert unboxed(boxes(41, PLAN, LIST, ticks)) == (41, PLAN, there)


def test_ten_of_the_longest_boxes_fit_into_slack() -> None:
    options = [option(f"{index}".ljust(75, "x"), str(index)) for index in range(10)]
    name = boxes(2**31, PLAN, [str(index) for index in range(10)], [])
    for done in ([], options[:3], options):
        assert problems({"blocks": [actions(checkboxes("tick", options, done), block_id=name)]}, "message") == []
