"""What config may ask for: nothing that can't be met, and nothing that is lost on the way through a plan."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.policy import Approvals, Policy, Quorum
from bot.settings import SettingsError
from tests.approval.test_guide import loaded

APPROVALS: TypeAdapter[Quorum] = TypeAdapter(Approvals)
FULL = {
    "count": 2,
    "teams": 2,
    "roles": ["commander"],
    "no_coauthors": True,
    "nag_after": "5m",
    "escalate_to": ["team:shop", "@leads", "U0123ABC", "dana@example.com"],
}


def test_a_number_is_short_for_so_many_people() -> None:
    assert APPROVALS.validate_python(2) == Quorum(count=2) == APPROVALS.validate_python({"count": 2})
    assert APPROVALS.validate_python("2") == Quorum(count=2)  # as an environment variable says it


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (True, "should be a valid dictionary"),
        ("two", "valid integer"),
        (-1, "greater than or equal to 0"),
        ({"count": 1, "teams": 2}, "2 teams take as many people"),
        ({"count": 0, "roles": ["commander"]}, "count must be at least 1"),
        ({"roles": ["commander", "commander"]}, "says the same twice"),
        ({"escalate_to": ["somebody"]}, "is nobody"),
    ],
)
def test_what_can_not_be_met_is_no_quorum(given: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        APPROVALS.validate_python(given)


@pytest.mark.parametrize("checklist", [["Read", "Read"], ["x" * 76], [""], [str(number) for number in range(11)]])
def test_a_checklist_fits_beside_the_boxes_of_slack(checklist: list[str]) -> None:
    with pytest.raises(ValidationError):
        Policy.model_validate({"checklist": checklist})


def test_what_is_written_into_a_plan_is_read_back_from_it() -> None:
    quorum = Quorum.model_validate(FULL)
    assert Quorum.model_validate(quorum.model_dump(mode="json")) == quorum
    policy = Policy.model_validate({"proven_in": {"environment": "staging", "for": "1h"}, "checklist": ["Read"]})
    assert Policy.model_validate(policy.model_dump(mode="json")) == policy


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("approvals: {escalate_to: ['team:shoq']}", 'unknown team "shoq"'),
        ("approvals: {roles: [commandor]}", 'unknown role "commandor"'),
        ("policy: {proven_in: {environment: stagin}}", 'unknown environment "stagin"'),
        ("policy: {proven_in: {environment: production}}", "can't be proven where it is about to go"),
    ],
)
def test_a_policy_that_names_what_there_is_not_stops_the_start(tmp_path: Path, wrong: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        loaded(tmp_path, f"services: {{api: {{environments: {{production: {{{wrong}}}}}}}}}")
