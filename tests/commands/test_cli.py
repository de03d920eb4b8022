"""`quarterdeck …` as an operator types it, in processes of its own."""

import asyncio
import sys
from pathlib import Path

import pytest

from playground.harness import ROOT
from tests.world import World


async def quarterdeck(world: World, *words: str, **environ: str) -> tuple[int, str]:
    """The exit code and all that was printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        cwd=ROOT,
        env=world.playground.environ() | environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_check_finds_everybody_of_the_sample_config(world: World) -> None:
    assert await quarterdeck(world, "check") == (0, "All is well.\n")


async def test_check_names_who_is_missing(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    for name in ("default.yml", "services.yml"):
        (folder / name).write_text((ROOT / "config" / name).read_text())
    people = (ROOT / "config" / "people.yml").read_text()
    (folder / "people.yml").write_text(
        people.replace("ari@example.com", "nobody@example.com").replace("@approvers", "@aprovers")
    )
    code, said = await quarterdeck(world, "check", QUARTERDECK_CONFIG=str(folder))
    assert code == 1
    assert "nobody@example.com" in said
    assert "did you mean @approvers" in said or "did you mean approvers" in said


async def test_audit_verify_counts_what_holds(world: World) -> None:
    await world.dana.type("deploys", "/deploy api v1.2 staging")
    await world.dana.wait_message("deploys", "api v1.2 to staging: done")
    code, said = await quarterdeck(world, "audit", "verify")
    assert code == 0
    assert "entries hold" in said


async def test_migrating_what_is_up_to_date_says_so(world: World) -> None:
    assert await quarterdeck(world, "migrate") == (0, "The schema was up to date already.\n")


async def test_a_second_bot_on_the_same_database_does_not_start(world: World) -> None:
    code, said = await quarterdeck(world, "serve", PORT="0")
    assert code == 2
    assert "quarterdeck.flows.db" in said


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "invalid_auth"),
        ({"QUARTERDECK__CHANNELS__DEPLOYS": "#nowhere"}, "nowhere"),
        ({"QUARTERDECK__DEPLOY__POL": "1s"}, "did you mean"),
        ({"QUARTERDECK_CONFIG": "no/such/folder"}, "no/such/folder"),
        ({"DATABASE_URL": "postgresql://127.0.0.1:1/none"}, "The database does not answer"),
    ],
)
async def test_a_bad_start_says_what_to_do(world: World, environ: dict[str, str], said: str) -> None:
    code, printed = await quarterdeck(world, "serve", **environ)
    assert code == 2
    assert said in printed
    assert "Traceback" not in printed
