"""A bot that kills itself at a chosen moment, as `kill -9` would. Patched from outside: the bot knows nothing of it.

A moment is named by what has just happened ("step plan: recorded"), and comes when it happens for the first time.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbos import DBOS

from bot import audit
from bot.__main__ import main
from bot.deploy.ledger import Ledger
from bot.deploy.rollout import Rollout
from bot.durable import Durable
from bot.outbox import Outbox
from bot.slack import Slack
from integrations.targets._kubernetes.api import Cluster


class Moments:
    """Notes each moment in a file, and dies at the deadly one."""

    def __init__(self, journal: Path, deadly: str) -> None:
        self._journal, self._deadly = journal, deadly

    def come(self, name: str) -> None:
        """It has just happened."""
        with self._journal.open("a") as journal:
            journal.write(f"{name}\n")
        if name == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def serve(environ: dict[str, str], log: Path, journal: Path | None, deadly: str) -> None:
    """`quarterdeck serve` in this process. Without a journal it is the plain bot."""
    os.environ.clear()
    os.environ.update(environ)
    with log.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    if journal:
        watch(Moments(journal, deadly))
    sys.argv = ["quarterdeck", "serve"]
    main()


def watch(moments: Moments) -> None:
    """Let every moment be noted at which a crash could leave something half done."""
    _watch_steps(moments)

    def after(owner: Any, method: str, name: Callable[..., str]) -> None:
        original = getattr(owner, method)

        async def noted(*args: Any, **named: Any) -> Any:
            result = await original(*args, **named)
            moments.come(name(*args[0 if owner is audit else 1 :], **named))
            return result

        setattr(owner, method, noted)

    after(audit, "record", lambda _rows, _now, _actor, action, *_, **__: f"{action}: in its transaction")
    after(Ledger, "open", lambda *_: "asked: committed")
    after(Ledger, "begin", lambda *_: "begun: committed")
    after(Ledger, "change", lambda _id, _expected, action, *_, **__: f"{action or 'looked'}: committed")
    after(Rollout, "start", lambda *_: "flow started")
    after(Durable, "signal", lambda *_: "flow signalled")
    after(Outbox, "_claim", lambda post: f"post {_purpose(post.key)}: claimed")
    after(Slack, "post", lambda _channel, _message, key, **__: f"post {_purpose(key)}: sent, not noted")
    after(Slack, "update", lambda *_: "an update: sent, not noted")
    after(Cluster, "patch", lambda _path, _body, query=(), **__: "dry run" if query_is_dry(query) else "patched")


def _watch_steps(moments: Moments) -> None:
    run_step = DBOS.run_step_async

    async def noted(options: Any, work: Callable[[], Any]) -> Any:
        name = options["name"]

        async def worked() -> Any:
            outcome = await work()
            moments.come(f"step {name}: done, not recorded")
            return outcome

        result = await run_step(options, worked)
        moments.come(f"step {name}: recorded")
        return result

    setattr(DBOS, "run_step_async", noted)  # noqa: B010 - it is overloaded


def query_is_dry(query: Any) -> bool:
    """Whether a change of the cluster changes nothing."""
    return any(name == "dryRun" for name, _ in query)


def _purpose(key: str) -> str:
    return key.split(":", 2)[2] if key.count(":") > 1 else "card"
