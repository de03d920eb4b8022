"""The two apps as processes: the production bot, and the bare Bolt app beside it."""

import sys
from pathlib import Path

from benchmarks.process import App
from playground.harness import Playground, free_port
from playground.world import SIGNING_SECRET

READY, EVENTS = "/readyz", "/slack/events"


def bot(playground: Playground, log: Path, module: str = "bot") -> App:
    """`quarterdeck serve` on the playground, as in production on SQLite; over Socket Mode."""
    return _app((module, "serve"), playground.environ(), READY, log)


def bot_over_http(playground: Playground, log: Path) -> App:
    """The same over signed HTTP, so that somebody else than the playground can be Slack."""
    return _app(("bot", "serve"), _over_http(playground), READY, log)


def echo_over_http(playground: Playground, log: Path) -> App:
    """The bare app, over signed HTTP."""
    return _app(("benchmarks.echo",), _over_http(playground), EVENTS, log)


def _app(module: tuple[str, ...], environ: dict[str, str], ready: str, log: Path) -> App:
    environ |= {"PORT": str(free_port())}
    return App((sys.executable, "-m", *module), environ, f"http://127.0.0.1:{environ['PORT']}", ready, log)


def _over_http(playground: Playground) -> dict[str, str]:
    environ = playground.environ() | {"SLACK_SIGNING_SECRET": SIGNING_SECRET}
    environ.pop("SLACK_APP_TOKEN", None)
    return environ
