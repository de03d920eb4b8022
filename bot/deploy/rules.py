"""The decisions of a deploy: what was typed, what may start, what a rollback returns to. Pure."""

import math
import shlex
from collections.abc import Collection, Sequence
from datetime import datetime

from bot.blocks import code
from bot.catalogue import quoted
from bot.deploy.model import BEFORE, Deploy, Kind, State
from bot.errors import Code, Refusal
from bot.values import Check, Place, Revision

LONGEST = 400  # characters; the longest sensible command is a quarter of that
QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'"})  # phones "improve" what people type


def words(text: str, wanted: Sequence[str], usage: str, *, optional: int = 0) -> list[str]:
    """The words that were typed, exactly those wanted; the last `optional` may be missing and come back empty.

    Raises Refusal (TOO_LONG, INVALID, TOO_MANY_WORDS, MISSING_WORD) that shows the usage.
    """
    hint = f"Type {code(usage)}."
    if len(text) > LONGEST:
        raise Refusal(Code.TOO_LONG, f"That is {len(text):,} characters long; a command has at most {LONGEST}.", hint)
    try:
        given = shlex.split(text.translate(QUOTES))
    except ValueError:
        raise Refusal(Code.INVALID, "A quotation mark is opened and never closed.", hint) from None
    if len(given) > len(wanted):
        extra = quoted(" ".join(given[len(wanted) :]))
        raise Refusal(Code.TOO_MANY_WORDS, f"I understood everything up to {extra}: that is too many words.", hint)
    if len(given) < len(wanted) - optional:
        missing = ", ".join(wanted[len(given) : len(wanted) - optional])
        raise Refusal(Code.MISSING_WORD, f"Missing: {missing}.", hint)
    return given + [""] * (len(wanted) - len(given))


def one_at_a_time(running: Deploy, link: str) -> Refusal:
    """The answer to somebody who wants to change a place that is being changed."""
    where = f" <{link}|See it>." if link else ""
    text = (
        f"Deploy #{running.id} is {str(running.state).replace('_', ' ')} there: {code(running.service)} "
        f"{code(running.version)} to {running.environment}, asked for by {quoted(running.requested_name)}.{where}"
    )
    way = "cancel it" if running.state in BEFORE else "abort it"
    return Refusal(Code.ALREADY_RUNNING, text, f"One change at a time: wait for it, or {way} on its card.")


def passed(checks: Sequence[Check]) -> bool:
    """Whether preflight allows the deploy."""
    return all(check.passed for check in checks)


def recorded(history: Sequence[Deploy], version: str) -> Revision | None:
    """The newest record of how this version ran at the place. `history` is newest first."""
    for deploy in history:
        for revision in (deploy.rolled_out if deploy.whole_at else None, deploy.ran):
            if revision and revision.version == version and revision.restore:
                return revision
    return None


def last_known_good(history: Sequence[Deploy], current: str, place: Place, quarantined: Collection[str]) -> Revision:
    """What a rollback without a version returns to: the newest version that is known good.

    `history` is the place's ended deploys, newest first; `current` is the version that runs now; `quarantined` are
    versions that were rolled back and that nobody has lifted. The second newest revision, which `kubectl rollout undo`
    takes, would go back to the bad version when it is asked twice (kubernetes/website#6921).
    A version is known good when a deploy of it stood its watch window, or when it was found running and no deploy of
    ours has tried it since. Raises Refusal(NOTHING_TO_ROLL_BACK).
    """
    tried = {deploy.version for deploy in history if _tried(deploy)}
    for deploy in history:
        good = deploy.rolled_out if deploy.good_at else None
        found = deploy.ran if deploy.ran and deploy.ran.version not in tried else None
        for revision in (good, found):
            if revision and revision.restore and revision.version not in {current, *quarantined}:
                return revision
    raise Refusal(
        Code.NOTHING_TO_ROLL_BACK,
        f"I know of no other version of {code(place.service)} that is known good in {place.environment}.",
        f"Name one: {code(f'/rollback {place.service} {place.environment} <version>')}.",
    )


def _tried(deploy: Deploy) -> bool:
    """Whether it says anything about its version: not what never began, nor a return to it that served."""
    return deploy.rolled_out is not None and not (deploy.kind == Kind.ROLLBACK and deploy.whole_at)


def rollback_seconds(history: Sequence[Deploy]) -> float | None:
    """How long going back takes at a place: nine of ten were faster. None where nobody ever went back."""
    took = [
        (end - begin).total_seconds()
        for deploy in history
        for begin, end in (_way_back(deploy),)
        if begin is not None and end is not None
    ]
    return sorted(took)[math.ceil(0.9 * len(took)) - 1] if took else None


def _way_back(deploy: Deploy) -> tuple[datetime | None, datetime | None]:
    if deploy.state == State.ROLLED_BACK:
        return deploy.back_at, deploy.ended_at
    if deploy.kind == Kind.ROLLBACK:
        return deploy.started_at, deploy.whole_at
    return None, None


def approvals_needed(kind: Kind, known_good: bool, configured: int) -> int:
    """How many others must approve. Going back to what is known good needs nobody: it is proven, and somebody is
    in trouble; any other version is a decision like every deploy."""
    return 0 if kind == Kind.ROLLBACK and known_good else configured
