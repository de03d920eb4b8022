"""What we ship can be built: the Dockerfile is sound, what it copies is there, and the locks pin what we depend on."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from bot import discovery

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def copied() -> list[str]:
    """The sources that the Dockerfile takes from the project."""
    lines = re.findall(r"^COPY (?!--from)(.+)$", text("Dockerfile"), re.MULTILINE)
    return [source for line in lines for source in line.split()[:-1]]


def versions(lock: str) -> dict[str, Version]:
    return {canonicalize_name(name): Version(version) for name, version in PINNED.findall(text(lock))}


def test_hadolint_has_nothing_to_say_about_the_dockerfile_and_is_told_to_ignore_nothing() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    run = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, timeout=30, check=False)
    assert (run.returncode, run.stdout) == (0, "")
    assert "hadolint" not in text("Dockerfile")
    assert not list(ROOT.glob(".hadolint.y*ml"))


def test_everything_that_the_dockerfile_copies_exists_and_is_sent_to_the_builder() -> None:
    allowed = {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")}
    assert copied()
    assert [source for source in copied() if not (ROOT / source).exists()] == []
    assert set(copied()) == allowed


def test_the_image_runs_as_a_numbered_user_that_is_not_root() -> None:
    users = re.findall(r"^USER (\d+)", text("Dockerfile"), re.MULTILINE)
    assert users
    assert users[-1] != "0"


def dependencies() -> dict[str, list[str]]:
    project = tomllib.loads(text("pyproject.toml"))
    return {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-dev.lock": project["project"]["dependencies"] + project["dependency-groups"]["dev"],
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_a_version_that_we_asked_for_of_each_dependency(lock: str) -> None:
    pinned = versions(lock)
    for wanted in map(Requirement, dependencies()[lock]):
        name = canonicalize_name(wanted.name)
        assert name in pinned, f"{name} is not locked"
        assert pinned[name] in wanted.specifier, f"{wanted}: {pinned[name]} is locked"


def test_development_runs_the_versions_that_production_runs() -> None:
    production, development = (versions(lock) for lock in LOCKS)
    assert production.items() <= development.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_checks_each_package_by_its_hash_and_leaves_the_index_to_whoever_installs(lock: str) -> None:
    packages = re.split(r"\n(?=[A-Za-z0-9])", text(lock).strip())
    assert len(packages) == len(versions(lock))
    assert [package for package in packages if "--hash=sha256:" not in package] == []
    assert re.findall(r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host", text(lock)) == []


def test_what_the_dockerfile_copies_is_enough_for_the_bot(tmp_path: Path) -> None:
    for source in copied():
        copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
        copy(ROOT / source, tmp_path / source)
    # Isolated, so that nothing is found but the copy and the packages; the playground must not be missed.
    start = "import sys; sys.path.insert(0, '.'); import bot.app, bot.__main__; from bot import discovery\n"
    start += "print(bot.__file__, len(discovery.commands()), 'playground' in sys.modules)"
    run = [sys.executable, "-I", "-c", start]
    told = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=True).stdout.split()
    assert told == [str(tmp_path / "bot" / "__init__.py"), str(len(discovery.commands())), "False"]
