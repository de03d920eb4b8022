"""The decisions of a deploy, with known truth and with whatever people may type."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple, TypeAlias

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.deploy.model import Deploy, Kind, State
from bot.deploy.rules import approvals_needed, last_known_good, passed, recorded, rollback_seconds, words
from bot.errors import Code, Refusal
from bot.values import Check, Place, Revision

API = Place("api", "production")
USAGE = "/deploy <service> <version> <environment>"
WANTED = ["service", "version", "environment"]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Ending(NamedTuple):
    """How a deploy may end: its state, whether its version was rolled out, served everywhere, and stood its watch."""

    state: State
    rolled_out: bool = False
    served: bool = False
    good: bool = False


GOOD = Ending(State.SUCCEEDED, rolled_out=True, served=True, good=True)
UNDECIDED = Ending(State.SUCCEEDED, rolled_out=True, served=True)
TURNED_BACK = Ending(State.ROLLED_BACK, rolled_out=True)
WORSE = Ending(State.ROLLED_BACK, rolled_out=True, served=True)
NEVER_BEGUN = [Ending(state) for state in (State.REFUSED, State.REJECTED, State.EXPIRED, State.CANCELLED)]
STUCK = Ending(State.FAILED, rolled_out=True)
ENDINGS = [GOOD, UNDECIDED, TURNED_BACK, WORSE, STUCK, *NEVER_BEGUN]
Deeds: TypeAlias = list[tuple[str, Ending, Kind]]


class Past:
    """What happened to a place, written down as it happens: the newest first."""

    def __init__(self, version: str) -> None:
        self.runs, self.rows, self.quarantined = version, list[Deploy](), set[str]()
        self.good = {version}  # what was found running is taken for good

    def deploy(self, version: str, ending: Ending = GOOD, kind: Kind = Kind.DEPLOY) -> "Past":
        at = NOON + timedelta(minutes=len(self.rows))
        self.rows.insert(0, _row(kind, self.runs, version, ending, at))
        if ending.state == State.ROLLED_BACK:
            self.quarantined.add(version)
        if ending.state == State.SUCCEEDED:
            if kind == Kind.ROLLBACK:
                self.quarantined.add(self.runs)
            self.runs = version
        if ending.good:
            self.good.add(version)
        return self

    def back(self) -> Revision:
        return last_known_good(self.rows, self.runs, API, self.quarantined)

    def rollback(self, ending: Ending = GOOD) -> "Past":
        return self.deploy(self.back().version, ending, Kind.ROLLBACK)

    def lift(self, version: str) -> "Past":
        self.quarantined.remove(version)
        return self


def _revision(version: str) -> dict[str, object]:
    return Revision(id=version, version=version, image=f"api:{version}", restore={"template": version}).model_dump()


def _row(kind: Kind, before: str, version: str, ending: Ending, at: datetime) -> Deploy:
    return Deploy(
        kind=kind,
        service="api",
        environment="production",
        version=version,
        strategy="rolling",
        state=ending.state,
        channel="C1",
        requested_by="U1",
        requested_name="Dana",
        requested_at=at,
        approvals=1,
        expires_at=at,
        before=_revision(before),
        after=_revision(version) if ending.rolled_out else None,
        whole_at=at if ending.served else None,
        good_at=at if ending.good else None,
        ended_at=at,
    )


def test_a_rollback_goes_to_what_ran_before() -> None:
    assert Past("v1").deploy("v2").rollback().runs == "v1"


def test_asked_twice_it_does_not_return_to_the_bad_version() -> None:
    past = Past("v1").deploy("v2").rollback()
    with pytest.raises(Refusal) as no:
        past.rollback()
    assert no.value.code is Code.NOTHING_TO_ROLL_BACK


def test_from_two_bad_versions_in_a_row_it_goes_back_step_by_step() -> None:
    past = Past("v1").deploy("v2").deploy("v3").rollback()
    assert past.runs == "v2"
    assert past.rollback().runs == "v1"


def test_a_version_that_was_rolled_back_by_itself_is_passed_over() -> None:
    past = Past("v1").deploy("v2").deploy("v3", WORSE).deploy("v4")
    assert past.rollback().runs == "v2"
    assert past.back().version == "v1"


def test_a_version_is_good_again_once_it_was_let_out_and_deployed_again() -> None:
    past = Past("v1").deploy("v2").rollback().lift("v2").deploy("v2").deploy("v3")
    assert past.rollback().runs == "v2"


@pytest.mark.parametrize("ending", [UNDECIDED, STUCK, TURNED_BACK])
def test_what_did_not_stand_its_watch_is_no_place_to_go_back_to(ending: Ending) -> None:
    assert Past("v1").deploy("v2", ending).deploy("v3").back().version == "v1"


@pytest.mark.parametrize("ending", NEVER_BEGUN)
def test_what_never_began_says_nothing_about_a_version(ending: Ending) -> None:
    past = Past("v1").deploy("v1", ending).deploy("v2").deploy("v3", ending)
    assert past.back().version == "v1"


def test_a_return_that_was_soon_replaced_takes_nothing_from_what_it_returned_to() -> None:
    past = Past("v1").deploy("v2").rollback(UNDECIDED).deploy("v3", UNDECIDED)
    assert past.back().version == "v1"


def test_what_nobody_knows_how_to_run_again_is_no_place_to_go_back_to() -> None:
    past = Past("v1").deploy("v2")
    for row in past.rows:
        row.before = _revision("v1") | {"restore": {}}
    with pytest.raises(Refusal):
        past.back()


def happened(deeds: Deeds) -> Past:
    """What these deeds leave, without rollbacks to what has never run: nobody can ask for those."""
    past = Past("v0")
    for version, ending, kind in deeds:
        if kind == Kind.DEPLOY or recorded(past.rows, version):
            past.deploy(version, ending, kind)
    return past


DEEDS = st.lists(
    st.tuples(st.sampled_from(["v0", "v1", "v2", "v3"]), st.sampled_from(ENDINGS), st.sampled_from(list(Kind))),
    max_size=10,
)


@given(DEEDS)
@example([("v0", NEVER_BEGUN[0], Kind.DEPLOY), ("v1", GOOD, Kind.DEPLOY)])
def test_a_rollback_goes_to_what_is_known_good_elsewhere_and_never_out_of_quarantine(
    deeds: Deeds,
) -> None:
    past = happened(deeds)
    stood = {row.version for row in past.rows if row.good_at} - {past.runs} - past.quarantined
    try:
        back = past.back()
    except Refusal:
        assert not stood
        return
    assert back.version != past.runs
    assert back.version not in past.quarantined
    assert back.version in past.good
    assert recorded(past.rows, back.version) is not None


@given(DEEDS, st.sampled_from(["v0", "v1", "v2", "v3", "v4"]))
def test_what_is_recorded_of_a_version_is_how_it_has_run(deeds: Deeds, version: str) -> None:
    past = happened(deeds)
    ran = {"v0"} if past.rows else set()
    ran |= {row.version for row in past.rows if row.whole_at}
    found = recorded(past.rows, version)
    assert (found is not None) == (version in ran)
    assert found is None or found.version == version


def took(seconds: float, kind: Kind = Kind.DEPLOY, state: State = State.ROLLED_BACK) -> Deploy:
    row = _row(kind, "v1", "v2", GOOD if state == State.SUCCEEDED else TURNED_BACK, NOON)
    row.started_at, row.back_at = NOON, NOON
    row.whole_at = row.ended_at = NOON + timedelta(seconds=seconds)
    return row


def test_how_long_going_back_takes_is_what_nine_of_ten_kept_to() -> None:
    assert rollback_seconds([]) is None
    assert rollback_seconds([took(5, state=State.SUCCEEDED)]) is None
    assert rollback_seconds([took(12)]) == 12
    assert rollback_seconds([took(second) for second in range(10, 0, -1)]) == 9
    assert rollback_seconds([took(3), took(7, Kind.ROLLBACK, State.SUCCEEDED)]) == 7


@given(st.lists(st.floats(0.1, 1000), min_size=1, max_size=40))
def test_nine_of_ten_were_as_fast_or_faster(seconds: list[float]) -> None:
    said = rollback_seconds([took(one) for one in seconds])
    assert said is not None
    shortest = [one for one in seconds if timedelta(seconds=one).total_seconds() <= said]
    assert len(shortest) >= 0.9 * len(seconds)
    assert any(timedelta(seconds=one).total_seconds() == said for one in seconds)


@given(st.text(max_size=500))
def test_whatever_is_typed_gives_exactly_the_words_or_a_refusal_that_shows_the_usage(text: str) -> None:
    refusals: list[Refusal] = []
    found: list[str] = []
    try:
        found = words(text, WANTED, USAGE)
    except Refusal as no:
        refusals.append(no)
    assert len(found) == 3 or refusals
    assert all("/deploy" in no.hint and "<!" not in no.text for no in refusals)


def test_a_missing_last_word_may_be_left_out_where_it_is_optional() -> None:
    assert words("api production", ["service", "environment", "version"], USAGE, optional=1) == [
        "api",
        "production",
        "",
    ]


def test_typographic_quotes_are_quotes() -> None:
    assert words("api production “db migration”", ["a", "b", "c"], USAGE)[2] == "db migration"


@pytest.mark.parametrize(
    ("kind", "known_good", "needed"), [(Kind.DEPLOY, False, 2), (Kind.ROLLBACK, True, 0), (Kind.ROLLBACK, False, 2)]
)
def test_going_back_to_what_is_known_good_needs_nobody(kind: Kind, known_good: bool, needed: int) -> None:
    assert approvals_needed(kind, known_good, 2) == needed


@given(st.lists(st.booleans()))
def test_one_failed_line_is_a_no(lines: list[bool]) -> None:
    assert passed([Check(name="x", passed=one, text="") for one in lines]) == (False not in lines)
