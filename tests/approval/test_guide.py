"""The guide's policies are policies: each of its examples is loaded as config, beside the one that is there."""

import re
from pathlib import Path
from textwrap import dedent

import pytest

from bot.settings import Settings, load

ROOT = Path(__file__).parents[2]
EXAMPLES = [
    dedent(code)
    for code in re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/guides/policy.md").read_text("utf-8"), re.DOTALL)
]


def loaded(folder: Path, example: str) -> Settings:
    """The settings with an example on top of the files that are there."""
    (folder / "config").mkdir()
    for name in ("default", "services", "people"):
        (folder / f"config/{name}.yml").write_text((ROOT / f"config/{name}.yml").read_text("utf-8"), "utf-8")
    (folder / "config/development.yml").write_text(example, "utf-8")
    return load({}, folder)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_valid_and_changes_something(tmp_path: Path, example: str) -> None:
    assert loaded(tmp_path, example) != load({}, ROOT)


def test_the_examples_say_what_the_guide_says_of_them(tmp_path: Path) -> None:
    assert len(EXAMPLES) == 7
    strict = loaded(tmp_path, EXAMPLES[1]).services["api"].environments["production"].approvals
    assert (strict.count, strict.teams, strict.roles, strict.no_coauthors) == (2, 2, ("commander",), True)
