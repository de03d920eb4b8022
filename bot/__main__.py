"""`quarterdeck serve | check | migrate | schema | audit verify`."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import aiohttp
import psycopg
import structlog
import typer
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import SQLAlchemyError

from bot import audit, logs
from bot.answers import plainly
from bot.app import Quarterdeck
from bot.backends import NotStarted, fetch_secrets, integration_problems, target_options
from bot.checking import problems
from bot.errors import Refusal, Unavailable
from bot.migrations import migrate
from bot.secrets import held
from bot.settings import Settings, SettingsError, load, schema_text
from bot.slack import Slack, SlackRefused
from bot.store import Store

cli = typer.Typer(help="Deploys, incidents, on-call and evidence, run from Slack as one system.", no_args_is_help=True)
audit_cli = typer.Typer(help="The audit log.", no_args_is_help=True)
cli.add_typer(audit_cli, name="audit")
log = structlog.get_logger()
T = TypeVar("T")


def main() -> None:
    """The entry of the `quarterdeck` command."""
    cli()


@cli.command()
def serve(pretty: Annotated[bool, typer.Option(help="Logs for people instead of JSON.")] = False) -> None:
    """Run the bot until SIGTERM or Ctrl-C."""
    raise typer.Exit(_run(_serve, pretty=pretty))


async def _serve(settings: Settings) -> int:
    bot, stop = Quarterdeck(settings), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        await bot.start()
        gc.freeze()  # all that was loaded stays: looking through it for garbage would hold up every ack for 0.1 s
        waits = [asyncio.create_task(stop.wait()), asyncio.create_task(bot.lost.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if bot.lost.is_set():
            log.error("quarterdeck.lease_lost")
        return 1 if bot.lost.is_set() else 0
    finally:
        await bot.stop()


@cli.command()
def check() -> None:
    """Validate all settings, and that everybody and everything they name exists in Slack."""
    found = _run(_check)
    for problem in found:
        typer.echo(problem)
    typer.echo(f"{len(found)} problems." if found else "All is well.")
    raise typer.Exit(1 if found else 0)


async def _check(settings: Settings) -> list[str]:
    if settings.slack.bot_token is None:
        return ["slack.bot_token: is missing, so people and channels can't be checked: set SLACK_BOT_TOKEN"]
    async with aiohttp.ClientSession() as session:
        token = settings.slack.bot_token.get_secret_value()
        client = AsyncWebClient(token, base_url=settings.slack.api_url, session=session)
        found = await problems(settings, Slack(client), target_options(settings))
        return [*found, *integration_problems(settings)]


@cli.command()
def schema() -> None:
    """Print the JSON Schema with which editors check config files."""
    typer.echo(schema_text(), nl=False)


@cli.command(name="migrate")
def migrate_command() -> None:
    """Bring the database's schema to the one of this version."""
    done = _run(lambda settings: _with_store(settings, migrate))
    typer.echo("The schema is up to date now." if done else "The schema was up to date already.")


@audit_cli.command()
def verify() -> None:
    """Walk the chain of the audit log; name the first entry that was changed."""
    held_up_to, broken = _run(lambda settings: _with_store(settings, audit.verify))
    if broken is None:
        typer.echo(f"All {held_up_to} entries hold.")
        return
    typer.echo(f"Entry {broken} was changed, or one before it was removed; the {held_up_to} entries before it hold.")
    raise typer.Exit(1)


async def _with_store(settings: Settings, work: Callable[[Store], Awaitable[T]]) -> T:
    store = Store(settings.database_url.get_secret_value())
    try:
        return await work(store)
    finally:
        await store.close()


def _run(work: Callable[[Settings], Awaitable[T]], *, pretty: bool = False) -> T:
    """Do it with the settings, secrets fetched and kept out of the logs. What can't be is said, with exit code 2."""

    async def run() -> T:
        settings = await fetch_secrets(load(os.environ, Path.cwd()))
        logs.configure(pretty=pretty, secrets=held(settings))
        return await work(settings)

    logs.configure(pretty=pretty)
    try:
        return asyncio.run(run())
    except (SQLAlchemyError, psycopg.Error) as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        _refuse(f"The database does not answer: {cause}")
    except Refusal as no:
        _refuse(f"{plainly(no.text)} {plainly(no.hint)}")
    except (SettingsError, NotStarted, Unavailable, SlackRefused, OSError) as error:
        _refuse(str(error))


def _refuse(why: str) -> NoReturn:
    print(f"Quarterdeck did not start:\n{why}", file=sys.stderr)
    raise typer.Exit(2)


if __name__ == "__main__":
    main()
