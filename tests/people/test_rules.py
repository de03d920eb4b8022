"""Who may do what: the default is no, and nothing widens by itself."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.people.model import Names, Policy, Right
from bot.people.rules import Held, may, named, rights_of
from bot.values import Place

PEOPLE = st.sampled_from(["U0DANA", "U0ARI", "U0CAM", "U0VIC"])
GROUPS = st.sampled_from(["S0DEPLOY", "S0APPROVE", "S0COMMAND"])
SERVICES = st.sampled_from(["api", "web", "worker"])
ENVIRONMENTS = st.sampled_from(["production", "staging"])
RIGHTS = st.sampled_from(list(Right))
PLACES = st.builds(Place, SERVICES, ENVIRONMENTS)
IN_GROUPS = st.frozensets(GROUPS)


def some(names: st.SearchStrategy[str]) -> st.SearchStrategy[Names]:
    everything: st.SearchStrategy[Names] = st.just("all")
    return everything | st.lists(names, unique=True).map(tuple)


HELD = st.builds(
    Held,
    role=st.sampled_from(["deployer", "approver", "commander"]),
    rights=st.frozensets(RIGHTS),
    people=st.frozensets(PEOPLE),
    groups=st.frozensets(GROUPS),
    services=some(SERVICES),
    environments=some(ENVIRONMENTS),
)
ALL_HELD = st.lists(HELD, max_size=6)


@given(PEOPLE, IN_GROUPS, RIGHTS, PLACES)
def test_without_grants_nobody_may_do_anything(person: str, groups: frozenset[str], right: Right, place: Place) -> None:
    assert not may([], person, groups, right, place).allowed


@given(ALL_HELD, PEOPLE, IN_GROUPS, RIGHTS, PLACES)
def test_whoever_may_holds_a_grant_for_this_right_at_this_very_place(
    grants: list[Held], person: str, groups: frozenset[str], right: Right, place: Place
) -> None:
    reasons = [
        grant
        for grant in grants
        if right in grant.rights
        and (person in grant.people or groups & grant.groups)
        and (grant.services == "all" or place.service in grant.services)
        and (grant.environments == "all" or place.environment in grant.environments)
    ]
    assert may(grants, person, groups, right, place).allowed == bool(reasons)


@given(HELD, PEOPLE, IN_GROUPS, RIGHTS, PLACES)
def test_a_grant_never_reaches_beyond_its_services_and_environments(
    grant: Held, person: str, groups: frozenset[str], right: Right, place: Place
) -> None:
    elsewhere = replace(grant, services=tuple({"api", "web", "worker"} - {place.service}))
    later = replace(grant, environments=tuple({"production", "staging"} - {place.environment}))
    assert not may([elsewhere, later], person, groups, right, place).allowed


@given(ALL_HELD, st.integers(0, 5), PEOPLE, IN_GROUPS, RIGHTS, PLACES)
def test_taking_a_grant_away_never_adds_a_right(
    grants: list[Held], gone: int, person: str, groups: frozenset[str], right: Right, place: Place
) -> None:
    fewer = [grant for index, grant in enumerate(grants) if index != gone]
    assert may(grants, person, groups, right, place).allowed >= may(fewer, person, groups, right, place).allowed


@given(ALL_HELD, PEOPLE, IN_GROUPS, GROUPS, RIGHTS, PLACES)
def test_leaving_a_group_never_adds_a_right(
    grants: list[Held], person: str, groups: frozenset[str], left: str, right: Right, place: Place
) -> None:
    before, after = may(grants, person, groups, right, place), may(grants, person, groups - {left}, right, place)
    assert before.allowed >= after.allowed


@given(ALL_HELD, PEOPLE, IN_GROUPS, RIGHTS, PLACES)
def test_the_decision_names_exactly_those_who_may(
    grants: list[Held], person: str, groups: frozenset[str], right: Right, place: Place
) -> None:
    decision = may(grants, person, groups, right, place)
    assert decision.allowed == (person in decision.people or bool(groups & decision.groups))
    assert bool(decision.people or decision.groups) <= bool(decision.roles)


POLICY = Policy.model_validate(
    {
        "teams": {"shop": ["U0DANA", "cam@example.com"]},
        "roles": {"approver": ["deploy.approve"]},
        "grants": [
            {
                "role": "approver",
                "to": ["team:shop", "team:gone", "@approvers"],
                "services": "all",
                "environments": "all",
            },
            {"role": "gone", "to": ["U0VIC"], "services": ["api"], "environments": ["staging"]},
        ],
    }
)


def test_a_team_stands_for_its_members_and_an_unknown_team_for_nobody() -> None:
    assert named(POLICY, POLICY.grants[0]) == {"U0DANA", "cam@example.com", "@approvers"}


def test_a_role_stands_for_its_rights_and_an_unknown_role_for_none() -> None:
    assert rights_of(POLICY, POLICY.grants[0]) == {Right.DEPLOY_APPROVE}
    assert rights_of(POLICY, POLICY.grants[1]) == frozenset()
