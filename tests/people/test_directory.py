"""Rights asked for real: groups are read at the moment they matter, and silence is never a yes."""

import asyncio
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Code, Refusal, Unavailable
from bot.people import directory
from bot.people.directory import People
from bot.people.model import Policy, Right
from bot.settings import load
from bot.slack import Slack, SlackRefused
from bot.values import Person, Place
from tests.people.workspace import ARI, CAM, DANA, GONE, VIC, Workspace

ROOT = Path(__file__).parents[2]
API = Place("api", "production")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def workspace() -> Workspace:
    return Workspace()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def people(workspace: Workspace, clock: Clock) -> People:
    """The sample config against the people of the playground."""
    found = People(load({}, ROOT).people, workspace, clock)
    assert await found.load() == []
    return found


async def refused(people: People, person: Person, right: Right) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await people.require(person, right, API)
    assert caught.value.code is Code.PERMISSION_DENIED
    return caught.value


def test_the_real_slack_fits_what_people_ask_of_it() -> None:
    workspace: directory.Workspace = Slack(AsyncWebClient())
    assert workspace


async def test_the_sample_config_gives_each_their_rights(people: People) -> None:
    expected = {
        Right.DEPLOY_REQUEST: [DANA, ARI],
        Right.ROLLBACK_REQUEST: [DANA, ARI, CAM],
        Right.DEPLOY_APPROVE: [ARI, CAM],
        Right.DEPLOY_CANCEL: [ARI, CAM],
        Right.DEPLOY_STEER: [DANA, ARI, CAM],
        Right.DEPLOY_EMERGENCY: [CAM],
        Right.QUARANTINE_LIFT: [ARI, CAM],
    }
    for right, allowed in expected.items():
        for person in (DANA, ARI, CAM, VIC):
            if person in allowed:
                await people.require(person, right, API)
            else:
                await refused(people, person, right)


async def test_a_refusal_names_the_missing_role_and_who_has_it_and_pings_nobody(people: People) -> None:
    no = await refused(people, DANA, Right.DEPLOY_APPROVE)
    assert (
        no.text
        == "You may not approve a deploy of *api* in *production*: that takes the role *approver* or *commander*."
    )
    assert no.hint == "Who has it: Ari Novak, Cam Lindqvist."


async def test_a_right_that_nobody_has_been_given_is_refused_saying_so(workspace: Workspace) -> None:
    people = People(Policy(), workspace)
    await people.load()
    no = await refused(people, DANA, Right.ROLLBACK_REQUEST)
    assert no.text.endswith("no role that allows it (rollback.request) has been given to anybody there.")
    assert no.hint == "Roles are given in people.yml."


async def test_a_role_whose_group_is_empty_is_had_by_nobody(workspace: Workspace) -> None:
    grant = {"role": "approver", "to": ["@approvers"], "services": "all", "environments": "all"}
    policy = Policy.model_validate({"roles": {"approver": ["deploy.approve"]}, "grants": [grant]})
    people = People(policy, workspace)
    await people.load()
    workspace.members["S0APPROVE"] = set()
    assert (await refused(people, ARI, Right.DEPLOY_APPROVE)).hint.startswith("Nobody has it at the moment")


async def test_names_of_people_are_escaped(workspace: Workspace, people: People) -> None:
    workspace.members["S0APPROVE"] = {"U0VIC"}
    assert "Vic &lt;Moreau&gt;" in (await refused(people, DANA, Right.DEPLOY_APPROVE)).hint


async def test_a_refusal_stays_one_when_slack_can_not_name_anybody(workspace: Workspace, people: People) -> None:
    workspace.nameless = True
    assert (await refused(people, DANA, Right.DEPLOY_APPROVE)).hint == "Slack can't say at the moment who has it."


async def test_holders_are_told_by_name_each_once(people: People) -> None:
    assert await people.holders(Right.DEPLOY_APPROVE, API) == [ARI, CAM]


async def test_somebody_who_left_the_workspace_is_nobody(workspace: Workspace, people: People) -> None:
    workspace.members["S0APPROVE"] = {"U0GONE", "U0ARI"}
    assert await people.holders(Right.DEPLOY_APPROVE, API) == [ARI, CAM]


async def test_everybody_who_may_approve_is_pinged_once(workspace: Workspace, people: People) -> None:
    assert await people.approver_mentions(API) == ["<!subteam^S0APPROVE>"]
    workspace.members["S0APPROVE"] = {"U0ARI"}
    people.forget_groups()
    assert await people.approver_mentions(API) == ["<!subteam^S0APPROVE>", "<@U0CAM>"]


async def test_whoever_is_left_out_is_not_pinged_by_a_group_either(workspace: Workspace, people: People) -> None:
    assert await people.approver_mentions(API, but={"U0ARI"}) == ["<@U0CAM>"]
    assert await people.approver_mentions(API, but={"U0ARI", "U0CAM"}) == []
    assert await people.approver_mentions(API, but={"U0DANA"}) == ["<!subteam^S0APPROVE>"]


async def test_groups_teams_and_people_are_pinged_by_the_names_that_config_gives_them(
    workspace: Workspace, people: People
) -> None:
    names = ["team:shop", "@approvers", "ari@example.com", "U0VIC", "@nobody", "left@example.com", "team:none"]
    assert await people.mentions(names) == ["<!subteam^S0APPROVE>", "<@U0ARI>", "<@U0CAM>", "<@U0DANA>", "<@U0VIC>"]
    assert await people.mentions([]) == []
    for down in (GONE, SlackRefused("usergroups.list", "missing_scope")):
        workspace.down = down
        with pytest.raises(Unavailable):
            await people.mentions(["@approvers"])


async def test_the_teams_of_a_person_are_those_of_the_file(people: People) -> None:
    assert people.teams_of("U0DANA") == {"shop"}
    assert people.teams_of("U0ARI") == {"storefront"}
    assert people.teams_of("U0VIC") == frozenset()


async def test_the_roles_of_a_person_are_those_given_for_the_place(workspace: Workspace) -> None:
    def grant(role: str, to: str, services: object, environments: object) -> dict[str, object]:
        return {"role": role, "to": [to], "services": services, "environments": environments}

    grants = [
        grant("approver", "@approvers", "all", "all"),
        grant("commander", "ari@example.com", ["api"], ["production"]),
        grant("deployer", "ari@example.com", ["web"], "all"),
        grant("deployer", "dana@example.com", "all", "all"),
    ]
    people = People(Policy.model_validate({"grants": grants}), workspace)
    await people.load()
    assert await people.roles_of("U0ARI", API) == {"approver", "commander"}
    assert await people.roles_of("U0ARI", Place("web", "staging")) == {"approver", "deployer"}
    assert await people.roles_of("U0VIC", API) == frozenset()
    workspace.members["S0APPROVE"] = set()
    people.forget_groups()
    assert await people.roles_of("U0ARI", API) == {"commander"}
    workspace.down = GONE
    people.forget_groups()
    with pytest.raises(Unavailable):
        await people.roles_of("U0ARI", API)


async def test_whoever_is_named_in_person_is_asked_nothing_of_slack(workspace: Workspace, people: People) -> None:
    workspace.down = GONE
    await people.require(CAM, Right.DEPLOY_APPROVE, API)
    assert workspace.reads == []


async def test_leaving_a_group_counts_within_ten_seconds(workspace: Workspace, people: People, clock: Clock) -> None:
    await people.require(ARI, Right.DEPLOY_APPROVE, API)
    workspace.members["S0APPROVE"] = {"U0CAM"}
    clock.now += 9.9
    await people.require(ARI, Right.DEPLOY_APPROVE, API)
    clock.now += 0.1
    await refused(people, ARI, Right.DEPLOY_APPROVE)


async def test_leaving_a_group_counts_at_once_when_slack_says_so(workspace: Workspace, people: People) -> None:
    await people.require(ARI, Right.DEPLOY_APPROVE, API)
    workspace.members["S0APPROVE"] = {"U0CAM"}
    people.forget_groups()
    await refused(people, ARI, Right.DEPLOY_APPROVE)


async def test_a_storm_of_clicks_reads_a_group_once(workspace: Workspace, people: People) -> None:
    workspace.answers.clear()
    clicks = [asyncio.create_task(people.require(ARI, Right.DEPLOY_APPROVE, API)) for _ in range(50)]
    await asyncio.sleep(0)
    clicks[0].cancel()
    await asyncio.sleep(0.01)
    workspace.answers.set()
    done = await asyncio.gather(*clicks, return_exceptions=True)
    assert [type(one) for one in done] == [asyncio.CancelledError] + [type(None)] * 49
    assert workspace.reads == ["S0APPROVE"]


async def test_a_change_during_a_read_is_seen_by_whoever_asks_after_it(workspace: Workspace, people: People) -> None:
    workspace.answers.clear()
    before = asyncio.create_task(people.require(ARI, Right.DEPLOY_APPROVE, API))
    await asyncio.sleep(0.01)
    people.forget_groups()
    after = asyncio.create_task(people.require(ARI, Right.DEPLOY_APPROVE, API))
    await asyncio.sleep(0.01)
    workspace.answers.set()
    await asyncio.gather(before, after)
    assert workspace.reads == ["S0APPROVE", "S0APPROVE"]


@pytest.mark.parametrize(
    "why",
    [GONE, TimeoutError(), ConnectionResetError(), SlackRefused("usergroups.users.list", "missing_scope")],
    ids=lambda why: type(why).__name__,
)
async def test_a_slack_that_can_not_say_is_never_a_yes_and_is_asked_again(
    workspace: Workspace, people: People, why: BaseException
) -> None:
    workspace.down = why
    for person in (ARI, VIC):
        with pytest.raises(Unavailable, match="Slack"):
            await people.require(person, Right.DEPLOY_APPROVE, API)
    workspace.down = None
    await people.require(ARI, Right.DEPLOY_APPROVE, API)


async def test_a_slack_that_keeps_silent_is_unavailable(
    workspace: Workspace, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "PATIENCE", 0.02)
    workspace.answers.clear()
    with pytest.raises(Unavailable, match="did not answer"):
        await people.require(ARI, Right.DEPLOY_APPROVE, API)


async def test_a_deleted_group_has_no_members(workspace: Workspace, people: People) -> None:
    del workspace.members["S0APPROVE"]
    await refused(people, ARI, Right.DEPLOY_APPROVE)


async def test_who_is_not_known_is_told_at_start_and_holds_nothing(workspace: Workspace) -> None:
    grant = {"role": "approver", "to": ["@nobody", "gone@example.com", "U0ARI", "team:shop"]}
    policy = Policy.model_validate(
        {
            "teams": {"shop": ["dana@example.com", "left@example.com"]},
            "roles": {"approver": ["deploy.approve"]},
            "grants": [grant | {"services": ["api"], "environments": ["production"]}],
        }
    )
    people = People(policy, workspace)
    assert await people.load() == ["@nobody", "gone@example.com", "left@example.com"]
    assert await people.holders(Right.DEPLOY_APPROVE, API) == [ARI, DANA]
    assert await people.holders(Right.DEPLOY_APPROVE, Place("web", "production")) == []
    assert await people.holders(Right.DEPLOY_APPROVE, Place("api", "staging")) == []


async def test_before_it_is_loaded_nobody_may_do_anything(workspace: Workspace) -> None:
    await refused(People(load({}, ROOT).people, workspace), CAM, Right.DEPLOY_APPROVE)


async def test_what_was_loaded_stays_in_force_when_slack_is_gone_at_the_next_load(
    workspace: Workspace, people: People
) -> None:
    workspace.down = GONE
    with pytest.raises(Unavailable):
        await people.load()
    workspace.down = None
    await people.require(ARI, Right.DEPLOY_APPROVE, API)
