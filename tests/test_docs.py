"""The documentation is true: its links lead somewhere, what it names exists, and what must be in it is in it."""

import re
import sqlite3
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any, get_args, get_origin
from unittest.mock import Mock

import pytest
from packaging.requirements import Requirement
from pydantic import BaseModel

from bot.__main__ import cli
from bot.discovery import usage
from bot.people.model import Right
from bot.settings import Settings
from bot.settings_sources import OTHER, PLAIN
from integrations.targets.kubernetes import Options

ROOT = Path(__file__).parent.parent
FOLDERS = ("bot", "commands", "integrations", "playground", "config", "ops", "docs", "tests", "benchmarks")
PAGES = sorted({*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))})
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FILE = re.compile(r"[\w.-]+\.(py|md|yml|yaml|toml|json|js|mako)|requirements[\w-]*\.lock")


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def prose(name: str) -> str:
    """A page without its blocks of code."""
    return FENCE.sub("", text(name))


def blocks(name: str, wanted: str = "sh") -> list[str]:
    """The blocks of code in a language; those of shell commands unless another is wanted."""
    return [dedent(code) for _, language, code in FENCE.findall(text(name)) if language == wanted]


def anchors(name: str) -> set[str]:
    """The names that the headings of a page can be linked by."""
    headings = re.findall(r"^#+ (.+)$", prose(name), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    for link in LINK.findall(prose(name)):
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), f"{link} leads nowhere"
        if anchor:
            assert anchor in anchors(str(target.resolve().relative_to(ROOT))), f"{link}: there is no such heading"


@pytest.mark.parametrize("name", NAMES)
def test_every_file_that_is_named_exists(name: str) -> None:
    missing = [word for word in CODE.findall(prose(name)) if not exists(word, (ROOT / name).parent)]
    assert missing == []


def exists(word: str, here: Path) -> bool:
    """Whether a word in code style is a file or folder of ours, seen from the root or from `here`; or no such name."""
    if re.search(r"[\s<>*…{}:=]", word):
        return True
    first, slash, _ = word.partition("/")
    if slash:
        return first not in FOLDERS or any(path.exists() for path in (ROOT / word, ROOT / f"{word}.py", here / word))
    return not FILE.fullmatch(word) or bool(files() & {word})


@cache
def files() -> frozenset[str]:
    """The names of all our files, wherever they lie."""
    inside = (file for folder in FOLDERS for file in (ROOT / folder).rglob("*.*"))
    return frozenset(file.name for file in (*ROOT.iterdir(), *inside) if file.is_file())


def test_every_environment_variable_is_documented() -> None:
    page = text("docs/guides/configure.md")
    assert [name for name in (*PLAIN, *OTHER) if f"`{name}`" not in page] == []


def keys(kind: Any, at: str = "") -> Iterator[str]:
    """Every setting, spelled as the guide spells it: `people.grants[].role`, `services.<name>.owner`."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            written = field.alias or name
            inner = f"{at}.{written}" if at else written
            yield from keys(field.annotation, inner)
        return
    mapping, inside = get_origin(kind) is dict, [one for one in get_args(kind) if holds_models(one)]
    if mapping and get_args(kind)[1] is not Any:
        yield from keys(get_args(kind)[1], f"{at}.<name>")
    elif inside:
        yield from keys(inside[0], f"{at}[]" if get_origin(kind) is tuple else at)
    else:
        yield at


def holds_models(kind: Any) -> bool:
    return (isinstance(kind, type) and issubclass(kind, BaseModel)) or any(map(holds_models, get_args(kind)))


def test_every_setting_is_documented() -> None:
    page = text("docs/guides/configure.md")
    named = [key for key in keys(Settings) if key != "services.<name>.name"]  # the name is the key itself
    assert {"deploy.poll", "services.<name>.environments.<name>.approvals.count", "people.grants[].to"} <= set(named)
    assert [key for key in named if f"`{key}`" not in page] == []


def test_no_setting_is_documented_that_there_is_none_of() -> None:
    page = text("docs/guides/configure.md")
    rows = re.findall(r"^\| `([a-z_]+(?:[.\[][^`]*)?)` \|", page, re.MULTILINE)
    assert set(rows) - set(keys(Settings)) - set(Right) == set()


def test_every_option_of_the_kubernetes_target_is_documented() -> None:
    page = text("docs/guides/kubernetes.md")
    assert [key for key in Options.model_fields if f"`{key}`" not in page and f"`{key}:" not in page] == []


def test_the_metrics_documented_are_those_that_there_are() -> None:
    there = set(re.findall(r'"(quarterdeck_\w+)"', text("bot/telemetry.py")))
    rows = set(re.findall(r"^\| `(quarterdeck_\w+)` \|", text("docs/guides/operate.md"), re.MULTILINE))
    assert there == rows


def test_every_command_is_explained() -> None:
    page = text("docs/guides/deploy.md") + text("docs/guides/locks.md")
    commands = re.findall(r"^- `([^`]+)` — ", text("docs/commands.md"), re.MULTILINE)
    assert len(commands) > 5
    assert [command for command in commands if f"`{command}`" not in page] == []


def test_the_floors_of_the_engine_are_those_that_the_linter_keeps() -> None:
    contracts = tomllib.loads(text("pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [kept] = [one["layers"] for one in contracts if one.get("containers") == ["bot"]]
    [drawn] = [block for block in blocks("docs/architecture.md", "text") if "__main__ →" in block]
    assert [floor.strip() for floor in drawn.split("→")] == kept


def test_every_name_of_the_glossary_is_one_in_the_code() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "bot").rglob("*.py"))
    columns = [line.split("|")[3] for line in text("docs/glossary.md").splitlines() if line.count("|") == 4]
    names = [
        word for column in columns for word in CODE.findall(column) if "/" not in word and not FILE.fullmatch(word)
    ]
    assert len(names) > 30
    parts = {part for name in names for part in name.split(".")}
    assert [part for part in parts if not re.search(rf"\b{part}\b", code)] == []


def test_the_command_line_has_what_is_typed() -> None:
    there = {one.name or one.callback.__name__ for one in cli.registered_commands if one.callback}
    there |= {group.name for group in cli.registered_groups if group.name}
    typed = re.findall(r"(?:^|`)quarterdeck (\w+)", "\n".join(map(text, NAMES)), re.MULTILINE)
    assert set(typed) == there


def test_a_backup_made_as_the_guide_says_can_be_restored_as_it_says(tmp_path: Path) -> None:
    [backup] = [block for block in blocks("docs/guides/operate.md") if "VACUUM INTO" in block]
    [restore] = [block for block in blocks("docs/guides/operate.md") if "-wal" in block]
    assert backup.index(".flows.db") < backup.index("quarterdeck.db"), "the flows first"
    files = [tmp_path / "var/quarterdeck.db", tmp_path / "var/quarterdeck.flows.db"]
    (tmp_path / "var").mkdir()
    for file in files:
        write(file, "before")
    subprocess.run(["bash", "-ec", backup], cwd=tmp_path, check=True)
    for file in files:
        write(file, "after")
    subprocess.run(["bash", "-ec", restore], cwd=tmp_path, check=True)
    for file in files:
        with closing(sqlite3.connect(file)) as database:
            assert database.execute("SELECT said FROM row").fetchall() == [("before",)]


def write(file: Path, said: str) -> None:
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE IF NOT EXISTS row (said TEXT)")
        database.execute("INSERT INTO row VALUES (?)", (said,))
        database.commit()


def test_the_sample_of_a_command_is_one() -> None:
    [source] = blocks("CONTRIBUTING.md", "python")
    module, gate = ModuleType("sample"), Mock()
    exec(compile(source, "CONTRIBUTING.md", "exec"), module.__dict__)
    module.register(gate)
    assert [typed.split()[0] for typed, _ in usage(module)] == ["/ping"]
    gate.command.assert_called_once_with("/ping")


def test_every_dependency_has_its_reasons_and_no_other() -> None:
    project = tomllib.loads(text("pyproject.toml"))
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    rows = re.findall(r"^\| `([\w.-]+)` \|", text("docs/dependencies.md"), re.MULTILINE)
    assert sorted(Requirement(one).name for one in wanted) == sorted(rows)


def test_decisions_are_numbered_one_after_the_other_listed_and_short() -> None:
    pages = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(len(pages)))
    for number, page in enumerate(pages):
        lines = page.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {number}. ")
        assert len(lines) < 40
        assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"]
    listed = LINK.findall(text("docs/adr/0000-template.md"))
    assert listed == [page.name for page in pages[1:]]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/guides/playground.md"])
def test_make_is_asked_only_for_what_it_can_make(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    asked = set(re.findall(r"^\s*make (\w+)", "\n".join(blocks(name)), re.MULTILINE))
    assert asked
    assert asked <= targets
