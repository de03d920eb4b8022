"""Who may say yes and when it is enough: known truth, and whatever people, teams and votes there may be."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approval.model import Answer, Vote
from bot.approval.rules import Voter, enough, may_vote, missing, opened, stale, stamped
from bot.errors import Code
from bot.policy import Quorum
from bot.values import Commit, Comparison, Person
from tests.approval.samples import ARI, CAM, DANA, PLAN, facts, vote, voter

# Counting


def test_nothing_is_missing_where_nobody_has_to_say_yes() -> None:
    assert enough([], Quorum(count=0), PLAN, {})


def test_so_many_different_people_are_enough() -> None:
    two = Quorum(count=2)
    assert missing([], two, PLAN, {}) == ["2 more"]
    assert missing([vote("ari")], two, PLAN, {}) == ["1 more"]
    assert enough([vote("ari"), vote("cam")], two, PLAN, {})


def test_a_yes_to_another_plan_counts_for_nothing() -> None:
    assert missing([vote("ari", plan="older"), vote("cam", plan="")], Quorum(count=1), PLAN, {}) == ["1 more"]


def test_one_no_to_this_plan_is_never_enough_and_a_no_to_an_older_one_does_no_harm() -> None:
    yes, no = [vote("ari"), vote("cam")], Answer.REJECT
    assert not enough([*yes, vote("eve", answer=no)], Quorum(count=2), PLAN, {})
    assert enough([*yes, vote("eve", plan="older", answer=no)], Quorum(count=2), PLAN, {})


def test_two_of_the_same_team_are_not_two_teams() -> None:
    of_shop = facts(voter("ari", "shop"), voter("cam", "shop"))
    wanted = Quorum(count=2, teams=2)
    assert missing([vote("ari"), vote("cam")], wanted, PLAN, of_shop) == ["somebody of another team than shop"]


def test_somebody_of_two_teams_stands_for_whichever_leaves_the_other_one_free() -> None:
    both = facts(voter("ari", "ops shop"), voter("cam", "ops"))
    assert enough([vote("ari"), vote("cam")], Quorum(count=2, teams=2), PLAN, both)
    turned = facts(voter("ari", "ops shop"), voter("cam", "shop"))
    assert enough([vote("ari"), vote("cam")], Quorum(count=2, teams=2), PLAN, turned)


def test_somebody_of_two_teams_is_still_one_person() -> None:
    alone = facts(voter("ari", "ops shop"))
    words = missing([vote("ari")], Quorum(count=2, teams=2), PLAN, alone)
    assert words == ["1 more", "somebody of any team"]


def test_somebody_of_no_team_counts_for_the_number_alone() -> None:
    words = missing([vote("ari"), vote("cam")], Quorum(count=2, teams=2), PLAN, facts(voter("ari", "shop")))
    assert words == ["somebody of another team than shop"]


def test_every_role_must_be_held_by_somebody_and_one_may_hold_several() -> None:
    wanted = Quorum(count=1, roles=("commander", "approver"))
    assert missing([vote("ari")], wanted, PLAN, facts(voter("ari", "", "approver"))) == [
        "somebody with the role commander"
    ]
    assert enough([vote("ari")], wanted, PLAN, facts(voter("ari", "", "approver commander")))


def test_what_somebody_holds_who_said_nothing_does_not_count() -> None:
    known = facts(voter("ari"), voter("cam", "shop", "commander"))
    wanted = Quorum(count=1, teams=1, roles=("commander",))
    assert missing([vote("ari")], wanted, PLAN, known) == ["somebody of any team", "somebody with the role commander"]


TEAMS = ("ops", "shop", "web", "data")
PEOPLE = ("ann", "bob", "cat", "dan", "eve")
IN_TEAMS = st.frozensets(st.sampled_from(TEAMS), max_size=3)
FACTS = st.fixed_dictionaries(
    {
        person: st.builds(
            Voter, id=st.just(person), teams=IN_TEAMS, roles=st.frozensets(st.sampled_from(("approver", "commander")))
        )
        for person in PEOPLE
    }
)
VOTES = st.lists(
    st.builds(vote, st.sampled_from(PEOPLE), st.sampled_from((PLAN, "older")), st.sampled_from(list(Answer))),
    max_size=8,
)
QUORUMS = st.integers(0, 4).flatmap(
    lambda count: st.builds(
        Quorum,
        count=st.just(count),
        teams=st.integers(0, count),
        roles=st.just(()) if not count else st.sampled_from(((), ("commander",), ("approver", "commander"))),
    )
)


def approvers(votes: list[Vote]) -> set[str]:
    return {one.person for one in votes if one.plan == PLAN and one.answer == Answer.APPROVE}


def most_teams(people: list[frozenset[str]]) -> int:
    """The truth, by trying every choice of a team for everybody."""
    return max(len(set(chosen) - {""}) for chosen in product(*(sorted(teams) or [""] for teams in people)))


@given(VOTES, QUORUMS, FACTS)
def test_it_is_enough_exactly_when_every_condition_holds(
    votes: list[Vote], quorum: Quorum, facts: dict[str, Voter]
) -> None:
    yes = approvers(votes)
    holds = (
        not any(one.plan == PLAN and one.answer == Answer.REJECT for one in votes)
        and len(yes) >= quorum.count
        and most_teams([facts[one].teams for one in yes]) >= quorum.teams
        and all(any(role in facts[one].roles for one in yes) for role in quorum.roles)
    )
    assert enough(votes, quorum, PLAN, facts) == holds


@given(VOTES, QUORUMS, FACTS)
def test_whoever_is_asked_for_helps_and_whoever_is_not_does_not(
    votes: list[Vote], quorum: Quorum, facts: dict[str, Voter]
) -> None:
    wanted = [words for words in missing(votes, quorum, PLAN, facts) if "team" in words]
    useless = re.split(", | or ", wanted[0].partition(" than ")[2]) if wanted else []
    for team in TEAMS:
        more = facts | {"new": Voter(id="new", teams=frozenset({team}))}
        before = most_teams([facts[one].teams for one in approvers(votes)])
        after = most_teams([more[one].teams for one in [*approvers(votes), "new"]])
        if wanted:
            assert (after > before) == (team not in useless)


@given(VOTES, QUORUMS, FACTS, st.sampled_from(PEOPLE))
def test_one_more_yes_never_takes_anything_away(
    votes: list[Vote], quorum: Quorum, facts: dict[str, Voter], person: str
) -> None:
    assert enough([*votes, vote(person)], quorum, PLAN, facts) >= enough(votes, quorum, PLAN, facts)


# Who may


STRICT = Quorum(count=1, no_coauthors=True)


def change(*emails: str, total: int | None = None) -> Comparison:
    commits = tuple(Commit(sha=f"{n}" * 40, title="x", author="y", emails=(one,)) for n, one in enumerate(emails))
    return Comparison(url="", total=len(commits) if total is None else total, commits=commits)


def test_nobody_decides_on_what_they_asked_for_themselves() -> None:
    no = may_vote(DANA, DANA, Quorum(), None, [DANA, CAM])
    assert no
    assert (no.code, no.hint) == (Code.SELF_APPROVAL, "Who may: Cam &lt;Lindqvist&gt;.")
    alone = may_vote(DANA, DANA, Quorum(), None, [DANA])
    assert alone
    assert "Nobody else may here" in alone.hint


def test_who_wrote_it_matters_only_where_the_policy_says_so() -> None:
    assert may_vote(ARI, DANA, Quorum(), None) is None
    assert may_vote(ARI, DANA, Quorum(), change("ari@example.com")) is None


def test_an_author_does_not_approve_whatever_the_case_of_their_address() -> None:
    shouting = ARI.model_copy(update={"email": "Ari@Example.com"})
    no = may_vote(shouting, DANA, STRICT, change("cam@example.com", "ari@example.com"))
    assert no
    assert no.code is Code.SELF_APPROVAL
    assert may_vote(ARI, DANA, STRICT, change("cam@example.com")) is None


@pytest.mark.parametrize(
    ("person", "commits", "said"),
    [
        (ARI, None, "nobody can tell who wrote it"),
        (ARI, change("cam@example.com", total=300), "1 of its 300 commits"),
        (ARI, change("12345+somebody@users.noreply.github.com"), "hides behind an address"),
        (ARI, Comparison(url="", total=1, commits=(Commit(sha="0" * 40, title="x", author="y"),)), "hides behind"),
        (ARI.model_copy(update={"email": None}), change("cam@example.com"), "does not tell me your e-mail address"),
    ],
)
def test_where_nobody_can_tell_who_wrote_it_the_answer_is_no_and_says_what_to_do(
    person: Person, commits: Comparison | None, said: str
) -> None:
    no = may_vote(person, DANA, STRICT, commits)
    assert no
    assert (no.code, said in no.text, bool(no.hint)) == (Code.PERMISSION_DENIED, True, True)


def test_a_robot_is_nobody_who_could_approve() -> None:
    assert may_vote(ARI, DANA, STRICT, change("49699333+dependabot[bot]@users.noreply.github.com")) is None


# What a button carries


def test_a_click_on_a_request_for_another_plan_is_refused() -> None:
    assert opened(stamped(41, PLAN)) == (41, PLAN)
    assert stale(PLAN, PLAN) is None
    for older in ("", "older", opened("41")[1]):
        no = stale(older, PLAN)
        assert no
        assert no.code is Code.CONFLICT
