"""What editors know about config files."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from bot.settings import json_schema, schema_text

CONFIG = Path(__file__).parents[2] / "config"
FILES = ["default.yml", "people.yml", "playground.yml", "production.yml", "services.yml"]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    Draft202012Validator.check_schema(json_schema())
    return Draft202012Validator(json_schema())


def test_the_schema_beside_the_files_is_fresh() -> None:
    assert (CONFIG / "schema.json").read_text(encoding="utf-8") == schema_text(), "write it anew: quarterdeck schema"


@pytest.mark.parametrize("name", FILES)
def test_a_file_fits_the_schema_and_names_it(validator: Draft202012Validator, name: str) -> None:
    text = (CONFIG / name).read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    assert [error.message for error in validator.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"colour": "red"},
        {"deploy": {"poll": 3}},
        {"services": {"api": {"environments": {"production": {"target": {}, "approvals": -1}}}}},
        {"services": {"api": {}}},
        {"people": {"grants": [{"role": "x", "to": [], "services": "some", "environments": "all"}]}},
    ],
)
def test_the_schema_knows_what_is_wrong(validator: Draft202012Validator, wrong: dict[str, Any]) -> None:
    assert not validator.is_valid(wrong)


def test_every_setting_is_explained() -> None:
    for name, model in json.loads(schema_text())["$defs"].items():
        for key, value in model.get("properties", {}).items():
            described = "description" in value or "$ref" in value
            assert described, f"{name}.{key}"


def test_no_file_holds_a_token() -> None:
    for name in FILES:
        assert not re.search(r"xox[a-z]-|xapp-\d", (CONFIG / name).read_text(encoding="utf-8"))
