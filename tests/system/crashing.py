"""A bot that kills or freezes itself at a chosen moment. Patched from outside: the bot knows nothing of it.

A moment is named by what has just happened ("step plan: recorded"), and comes when it happens for the first time in a
life.
"""

import os
import re
import signal
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Fate:
    """When it dies: at any of the moments `at`; or, with `but`, at every second kind that is not among those. `seed`
    decides which half that is."""

    at: frozenset[str] = frozenset()
    but: frozenset[str] | None = None
    seed: str = ""

    def meets(self, moment: str) -> bool:
        """Whether it dies now."""
        return moment in self.at or (self.but is not None and self._half(kind(moment)) and kind(moment) not in self.but)

    def after(self, moment: str) -> "Fate":
        """It dies of nothing twice."""
        return Fate(self.at - {moment}, None if self.but is None else self.but | {kind(moment)}, self.seed)

    def _half(self, one: str) -> bool:
        return zlib.crc32(f"{self.seed} {one}".encode()) % 2 == 0


def kind(moment: str) -> str:
    """A moment without the numbers in it; of messages only that there are some."""
    return re.sub(r"^post .*:", "post:", re.sub(r"\d+", "N", moment))


class Moments:
    """Notes each moment in a file; sends this process the signal at the first one that its fate meets."""

    def __init__(self, journal: Path, fate: Fate, number: signal.Signals) -> None:
        self._journal, self._fate, self._number = journal, fate, number

    def come(self, name: str) -> None:
        """It has just happened."""
        with self._journal.open("a") as journal:
            journal.write(f"{name}\n")
        if self._fate.meets(name):
            self._fate = Fate()
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
        return lambda path, _body, query=(), **_: "" if ("dryRun", "All") in query else f"{word} {_plural(path)}"

    around(audit, "record", lambda _rows, _now, _actor, action, *_, **__: f"{action}: in its transaction")
    around(Ledger, "open", lambda *_, **__: "asked: committed")
    around(Ledger, "begin", lambda *_: "begun: committed")
    around(Ledger, "change", lambda _id, _expected, action, *_, **__: f"{action or 'looked'}: committed")
    around(Rollout, "start", lambda *_: "flow started")
    around(Durable, "signal", lambda *_: "flow signalled")
    around(Outbox, "_claim", lambda post: f"post {_purpose(post.key)}: claimed")
    around(Slack, "post", lambda _channel, _message, key, **__: f"post {_purpose(key)}: sent, not noted")
    around(Slack, "update", lambda *_: "an update: sent, not noted")
    for method, done in (("patch", "patched"), ("create", "created"), ("delete", "deleted")):
        around(Cluster, method, changing(done), changing(f"about to {method}"))


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


def _plural(path: str) -> str:
    """What kind of object a path of Kubernetes' API names: "/api/v1/namespaces/shop/services/api": "services"."""
    return path.partition("/namespaces/")[2].split("/")[1]


def _purpose(key: str) -> str:
    """What a message is for; without what differs from run to run."""
    named = key.split(":", 2)[2] if key.count(":") > 1 else "card"
    name, _, rest = named.partition(":")
    return named if len(rest) < 3 else name
