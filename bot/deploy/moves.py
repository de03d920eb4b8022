"""What a step does next: on, back, or wait. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bot.deploy.model import Deploy
from bot.deploy.strategy import Step
from bot.metrics.model import Gate, Outcome, Verdict


class Go(StrEnum):
    """Where a step goes from here. ASK: it waits, and a person is told that it waits for them."""

    ON = "on"
    BACK = "back"
    WAIT = "wait"
    ASK = "ask"


class Move(NamedTuple):
    """A decision with its reason (plain text)."""

    go: Go
    why: str = ""


def next_move(
    deploy: Deploy, step: Step, gate: Gate | None, verdict: Verdict | None, now: datetime, patience: timedelta
) -> Move:
    """What a step does now, by what people have said and what the gate says.

    Worse is worse, whether somebody has paused the rollout or not. A gate that can't decide waits for a person, who
    is asked when its time is over; want of data never counts as a pass. After `patience` without anybody it goes back.
    """
    since = deploy.step_at or now
    if verdict and verdict.outcome == Outcome.FAIL:
        return Move(Go.BACK, "the new version is worse")
    if deploy.promoted >= deploy.step:
        return Move(Go.ON, "promoted")
    if now - since >= patience:
        return Move(Go.BACK, "nobody decided whether to go on")
    if deploy.paused_by or now - since < step.pause:
        return Move(Go.WAIT)
    if step.manual:
        return Move(Go.ASK, "this step goes on when somebody promotes it")
    if gate is None or (verdict and verdict.outcome == Outcome.PASS):
        return Move(Go.ON, "the gate has passed" if gate else "the time is over")
    if now - since >= step.pause + gate.timeout or (verdict and verdict.outcome == Outcome.ERROR):
        return Move(Go.ASK, "the gate can't decide")
    return Move(Go.WAIT)


def window_over(verdict: Verdict | None, gate: Gate | None) -> Move:
    """What the end of the watch window means: known good, or for a person to say."""
    if gate is None or (verdict and verdict.outcome == Outcome.PASS):
        return Move(Go.ON)
    return Move(Go.ASK, "the watch window is over and the gate could not decide")
