"""The card of a deploy, in every state and with every strategy."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from bot.blocks import Message
from bot.deploy.model import Kind, State
from bot.deploy.views import card
from docs.sample_rows import (
    BEHIND,
    BESIDE,
    COARSE,
    FAILED,
    HALF,
    LOCKED,
    MEASURED,
    MIGRATION,
    NO,
    NOON,
    PASSED,
    REVIEW,
    UNCLEAR,
    WELL,
    YES,
    dumped,
    planned,
    sample,
)

STEP: dict[str, Any] = {"progress": dumped(BESIDE), "measured": MEASURED, "verdict": dumped(UNCLEAR)}
EMERGENCY = "checkout is down, 5xx for every third customer"

CARDS: dict[str, Callable[[], Message]] = {
    "Card: looking at what runs": lambda: card(sample(State.PLANNED, before=None, checks=[])),
    "Card: queued": lambda: card(sample(State.QUEUED, before=None, checks=[]), queue=2, behind=BEHIND),
    "Card: waiting for approval": lambda: card(planned(State.WAITING, "rolling")),
    "Card: waiting for approval, a canary with a migration": lambda: card(
        planned(State.WAITING, plan={"migration": MIGRATION}, major=True)
    ),
    "Card: scheduled": lambda: card(
        planned(State.SCHEDULED, not_before=NOON + timedelta(hours=8), not_after=NOON + timedelta(hours=10)), [YES]
    ),
    "Card: scheduled for a window": lambda: card(
        planned(State.SCHEDULED, plan={"window": "weekdays 20:00-22:00 Europe/Berlin"}, in_window=True), [YES]
    ),
    "Card: rolling out": lambda: card(planned(State.RUNNING, "rolling", progress=dumped(HALF)), [YES]),
    "Card: rolling out, the target does not answer": lambda: card(
        sample(State.RUNNING, progress=dumped(HALF), silent_since=NOON + timedelta(minutes=2)), [YES]
    ),
    "Card: resumed": lambda: card(sample(State.RUNNING, resumed_at=NOON + timedelta(minutes=2)), [YES]),
    "Card: migrating": lambda: card(planned(State.RUNNING, plan={"migration": MIGRATION}, after=None, step=0), [YES]),
    "Card: a canary's step": lambda: card(planned(State.RUNNING, **STEP), [YES]),
    "Card: a canary's step, traffic in whole replicas": lambda: card(
        planned(State.RUNNING, **(STEP | {"progress": dumped(COARSE), "step": 0})), [YES]
    ),
    "Card: a canary waits for somebody to promote it": lambda: card(
        planned(State.RUNNING, step=2, progress=dumped(BESIDE), measured=WELL, verdict=dumped(PASSED)), [YES]
    ),
    "Card: a canary, paused": lambda: card(planned(State.RUNNING, paused_by="Cam Lindqvist", **STEP), [YES]),
    "Card: blue beside green": lambda: card(
        planned(State.RUNNING, "blue_green", step=0, progress=dumped(BESIDE.model_copy(update={"weight": 0.0}))), [YES]
    ),
    "Card: all at once": lambda: card(planned(State.RUNNING, "recreate", progress=dumped(HALF)), [YES]),
    "Card: watched": lambda: card(planned(State.WATCHING, measured=WELL, verdict=dumped(UNCLEAR)), [YES]),
    "Card: done": lambda: card(planned(State.SUCCEEDED, "rolling"), [YES], newest=True),
    "Card: done, but never known good": lambda: card(
        planned(State.SUCCEEDED, good_at=None, reason="deploy #43 took its place before it was known good."), [YES]
    ),
    "Card: going back": lambda: card(
        planned(State.ROLLING_BACK, reason="the new version is worse", progress=dumped(HALF), verdict=dumped(FAILED)),
        [YES],
    ),
    "Card: rolled back": lambda: card(
        planned(State.ROLLED_BACK, reason="the new version is worse", verdict=dumped(FAILED)), [YES]
    ),
    "Card: needs a person": lambda: card(
        sample(State.FAILED, reason="going back failed: cluster does not answer."), [YES]
    ),
    "Card: an emergency": lambda: card(
        planned(State.RUNNING, "rolling", emergency=EMERGENCY, progress=dumped(HALF)), review=REVIEW
    ),
    "Card: not started": lambda: card(
        sample(State.REFUSED, checks=[LOCKED.model_dump(mode="json")], reason="locked by Cam Lindqvist: db migration.")
    ),
    "Card: rejected": lambda: card(
        sample(State.REJECTED, reason="Ari Novak said no: The migration is not reviewed."), [NO]
    ),
    "Card: expired": lambda: card(sample(State.EXPIRED, reason="nobody decided in time.")),
    "Card: cancelled": lambda: card(sample(State.CANCELLED, reason="Dana Ortiz cancelled it.")),
    "Card: a rollback, waiting": lambda: card(sample(State.WAITING, kind=Kind.ROLLBACK, version="v1.0")),
}
