"""The four keys of delivery: how often, how fast, how often it goes wrong, how soon it is mended. Pure.

The names are those of Accelerate (Forsgren, Humble, Kim: 2018); what counts as what is said at each of them.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from bot.deploy.model import Deploy, Kind, State
from bot.values import Place

FEW = 5  # of fewer nothing is said but their number
BY_HAND = timedelta(days=7)  # a version that somebody rolls back from within this had failed
WEEK = timedelta(days=7)


class Run(NamedTuple):
    """A deploy as the figures see it. `replaced` is the version that ran before it; `changed` says that something of
    the place was altered; `written_at` is when the first of its commits was written."""

    number: int
    place: Place
    kind: str
    state: str
    version: str
    replaced: str
    changed: bool
    requested_at: datetime
    started_at: datetime | None = None
    whole_at: datetime | None = None
    back_at: datetime | None = None
    ended_at: datetime | None = None
    written_at: datetime | None = None


class Spread(NamedTuple):
    """So many lengths of time, in seconds: half of them below `half`, nine of ten not longer than `most`."""

    number: int
    half: float = 0.0
    most: float = 0.0


class Share(NamedTuple):
    """So many of so many."""

    part: int
    whole: int


class Keys(NamedTuple):
    """The four keys, of what was measured over `length`.

    `weekly` counts deploys by week, the oldest whole week first. `serving` is from the request to the moment when the
    new version served everywhere; `lead` begins when the first commit was written, where that is known.
    """

    length: timedelta
    deploys: int
    weekly: tuple[int, ...]
    serving: Spread
    lead: Spread
    failed: Share
    restored: Spread


def run_of(deploy: Deploy) -> Run:
    """What the figures need of a row."""
    assert deploy.id is not None, "it has been recorded"
    return Run(
        number=deploy.id,
        place=deploy.place,
        kind=deploy.kind,
        state=deploy.state,
        version=deploy.version,
        replaced=deploy.ran.version if deploy.ran else "",
        changed=bool(deploy.after or deploy.migrated),
        requested_at=deploy.requested_at,
        started_at=deploy.started_at,
        whole_at=deploy.whole_at,
        back_at=deploy.back_at,
        ended_at=deploy.ended_at,
        written_at=_written(deploy),
    )


def keys(runs: Sequence[Run], since: datetime, now: datetime) -> Keys:
    """The four keys of these runs between `since` and `now`, in whatever order they come. Rollbacks are no deploys:
    they are how things are mended. What a clock got wrong, so that it ended before it began, is left out."""
    served = [run for run in runs if run.kind == Kind.DEPLOY and run.whole_at and since <= run.whole_at < now]
    return Keys(
        length=max(now - since, timedelta(0)),
        deploys=len(served),
        weekly=_weekly([run.whole_at for run in served if run.whole_at], since, now),
        serving=spread((run.requested_at, run.whole_at) for run in served),
        lead=spread((run.written_at, run.whole_at) for run in served),
        failed=_failed(runs, since, now),
        restored=spread(_mended(run, runs) for run in runs if run.ended_at and since <= run.ended_at < now),
    )


def grouped(runs: Iterable[Run], name: Callable[[Place], str]) -> dict[str, list[Run]]:
    """The runs by what `name` says of their place, by name."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(name(run.place), []).append(run)
    return dict(sorted(found.items()))


def failed(run: Run, runs: Iterable[Run]) -> bool:
    """Whether a deploy went wrong: it was rolled back, it failed, or somebody rolled back from it within a week."""
    return run.state in (State.ROLLED_BACK, State.FAILED) or undone(run, runs)


def undone(run: Run, runs: Iterable[Run]) -> bool:
    """Whether somebody rolled back by hand from what this deploy had rolled out, within a week."""
    if run.whole_at is None:
        return False
    return any(
        other.kind == Kind.ROLLBACK
        and other.place == run.place
        and other.replaced == run.version
        and other.whole_at is not None
        and timedelta(0) <= other.whole_at - run.whole_at <= BY_HAND
        for other in runs
    )


def spread(times: Iterable[tuple[datetime | None, datetime | None]]) -> Spread:
    """The middle and the upper end of these stretches of time; those without a beginning or an end, or with an end
    before the beginning, are left out."""
    seconds = sorted(
        (end - begin).total_seconds() for begin, end in times if begin is not None and end is not None and begin <= end
    )
    if not seconds:
        return Spread(0)
    return Spread(len(seconds), median(seconds), seconds[math.ceil(0.9 * len(seconds)) - 1])


def _failed(runs: Sequence[Run], since: datetime, now: datetime) -> Share:
    """How many went wrong, of those that began between the two, changed something and came to an end."""
    back = [run for run in runs if run.kind == Kind.ROLLBACK]
    whole = [
        run
        for run in runs
        if run.kind == Kind.DEPLOY and run.changed and run.ended_at and run.started_at and since <= run.started_at < now
    ]
    return Share(sum(failed(run, back) for run in whole), len(whole))


def _mended(run: Run, runs: Sequence[Run]) -> tuple[datetime | None, datetime | None]:
    """From when trouble was noticed to when the old version served again. Of a rollback by hand nobody knows when it
    was noticed: it counts from its request, or from the end of the failed deploy that it mends."""
    if run.state == State.ROLLED_BACK:
        return run.back_at, run.ended_at
    if run.kind == Kind.ROLLBACK and run.whole_at:
        before = [one for one in runs if one.place == run.place and one.ended_at and one.ended_at <= run.requested_at]
        last = max((one for one in before if one.changed), key=lambda one: (one.ended_at, one.number), default=None)
        if last and last.state == State.FAILED:
            return last.back_at or last.ended_at, run.whole_at
        return run.requested_at, run.whole_at
    return None, None


def _weekly(moments: Iterable[datetime], since: datetime, now: datetime) -> tuple[int, ...]:
    """How many of these lie in each whole week before `now`, the oldest first."""
    counts = [0] * max(0, (now - since) // WEEK)
    for at in moments:
        week = (now - at) // WEEK
        if week < len(counts):
            counts[-1 - week] += 1
    return tuple(counts)


def _written(deploy: Deploy) -> datetime | None:
    """When its first commit was written; None where not all commits are listed, or one does not say when."""
    found = deploy.proposed.comparison if deploy.proposed else None
    if found is None or not found.commits or len(found.commits) < found.total:
        return None
    times = [commit.at for commit in found.commits if commit.at]
    return min(times) if len(times) == len(found.commits) else None
