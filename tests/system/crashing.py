"""A bot that kills or freezes itself at a chosen moment. Patched from outside: the bot knows nothing of it.

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
    """Notes each moment in a file; sends this process the signal at the fateful one."""

    def __init__(self, journal: Path, fateful: str, number: signal.Signals) -> None:
        self._journal, self._fateful, self._number = journal, fateful, number

    def come(self, name: str) -> None:
        """It has just happened."""
        with self._journal.open("a") as journal:
            journal.write(f"{name}\n")
        if name == self._fateful:
            self._fateful = ""
            os.kill(os.getpid(), self._number)


def serve(environ: dict[str, str], log: Path, moments: Moments | None) -> None:
    """`quarterdeck serve` in this process. Without moments it is the plain bot."""
    os.environ.clear()
    os.environ.update(environ)
    with log.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    if moments:
        watch(moments)
    sys.argv = ["quarterdeck", "serve"]
    main()


def watch(moments: Moments) -> None:
    """Let every moment be noted at which a crash could leave something half done."""
    _watch_steps(moments)

    def around(owner: Any, method: str, after: Callable[..., str], before: Callable[..., str] | None = None) -> None:
        original = getattr(owner, method)

        async def noted(*args: Any, **named: Any) -> Any:
            given = args if owner is audit else args[1:]
            if before and (name := before(*given, **named)):
                moments.come(name)
            result = await original(*args, **named)
            if name := after(*given, **named):
                moments.come(name)
            return result

        setattr(owner, method, noted)

    def changing(word: str) -> Callable[..., str]:
        return lambda _path, _body, query=(), **_: "" if ("dryRun", "All") in query else word

    around(audit, "record", lambda _rows, _now, _actor, action, *_, **__: f"{action}: in its transaction")
    around(Ledger, "open", lambda *_: "asked: committed")
    around(Ledger, "begin", lambda *_: "begun: committed")
    around(Ledger, "change", lambda _id, _expected, action, *_, **__: f"{action or 'looked'}: committed")
    around(Rollout, "start", lambda *_: "flow started")
    around(Durable, "signal", lambda *_: "flow signalled")
    around(Outbox, "_claim", lambda post: f"post {_purpose(post.key)}: claimed")
    around(Slack, "post", lambda _channel, _message, key, **__: f"post {_purpose(key)}: sent, not noted")
    around(Slack, "update", lambda *_: "an update: sent, not noted")
    around(Cluster, "patch", changing("patched"), changing("about to patch"))


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


def _purpose(key: str) -> str:
    return key.split(":", 2)[2] if key.count(":") > 1 else "card"
