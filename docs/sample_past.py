"""Samples of what is looked up: what a deploy would change, the four keys, today's rules over the past."""

from collections.abc import Callable
from datetime import timedelta

from bot.blocks import Message
from bot.deploy.figures import stats
from bot.deploy.model import State
from bot.deploy.planned import preview
from bot.deploy.replay import Answer, Case, Said, Truth
from bot.deploy.replayed import replayed, working
from bot.deploy.stats import Run
from bot.values import Place
from docs.sample_rows import FAILED, LINKS, NOON, planned

MONTH = timedelta(days=28)
BAD = (4, 17)


def _run(service: str, number: int) -> Run:
    """A deploy every 18 hours, each a bit slower than the one before."""
    asked = NOON - number * timedelta(hours=18)
    begun, minutes = asked + timedelta(minutes=6), timedelta(minutes=9 + number % 7)
    state = State.ROLLED_BACK if number in BAD else State.SUCCEEDED
    back = begun + timedelta(minutes=3) if number in BAD else None
    return Run(
        number=number,
        place=Place(service, "production"),
        kind="deploy",
        state=state,
        version=f"v1.{number}",
        replaced=f"v1.{number + 1}",
        changed=True,
        requested_at=asked,
        started_at=begun,
        whole_at=None if back else asked + minutes,
        back_at=back,
        ended_at=back + timedelta(seconds=41) if back else asked + minutes + timedelta(minutes=30),
        written_at=asked - timedelta(hours=3 + number % 20),
    )


def _cases() -> list[Case]:
    """A gate that would have stopped a bad one and a good one, and some that nobody can judge."""
    stopped = Answer(Said.STOPPED, NOON + timedelta(minutes=4), FAILED)
    silent = Answer(Said.NO_DATA, why="the metrics of that time are not there")
    good = [Case(planned(State.SUCCEEDED, id=number), Truth.GOOD, Answer(Said.PASSED)) for number in range(10, 36)]
    return [
        Case(planned(State.ROLLED_BACK), Truth.BAD, stopped),
        Case(planned(State.SUCCEEDED, id=40), Truth.GOOD, stopped, (), ("1 more",)),
        Case(planned(State.ROLLED_BACK, id=39), Truth.BAD, Answer(Said.PASSED)),
        Case(planned(State.SUCCEEDED, id=38), Truth.GOOD, silent, ("frozen: release week",)),
        *good,
    ]


PAST: dict[str, Callable[[], Message]] = {
    "What a deploy would change": lambda: preview(
        planned(State.PLANNED, id=None).sqlmodel_update({"plan": ""}), "/deploy api v1.2 production"
    ),
    "Stats": lambda: stats(
        "",
        [*(_run("api", number) for number in range(1, 31)), *(_run("web", number) for number in range(1, 9))],
        NOON - MONTH,
        NOON,
    ),
    "Stats: too few to say": lambda: stats("web", [_run("web", 1), _run("web", 4)], NOON - MONTH, NOON),
    "Policy test: it takes a while": lambda: working(30, 30),
    "Policy test": lambda: replayed(_cases(), 30, LINKS, "standard"),
}
