"""When a request that nobody decides is said again, when somebody else is asked, and when it is over. Pure."""

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.policy import Quorum


class Due(StrEnum):
    """What is to be done now."""

    WAIT = "wait"
    NAG = "nag"
    ESCALATE = "escalate"
    EXPIRE = "expire"


class Next(NamedTuple):
    """What to do now, and when to look again once it is done; None where nothing follows."""

    due: Due
    again_at: datetime | None


def next_step(
    quorum: Quorum, asked_at: datetime, expires_at: datetime, now: datetime, done: Collection[Due] = ()
) -> Next:
    """The next thing to do about a pending request, of which NAG and ESCALATE may be in `done` already.

    A reminder that would come with the escalation or after it is left out: the escalation says it all. Nobody is
    asked when the request is over at that moment.
    """
    escalates = bool(quorum.escalate_to) and Due.ESCALATE not in done
    nags = not {Due.NAG, Due.ESCALATE} & set(done)
    moments = [
        *([(asked_at + quorum.escalate_after, Due.ESCALATE)] if escalates else []),
        *([(asked_at + quorum.nag_after, Due.NAG)] if nags else []),
    ]
    if now >= expires_at:
        return Next(Due.EXPIRE, None)
    due = next((what for at, what in moments if at <= now), Due.WAIT)
    later = [at for at, what in moments if at > now and due != Due.ESCALATE]
    return Next(due, min([*later, expires_at]))
