"""The four keys: known deploys give known figures, and whatever the clocks say, nothing impossible comes out."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.deploy.figures import stats
from bot.deploy.model import Kind, State
from bot.deploy.stats import FEW, Keys, Run, Share, Spread, failed, keys, run_of, spread, undone
from bot.values import Commit, Comparison, Place, Revision
from docs.sample_rows import COMPARISON, NOON, planned, sample
from playground.slack.blockkit import problems

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONTH = NOW - timedelta(days=28)
PRODUCTION, STAGING = Place("api", "production"), Place("api", "staging")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NOTHING = Spread(0)


def run(number: int, ago: timedelta, **more: Any) -> Run:
    """A deploy that was asked for so long ago, began 5 minutes later and served after 15."""
    asked = NOW - ago
    known = Run(
        number=number,
        place=PRODUCTION,
        kind=Kind.DEPLOY,
        state=State.SUCCEEDED,
        version=f"v{number}",
        replaced=f"v{number - 1}",
        changed=True,
        requested_at=asked,
        started_at=asked + 5 * MINUTE,
        whole_at=asked + 15 * MINUTE,
        ended_at=asked + 45 * MINUTE,
    )
    return known._replace(**more)


def rolled_back(number: int, ago: timedelta, seconds: float) -> Run:
    """Noticed 8 minutes after it was asked for, and mended in so many seconds."""
    back = NOW - ago + 8 * MINUTE
    ended = back + timedelta(seconds=seconds)
    return run(number, ago, state=State.ROLLED_BACK, whole_at=None, back_at=back, ended_at=ended)


def back_from(number: int, ago: timedelta, bad: str) -> Run:
    """Somebody goes back from a version, which takes 15 minutes from the request."""
    return run(number, ago, kind=Kind.ROLLBACK, version="v0", replaced=bad)


def test_a_month_whose_figures_are_known() -> None:
    served = [run(number, number * 7 * DAY - DAY) for number in (1, 2, 3, 4)]
    runs = [*served, run(5, 2 * DAY), rolled_back(6, 3 * DAY, 30), rolled_back(7, 9 * DAY, 90)]
    assert keys(runs, MONTH, NOW) == Keys(
        length=28 * DAY,
        deploys=5,
        weekly=(1, 1, 1, 2),
        serving=Spread(5, 900, 900),
        lead=NOTHING,
        failed=Share(2, 7),
        restored=Spread(2, 60, 90),
    )


def test_of_nothing_nothing_is_said() -> None:
    assert keys([], MONTH, NOW) == Keys(28 * DAY, 0, (0, 0, 0, 0), NOTHING, NOTHING, Share(0, 0), NOTHING)
    assert "nothing has been deployed" in stats("api", [], MONTH, NOW).text


def test_the_middle_and_nine_of_ten_of_one_of_two_and_of_ten() -> None:
    def lasting(*minutes: int) -> Spread:
        return spread((NOON, NOON + each * MINUTE) for each in minutes)

    assert lasting(7) == Spread(1, 420, 420)
    assert lasting(2, 4) == Spread(2, 180, 240)
    assert lasting(*range(10, 0, -1)) == Spread(10, 330, 540)


def test_what_a_clock_got_wrong_is_left_out() -> None:
    skewed = run(1, DAY, requested_at=NOW - DAY + HOUR, written_at=NOW)
    found = keys([skewed, run(2, 2 * DAY, written_at=NOW - 3 * DAY)], MONTH, NOW)
    assert (found.deploys, found.serving.number, found.lead.number) == (2, 1, 1)


def test_a_rollback_by_hand_makes_a_failure_of_what_it_goes_back_from() -> None:
    bad = run(1, 10 * DAY)
    for other, told in (
        (back_from(2, 9 * DAY, "v1"), True),
        (back_from(2, 2 * DAY, "v1"), False),
        (back_from(2, 11 * DAY, "v1"), False),
        (back_from(2, 9 * DAY, "v9"), False),
        (back_from(2, 9 * DAY, "v1")._replace(place=STAGING), False),
        (back_from(2, 9 * DAY, "v1")._replace(whole_at=None), False),
        (run(2, 9 * DAY, replaced="v1"), False),
    ):
        assert undone(bad, [bad, other]) is told
        assert failed(bad, [bad, other]) is told
    assert keys([bad, back_from(2, 9 * DAY, "v1")], MONTH, NOW).failed == Share(1, 1)


def test_nothing_that_was_never_begun_or_is_not_over_counts_as_a_change() -> None:
    refused = run(1, DAY, state=State.REFUSED, changed=False, started_at=None, whole_at=None)
    watched = run(2, DAY, state=State.WATCHING, ended_at=None)
    stuck = run(3, DAY, state=State.FAILED, whole_at=None)
    found = keys([refused, watched, stuck], MONTH, NOW)
    assert found.failed == Share(1, 1)
    assert found.deploys == 1, "what is being watched serves"


def test_a_rollback_that_mends_a_failed_deploy_counts_from_when_that_failed() -> None:
    stuck = run(1, 3 * HOUR, state=State.FAILED, whole_at=None, back_at=NOW - 2 * HOUR)
    mended = back_from(2, HOUR, "v1")
    assert keys([stuck, mended], MONTH, NOW).restored == Spread(1, 4500, 4500)
    assert keys([mended], MONTH, NOW).restored == Spread(1, 900, 900)


def test_the_lead_time_begins_with_the_first_commit_if_all_of_them_say_when() -> None:
    def written(comparison: Comparison) -> datetime | None:
        return run_of(planned(State.SUCCEEDED, plan={"comparison": comparison})).written_at

    def commit(at: datetime | None) -> Commit:
        return Commit(sha="4be1f0c", title="x", author="y", at=at)

    told = tuple(map(commit, (NOON, NOON - DAY)))
    assert written(Comparison(url="", total=2, commits=told)) == NOON - DAY
    assert written(Comparison(url="", total=3, commits=told)) is None, "the first one is not listed"
    assert written(Comparison(url="", total=2, commits=(told[0], commit(None)))) is None
    assert written(Comparison(url="", total=0)) is None
    assert written(COMPARISON) is None
    assert run_of(sample(State.REFUSED)).written_at is None


def test_a_row_becomes_a_run() -> None:
    whole = run_of(planned(State.SUCCEEDED))
    assert (whole.version, whole.replaced, whole.changed) == ("v1.2", "v1.1", True)
    assert whole.whole_at == NOON + timedelta(minutes=15, seconds=20)
    assert not run_of(sample(State.REFUSED)).changed
    assert run_of(sample(State.FAILED, migrated="up")).changed
    after = Revision(id="1", version="v1", image="x").model_dump(mode="json")
    assert run_of(sample(State.FAILED, after=after)).changed


INSTANTS = st.integers(-60 * 24 * 60, 60 * 24).map(lambda minutes: NOW + minutes * MINUTE)
RUNS = st.lists(
    st.builds(
        Run,
        number=st.integers(1, 99),
        place=st.sampled_from([PRODUCTION, STAGING]),
        kind=st.sampled_from(Kind),
        state=st.sampled_from(State),
        version=st.sampled_from(["v1", "v2"]),
        replaced=st.sampled_from(["v1", "v2", ""]),
        changed=st.booleans(),
        requested_at=INSTANTS,
        **{name: st.none() | INSTANTS for name in ("started_at", "whole_at", "back_at", "ended_at", "written_at")},
    ),
    max_size=20,
)


@given(RUNS, st.randoms())
def test_whatever_the_rows_say_the_figures_are_possible_and_do_not_depend_on_the_order(
    runs: list[Run], chance: Any
) -> None:
    found = keys(runs, MONTH, NOW)
    assert sum(found.weekly) == found.deploys <= len(runs), "four whole weeks hold them all"
    assert 0 <= found.failed.part <= found.failed.whole <= len(runs)
    for times in (found.serving, found.lead, found.restored):
        assert 0 <= times.half <= times.most
        assert times.number <= len(runs)
    chance.shuffle(runs)
    assert keys(runs, MONTH, NOW) == found


@given(RUNS)
def test_two_environments_know_nothing_of_each_other(runs: list[Run]) -> None:
    there = [one for one in runs if one.place == PRODUCTION]
    whole, apart = (
        keys(runs, MONTH, NOW),
        [keys([r for r in runs if r.place == p], MONTH, NOW) for p in (PRODUCTION, STAGING)],
    )
    assert whole.deploys == sum(one.deploys for one in apart)
    assert whole.failed.part == sum(one.failed.part for one in apart)
    assert keys(there, MONTH, NOW) == apart[0]


@given(RUNS)
def test_the_message_can_be_sent_whatever_it_is_about(runs: list[Run]) -> None:
    said = stats("", runs, MONTH, NOW)
    assert problems({"blocks": said.blocks}, "message") == []


def many(count: int, service: str = "api") -> Sequence[Run]:
    place = Place(service, "production")
    return [run(number, number * DAY, place=place) for number in range(1, count + 1)]


def test_people_read_figures_with_what_they_are_made_of() -> None:
    said = stats("", [*many(10), *many(6, "web"), rolled_back(90, 3 * DAY, 30)], MONTH, NOW).text
    assert "*production*" in said
    assert "*4.0 a week* (16; by week 0 · 0 · 3 · 13)" in said
    assert "From request to serving: *15 min*, nine of ten within 15 min (16)" in said
    assert "Change failure rate: *6 %* (1 of 17)" in said
    assert "Time to restore: too few to say (1)" in said
    assert "Lead time" not in said, "no commit says when it was written"


def test_a_table_of_services_fits_on_a_phone() -> None:
    said = stats("", [*many(10, "a-service-with-quite-a-long-name"), *many(3, "web")], MONTH, NOW).text
    table = said.split("```")[1].splitlines()
    assert table[0].split() == ["a", "week", "failed", "serving"]
    assert table[2].split() == ["web", "–", "–", "–"]
    assert max(map(len, table)) <= 37


@pytest.mark.parametrize("count", range(FEW))
def test_of_few_no_rate_is_made(count: int) -> None:
    said = stats("api", many(count), MONTH, NOW).text
    assert "a week*" not in said
    assert "%" not in said


def test_less_than_a_week_is_not_made_larger() -> None:
    said = stats("api", [run(number, number * HOUR) for number in range(1, 9)], NOW - 2 * DAY, NOW).text
    assert "*8* in less than a week" in said
