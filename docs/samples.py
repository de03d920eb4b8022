"""One message of each kind, with fixed values: the gallery shows them, and the tests of the views hold them still."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.answers import broken, refused, unavailable
from bot.approval.model import Answer, Vote
from bot.approval.views import approval_request, decided, reject_form
from bot.blocks import Block, Message
from bot.catalogue import Catalogue
from bot.deploy.lists import accepted, form, history, home, status
from bot.deploy.model import Deploy, Kind, State
from bot.deploy.rules import one_at_a_time
from bot.deploy.views import alert, card, finished, not_started, resumed, rolled_back, stuck, what
from bot.errors import Code, Refusal, Unavailable
from bot.help import manual
from bot.lock.model import Lock
from bot.lock.views import locked, unlocked
from bot.people.model import Right
from bot.people.views import denied, who_has_it
from bot.values import Check, Person, Phase, Place, Progress, Revision, Trouble
from commands import deploy as deploy_command

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LINK = "https://harbour.example.com/archives/C0DEPLOYS/p1795176000000100"
TROUBLE = Trouble(
    reason="ErrImagePull",
    message='rpc error: code = NotFound desc = "registry.example.com/shop/api:v1.3-bad": not found',
    pod="api-6d5f9c7b88-x2x9k",
    container="api",
    log=("starting api v1.3-bad", "reading config from /etc/api", "panic: DATABASE_URL is not set"),
)
PREFLIGHT = [
    Check(name="exists", passed=True, text="api in shop-production, the cluster"),
    Check(name="version", passed=True, text="runs v1.1"),
    Check(name="permission", passed=True, text="the API server accepts a dry run of the change"),
    Check(name="lock", passed=True, text="not locked"),
    Check(name="queue", passed=True, text="no other deploy is running there"),
]
LOCKED = Check(name="lock", passed=False, text="locked by Cam Lindqvist: db migration")


def sample(state: State, **values: Any) -> Deploy:
    """A deploy of api v1.2 to production, asked for by Dana at noon."""
    revision = Revision(id="4", version="v1.1", image="registry.example.com/shop/api:v1.1")
    known: dict[str, Any] = {
        "id": 41,
        "kind": Kind.DEPLOY,
        "service": "api",
        "environment": "production",
        "version": "v1.2",
        "strategy": "rolling",
        "state": state,
        "channel": "C0DEPLOYS",
        "requested_by": "U0DANA",
        "requested_name": "Dana Ortiz",
        "requested_at": NOON,
        "approvals": 1,
        "expires_at": NOON + timedelta(hours=4),
        "replicas": 3,
        "checks": [check.model_dump(mode="json") for check in PREFLIGHT],
        "before": revision.model_dump(mode="json"),
    }
    running = {"started_at": NOON + timedelta(minutes=1)} if state in RAN else {}
    ended = {"ended_at": NOON + timedelta(minutes=1, seconds=42)} if state in ENDED else {}
    return Deploy(**(known | running | ended | values))


ENDED = (State.SUCCEEDED, State.ROLLED_BACK, State.FAILED)
RAN = (State.RUNNING, State.ROLLING_BACK, *ENDED)
YES = Vote(subject="deploy:41", person="U0ARI", name="Ari Novak", answer=Answer.APPROVE, at=NOON + timedelta(minutes=1))
NO = Vote(
    subject="deploy:41",
    person="U0ARI",
    name="Ari Novak",
    answer=Answer.REJECT,
    reason="The migration is not reviewed",
    at=NOON + timedelta(minutes=1),
)
HALF = Progress(phase=Phase.WAITING, text="2 of 3 new replicas have been made", wanted=3, new=2, old=2, ready=1)
CATALOGUE = Catalogue.model_validate(
    {
        "services": {
            name: {
                "owner": "shop",
                "environments": {env: {"target": {"type": "kubernetes"}} for env in ("staging", "production")},
            }
            for name in ("api", "web")
        }
    }
)

MESSAGES: dict[str, Callable[[], Message]] = {
    "Card: looking at what runs": lambda: card(sample(State.PLANNED, before=None, checks=[])),
    "Card: waiting for approval": lambda: card(sample(State.WAITING)),
    "Card: rolling out": lambda: card(sample(State.RUNNING, progress=HALF.model_dump(mode="json")), [YES]),
    "Card: rolling out, the target does not answer": lambda: card(
        sample(State.RUNNING, progress=HALF.model_dump(mode="json"), silent_since=NOON + timedelta(minutes=2)), [YES]
    ),
    "Card: resumed": lambda: card(sample(State.RUNNING, resumed_at=NOON + timedelta(minutes=2)), [YES]),
    "Card: done": lambda: card(sample(State.SUCCEEDED), [YES]),
    "Card: going back": lambda: card(
        sample(State.ROLLING_BACK, reason="the image can't be pulled", progress=HALF.model_dump(mode="json")), [YES]
    ),
    "Card: rolled back": lambda: card(sample(State.ROLLED_BACK, reason="the image can't be pulled."), [YES]),
    "Card: needs a person": lambda: card(
        sample(State.FAILED, reason="going back failed: cluster does not answer."), [YES]
    ),
    "Card: not started": lambda: card(
        sample(State.REFUSED, checks=[LOCKED.model_dump(mode="json")], reason="locked by Cam Lindqvist: db migration.")
    ),
    "Card: rejected": lambda: card(
        sample(State.REJECTED, reason="Ari Novak said no: The migration is not reviewed."), [NO]
    ),
    "Card: a rollback, waiting": lambda: card(sample(State.WAITING, kind=Kind.ROLLBACK, version="v1.0")),
    "Approval request": lambda: approval_request(
        what(sample(State.WAITING)), "41", 1, [], NOON + timedelta(hours=4), ["<!subteam^S0APPROVE>"]
    ),
    "Approval request: one of two has said yes": lambda: approval_request(
        what(sample(State.WAITING)), "41", 2, [YES], NOON + timedelta(hours=4), ["<!subteam^S0APPROVE>"]
    ),
    "Approved": lambda: decided(what(sample(State.RUNNING)), "*Approved*", [YES]),
    "Rejected": lambda: decided(what(sample(State.REJECTED)), "*Rejected*", [NO]),
    "Thread: done": lambda: finished(sample(State.SUCCEEDED)),
    "Thread: failed, with evidence": lambda: alert(
        sample(State.ROLLING_BACK, version="v1.3-bad", reason="the image can't be pulled."), TROUBLE
    ),
    "Thread: rolled back": lambda: rolled_back(sample(State.ROLLED_BACK)),
    "Thread: needs a person": lambda: stuck(sample(State.FAILED, reason="going back failed: cluster does not answer.")),
    "Thread: not started after all": lambda: not_started(
        sample(State.REFUSED, reason="what runs there has changed since the plan, from v1.1 to v1.15: ask again")
    ),
    "Thread: resumed": lambda: resumed(sample(State.RUNNING), NOON + timedelta(minutes=2)),
    "Accepted elsewhere": lambda: accepted(sample(State.PLANNED)),
    "Status": lambda: status([sample(State.WAITING)], {"deploy:41": LINK}),
    "Status: nothing": lambda: status([], {}),
    "History": lambda: history("api", [sample(State.SUCCEEDED), sample(State.ROLLED_BACK)], {"deploy:41": LINK}),
    "Help": lambda: manual(deploy_command),
    "Locked": lambda: locked(_lock()),
    "Unlocked": lambda: unlocked(_lock(), "Dana Ortiz"),
    "Refused: one at a time": lambda: refused(one_at_a_time(sample(State.WAITING), LINK)),
    "Refused: a role is missing": lambda: refused(
        Refusal(
            Code.PERMISSION_DENIED,
            denied(Right.DEPLOY_APPROVE, Place("api", "production"), ["approver"]),
            who_has_it([Person(id="U0ARI", name="Ari Novak")], ["approver"]),
        )
    ),
    "Somebody else's system does not answer": lambda: unavailable(Unavailable("Slack", "timed out")),
    "A bug": lambda: broken("3f9a1c2b7d11"),
}
VIEWS: dict[str, Callable[[], Block]] = {
    "Form: deploy": lambda: form(CATALOGUE, "api", "production", "C0DEPLOYS"),
    "Form: reject": lambda: reject_form(what(sample(State.WAITING)), "41"),
    "Home": lambda: {
        "type": "home",
        "blocks": home(
            [sample(State.RUNNING)], [sample(State.WAITING)], [sample(State.SUCCEEDED)], {"deploy:41": LINK}
        ),
    },
}


def _lock() -> Lock:
    return Lock(place="api/production", reason="db migration", holder="U0CAM", name="Cam Lindqvist", at=NOON)
