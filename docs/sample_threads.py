"""The lines in the thread of a deploy: the plan, the requests, what was reached, broken and mended."""

from collections.abc import Callable
from datetime import timedelta

from bot.approval.model import Tick
from bot.approval.review_views import emergency, reminder, signed
from bot.approval.views import approval_request, decided, escalation, nag, voided
from bot.blocks import Message
from bot.deploy import views
from bot.deploy.model import State
from bot.deploy.views import what
from bot.metrics.model import Evidence, Observed, Outcome, Unit
from bot.policy import Quorum
from bot.values import Check, JobLook, Phase
from docs.sample_rows import (
    BEHIND,
    CROSSED,
    FAILED,
    LOCKED,
    MIGRATION,
    NO,
    NOON,
    PASSED,
    PREFLIGHT,
    REVIEW,
    TROUBLE,
    UNCLEAR,
    YES,
    dumped,
    planned,
    sample,
)

UNTIL = NOON + timedelta(hours=4)
PINGED = ["<!subteam^S0APPROVE>"]
STRICT = Quorum(count=2, teams=2, roles=("commander",), no_coauthors=True)
CHECKLIST = ("The dashboards are open", "The customer desk knows")
TICK = Tick(item=CHECKLIST[0], person="U0ARI", name="Ari Novak", at=NOON)
SIGNED = {"signed_by": "U0ARI", "signed_name": "Ari Novak", "signed_at": NOON + timedelta(hours=3), "note": "all well"}
LOG = ("INFO  running upgrade 41f0 -> 52aa, add currency", "INFO  done in 3.2 s")
BACK = Evidence(
    at=NOON,
    since=NOON,
    resolution=10,
    signals={
        "errors": Observed(new=((0, 0.002), (10, 0.003), (20, None)), before=((0, 0.002), (10, 0.001))),
        "p95": Observed(new=((0, 0.081), (10, 0.084)), before=((0, 0.08), (10, 0.083))),
    },
)
UNITS = {"errors": Unit.RATIO, "p95": Unit.SECONDS}
FINE = PASSED.model_copy(
    update={
        "findings": (
            CROSSED.model_copy(update={"outcome": Outcome.PASS, "new": 0.002, "since": None, "lasting": None}),
        )
    }
)
WAITING = what(sample(State.WAITING))
PLAIN = {"comparison": None, "unknown": "the forge did not answer in time", "rollback": None, "rehearsal": ()}

PLANS: dict[str, Callable[[], Message]] = {
    "Plan: a canary": lambda: views.plan_message(planned(State.WAITING)),
    "Plan: blue beside green, with a migration": lambda: views.plan_message(
        planned(State.WAITING, "blue_green", {"migration": MIGRATION.model_copy(update={"reversible": False})})
    ),
    "Plan: little is known": lambda: views.plan_message(planned(State.WAITING, "rolling", PLAIN)),
    "Plan: what stands in its way": lambda: views.plan_message(
        sample(State.REFUSED, checks=[check.model_dump(mode="json") for check in (*PREFLIGHT[:3], LOCKED)])
    ),
    "Plan: there would be no way back": lambda: views.plan_message(
        planned(
            State.WAITING,
            "recreate",
            {"rehearsal": (Check(name="image", passed=False, text="v1.1 is no longer in the registry"),)},
        )
    ),
}

APPROVALS: dict[str, Callable[[], Message]] = {
    "Approval request": lambda: approval_request(WAITING, 41, "", Quorum(), [], [], UNTIL, PINGED),
    "Approval request: much is asked, one has said yes": lambda: approval_request(
        WAITING,
        41,
        "",
        STRICT,
        ["1 more", "somebody with the role commander"],
        [YES],
        UNTIL,
        PINGED,
        checklist=CHECKLIST,
        ticks=[TICK],
    ),
    "Approval: reminder": lambda: nag(WAITING, ["1 more"], PINGED, UNTIL),
    "Approval: others are asked": lambda: escalation(WAITING, ["1 more"], PINGED, NOON, UNTIL),
    "Approvals are void": lambda: voided(["what runs there: 4 shop/api:v1.1 → 5 shop/api:v1.1.1"], [YES]),
    "Approved": lambda: decided(what(sample(State.RUNNING)), "*Approved*", [YES]),
    "Rejected": lambda: decided(what(sample(State.REJECTED)), "*Rejected*", [NO]),
    "Emergency: to be signed": lambda: emergency(REVIEW),
    "Emergency: reminder": lambda: reminder(REVIEW, PINGED),
    "Emergency: signed": lambda: signed(REVIEW.model_copy(update=SIGNED)),
}

THREADS: dict[str, Callable[[], Message]] = {
    "Thread: queued": lambda: views.queued(sample(State.QUEUED, before=None), 2, BEHIND),
    "Thread: its turn": lambda: views.turn(sample(State.PLANNED, before=None)),
    "Thread: scheduled": lambda: views.scheduled(planned(State.SCHEDULED, not_before=NOON + timedelta(hours=8))),
    "Thread: not started after all": lambda: views.not_started(
        sample(State.REFUSED, reason="what runs there has changed since the plan, from v1.1 to v1.15: ask again")
    ),
    "Thread: migrated": lambda: views.migration_log(
        planned(State.RUNNING), "up", JobLook(phase=Phase.DONE, text="migrate-up succeeded", log=LOG)
    ),
    "Thread: step reached": lambda: views.step_reached(planned(State.RUNNING)),
    "Thread: a gate has passed": lambda: views.gate_said(planned(State.RUNNING), PASSED, "the gate has passed"),
    "Thread: a gate did not decide": lambda: views.gate_said(planned(State.RUNNING), UNCLEAR, "promoted"),
    "Thread: waits for a person": lambda: views.asks(planned(State.RUNNING), "the gate can't decide", UNCLEAR),
    "Thread: paused": lambda: views.paused(planned(State.RUNNING, paused_by="Cam Lindqvist")),
    "Thread: goes on": lambda: views.unpaused(planned(State.RUNNING), "Cam Lindqvist"),
    "Thread: promoted": lambda: views.promoted(planned(State.RUNNING), "Cam Lindqvist"),
    "Thread: resumed": lambda: views.resumed(sample(State.RUNNING), NOON + timedelta(minutes=2)),
    "Thread: serves": lambda: views.served(planned(State.WATCHING)),
    "Thread: known good": lambda: views.known_good(planned(State.SUCCEEDED)),
    "Thread: done": lambda: views.finished(sample(State.SUCCEEDED)),
    "Thread: superseded": lambda: views.superseded(
        planned(State.SUCCEEDED), sample(State.RUNNING, id=43, version="v1.3")
    ),
    "Thread: failed, with evidence": lambda: views.alert(
        sample(State.ROLLING_BACK, version="v1.3-bad", reason="the image can't be pulled."), TROUBLE
    ),
    "Thread: worse, with evidence": lambda: views.alert(
        planned(State.ROLLING_BACK, reason="the new version is worse", verdict=dumped(FAILED)), None
    ),
    "Thread: the way back needs a person": lambda: views.way_back(
        planned(State.WATCHING, plan={"migration": MIGRATION}), "the new version is worse"
    ),
    "Thread: rolled back": lambda: views.rolled_back(planned(State.ROLLED_BACK)),
    "Thread: back to normal": lambda: views.back_to_normal(planned(State.ROLLED_BACK), FINE, BACK, UNITS),
    "Thread: back, and still not well": lambda: views.back_to_normal(
        planned(State.ROLLED_BACK), FAILED.model_copy(update={"findings": (CROSSED,)}), BACK, UNITS
    ),
    "Thread: nobody can tell whether it is back to normal": lambda: views.not_measured("no gate has limits to go by"),
    "Thread: needs a person": lambda: views.stuck(
        sample(State.FAILED, reason="going back failed: cluster does not answer.")
    ),
}
