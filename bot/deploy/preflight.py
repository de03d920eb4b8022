"""The preflight lines that are ours to decide, and what may be passed over. Pure."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.deploy.model import Deploy
from bot.durations import spell
from bot.policy import Migration, Proven
from bot.values import Check, Revision

UNHEALTHY = ("healthy", "capacity")  # what a rollback repairs: no reason to keep it out


def same_version(runs: Revision, wanted: Revision) -> Check:
    """Whether a rollback would change anything."""
    same = runs.image == wanted.image
    return Check(name="version", passed=not same, text=f"{'already ' if same else ''}runs {runs.version}")


def proven(asked: Proven, past: Sequence[Deploy], now: datetime) -> Check:
    """Whether the version has been known good elsewhere for long enough. `past` are its deploys there."""
    return good_for(asked, min((deploy.good_at for deploy in past if deploy.good_at), default=None), now)


def good_for(asked: Proven, since: datetime | None, now: datetime) -> Check:
    """The same of a version that has been known good there since then; None: never."""
    if since is None:
        hint = "deploy it there and let its watch window pass"
        return Check(name="proven", passed=False, text=f"it has never been known good in {asked.environment}: {hint}")
    left = asked.lasting - (now - since)
    if left.total_seconds() > 0:
        minutes = math.ceil(left.total_seconds() / 60)
        text = f"known good in {asked.environment}, but {spell(asked.lasting)} are asked: {minutes} min to go"
        return Check(name="proven", passed=False, text=text)
    return Check(name="proven", passed=True, text=f"known good in {asked.environment}")


def answered(rehearsal: Iterable[Check], migration: Migration | None) -> list[Check]:
    """Whether there is a way back: one line out of the rollback's own preflight."""
    problems = [check.text for check in rehearsal if not check.passed]
    if problems:
        return [Check(name="rollback", passed=False, text=f"there would be no way back: {'; '.join(problems)}")]
    if migration and not migration.reversible:
        way = "undoing the migration asks a person" if migration.down else "the migration can't be undone"
        return [Check(name="rollback", passed=True, text=f"ready, but not by itself: {way}")]
    return [Check(name="rollback", passed=True, text="ready")]


def lenient(checks: Iterable[Check], every: bool = False) -> list[Check]:
    """The same lines, with those passed over that must not keep out what repairs; `every`: all of them."""
    return [_passed_over(check) if every or check.name in UNHEALTHY else check for check in checks]


def _passed_over(check: Check) -> Check:
    return check if check.passed else check.model_copy(update={"passed": True, "text": f"{check.text} (passed over)"})
