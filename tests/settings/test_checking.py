"""What `quarterdeck check` finds beyond the files."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field
from slack_sdk.web.async_client import AsyncWebClient

from bot import checking
from bot.checking import problems, target_problems
from bot.errors import Unavailable
from bot.settings import Settings, load
from bot.slack import Slack
from integrations.targets import kubernetes
from tests.people.workspace import GONE, Workspace

ROOT = Path(__file__).parents[2]
OPTIONS: dict[str, type[BaseModel]] = {"kubernetes": kubernetes.Options}


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    namespace: str
    replicas: int = Field(1, ge=0)


def settings(**changes: object) -> Settings:
    return Settings.model_validate(load({}, ROOT).model_dump() | changes)


def test_the_real_slack_fits_what_is_asked_of_it() -> None:
    workspace: checking.Workspace = Slack(AsyncWebClient())
    assert workspace


async def test_the_sample_config_fits_the_playground() -> None:
    assert await problems(settings(), Workspace(), OPTIONS) == []


async def test_everybody_who_is_named_must_exist() -> None:
    people = {
        "teams": {"shop": ["dana@example.com", "left@example.com"], "storefront": ["U0GONE1"]},
        "roles": {"approver": ["deploy.approve"]},
        "grants": [
            {"role": "approver", "to": ["@approver", "U0ARI", "team:shop", "left@example.com"]}
            | {"services": "all", "environments": "all"}
        ],
    }
    assert await problems(settings(people=people), Workspace(), OPTIONS) == [
        "people.teams.shop: nobody in the workspace has the address left@example.com",
        "people.teams.storefront: nobody in the workspace has the id U0GONE1",
        "people.grants[0].to: there is no user group @approver (did you mean approvers?): "
        "create it in Slack, or name another",
    ]


async def test_every_channel_must_be_one_that_the_bot_sees() -> None:
    found = await problems(settings(channels={"deploys": "#releases"}), Workspace(), OPTIONS)
    assert found == ["channels.deploys: the bot sees no channel releases: create it as a public channel"]
    assert await problems(settings(channels={"deploys": "#deploys"}), Workspace(), OPTIONS) == []


async def test_names_that_stand_for_nothing_are_found_here_too() -> None:
    people = {
        "teams": {"shop": [], "storefront": []},
        "grants": [{"role": "x", "to": ["U0ARI"], "services": "all", "environments": "all"}],
    }
    assert await problems(settings(people=people), Workspace(), OPTIONS) == [
        'people.grants[0].role: unknown role "x" (known: none)'
    ]


def test_every_target_must_have_an_integration_and_options_that_it_takes() -> None:
    services = {
        "api": {"owner": "shop", "environments": {"staging": {"target": {"type": "kubernetes2"}}}},
        "web": {
            "owner": "shop",
            "environments": {"staging": {"target": {"type": "kubernetes", "namespac": "x", "replicas": -1}}},
        },
    }
    assert target_problems(settings(services=services), {"kubernetes": Options}) == [
        'services.api.environments.staging.target.type: unknown integration "kubernetes2" (did you mean kubernetes?)',
        "services.web.environments.staging.target.namespace: is missing",
        "services.web.environments.staging.target.replicas: must be greater than or equal to 0",
        "services.web.environments.staging.target.namespac: unknown key (did you mean namespace?)",
    ]


@pytest.mark.parametrize("why", [GONE, TimeoutError()])
async def test_a_slack_that_does_not_answer_is_no_clean_bill(why: BaseException) -> None:
    workspace = Workspace()
    workspace.down = why
    with pytest.raises(Unavailable, match="Slack"):
        await problems(settings(), workspace, OPTIONS)
