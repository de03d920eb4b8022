"""The decisions of a deploy, with known truth and with whatever people may type."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deploy.model import Deploy, Kind, State
from bot.deploy.rules import approvals_needed, last_known_good, recorded, words
from bot.errors import Code, Refusal
from bot.values import Place, Revision

API = Place("api", "production")
USAGE = "/deploy <service> <version> <environment>"
WANTED = ["service", "version", "environment"]
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Past:
    """What happened to a place, written down as it happens: the newest first."""

    def __init__(self, version: str) -> None:
        self.runs, self.rows = version, list[Deploy]()

    def deploy(self, version: str, state: State = State.SUCCEEDED, kind: Kind = Kind.DEPLOY) -> "Past":
        at = NOON + timedelta(minutes=len(self.rows))
        self.rows.insert(0, _row(kind, self.runs, version, state, at))
        if state == State.SUCCEEDED:
            self.runs = version
        return self

    def rollback(self) -> "Past":
        return self.deploy(last_known_good(self.rows, self.runs, API).version, kind=Kind.ROLLBACK)


def _revision(version: str) -> dict[str, object]:
    return Revision(id=version, version=version, image=f"api:{version}", restore={"template": version}).model_dump()


def _row(kind: Kind, before: str, version: str, state: State, at: datetime) -> Deploy:
    return Deploy(
        kind=kind,
        service="api",
        environment="production",
        version=version,
        strategy="rolling",
        state=state,
        channel="C1",
        requested_by="U1",
        requested_name="Dana",
        requested_at=at,
        approvals=1,
        expires_at=at,
        before=_revision(before),
        after=_revision(version),
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
    past = Past("v1").deploy("v2").deploy("v3", State.ROLLED_BACK).deploy("v4")
    assert past.rollback().runs == "v2"
    assert last_known_good(past.rows, "v2", API).version == "v1"


def test_a_version_is_good_again_once_it_was_deployed_again() -> None:
    past = Past("v1").deploy("v2").rollback().deploy("v2").deploy("v3")
    assert past.rollback().runs == "v2"


def test_what_was_never_rolled_out_is_no_place_to_go_back_to() -> None:
    past = Past("v1").deploy("v2", State.REJECTED).deploy("v3", State.FAILED)
    with pytest.raises(Refusal):
        last_known_good(past.rows, "v1", API)


@given(st.lists(st.tuples(st.sampled_from(["v1", "v2", "v3", "v4"]), st.sampled_from(list(State))), max_size=12))
def test_a_rollback_never_goes_where_it_is_nor_to_what_never_ran(steps: list[tuple[str, State]]) -> None:
    past, ran = Past("v0"), {"v0"}
    for version, state in steps:
        past.deploy(version, state)
        if state == State.SUCCEEDED:
            ran.add(version)
    try:
        good = last_known_good(past.rows, past.runs, API)
    except Refusal:
        return
    assert good.version != past.runs
    assert good.version in ran
    assert recorded(past.rows, good.version) is not None


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
