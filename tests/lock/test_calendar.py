"""The calendar in the settings: what means nothing stops the start and is named; what the documentation shows works."""

import re
from pathlib import Path

import pytest
import yaml

from bot.lock.calendar import Calendar, Period
from bot.settings import SettingsError, load

ROOT = Path(__file__).parents[2]
SERVICES = """
services:
  api:
    owner: shop
    environments:
      production:
        target: {type: kubernetes, namespace: shop}
people: {teams: {shop: [dana@example.com]}}
"""


def problems(root: Path, calendar: str) -> list[str]:
    (root / "config").mkdir()
    (root / "config/services.yml").write_text(SERVICES)
    (root / "config/default.yml").write_text(f"calendar: {calendar}\n")
    with pytest.raises(SettingsError) as caught:
        load({}, root)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("calendar", "key", "said"),
    [
        ("{zone: Berlin}", "calendar.zone", "'Berlin' is no IANA time zone"),
        ('{freezes: [{name: x, from: "fr 16:00", for: 2h}]}', "calendar.freezes[0].from", "no weekday 'fr'"),
        ('{windows: [{name: x, from: "fri 16:00", until: x}]}', "calendar.windows[0].until", "is no moment"),
        ('{windows: [{name: x, from: "fri 16:00", for: 2}]}', "calendar.windows[0].for", "is no length of time"),
        ('{freezes: [{name: x, from: "fri 16:00"}]}', "calendar.freezes[0]", "exactly one of until and for"),
        ('{freezes: [{name: x, from_: "fri 16:00", for: 2h}]}', "calendar.freezes[0].from_", "did you mean from"),
        (
            '{freezes: [{name: x, from: "fri 16:00", for: 2h, environments: [product]}]}',
            "calendar.freezes[0].environments",
            'unknown environment "product"',
        ),
        (
            '{windows: [{name: x, from: "fri 16:00", for: 2h, services: [web]}]}',
            "calendar.windows[0].services",
            'unknown service "web"',
        ),
    ],
)
def test_a_mistake_in_the_calendar_stops_the_start_and_is_named(
    tmp_path: Path, calendar: str, key: str, said: str
) -> None:
    found = [one for one in problems(tmp_path, calendar) if said in one]
    assert found
    assert found[0].startswith(f"config/default.yml: {key}: ")


def test_the_examples_beside_the_settings_are_periods() -> None:
    lines = (ROOT / "config/default.yml").read_text(encoding="utf-8").splitlines()
    examples = [line.split("#  - ")[1] for line in lines if re.match(r" +#  - \{name: ", line)]
    periods = [Period.model_validate(yaml.safe_load(example)) for example in examples]
    assert {period.environments for period in periods} == {"all", ("production",)}


def test_the_calendar_of_the_guide_is_one() -> None:
    page = (ROOT / "docs/guides/locks.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    calendar = Calendar.model_validate(yaml.safe_load(example)["calendar"])
    assert [len(calendar.freezes), len(calendar.windows)] == [2, 2]
