"""One message of each kind, with fixed values: the gallery shows them, and the tests of the views hold them still."""

from collections.abc import Callable
from datetime import timedelta

from bot.answers import broken, refused, unavailable
from bot.approval.review_views import sign_form
from bot.approval.views import reject_form
from bot.blocks import Block, Message
from bot.catalogue import Catalogue
from bot.deploy.desk import Desk, home
from bot.deploy.lists import accepted, form, history, queue, status
from bot.deploy.model import Quarantine, State
from bot.deploy.quarantined import lifted, quarantine
from bot.deploy.rules import one_at_a_time
from bot.deploy.views import what
from bot.errors import Code, Refusal, Unavailable
from bot.help import manual
from bot.people.model import Right
from bot.people.views import denied, who_has_it
from bot.values import Person, Place
from commands import deploy as deploy_command
from docs.sample_cards import CARDS
from docs.sample_locks import LOCKS
from docs.sample_past import PAST
from docs.sample_rows import LINK, LINKS, NOON, REVIEW, planned, sample
from docs.sample_threads import APPROVALS, PLANS, THREADS

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

WAITING = [
    sample(State.QUEUED, id=42, version="v1.3", before=None),
    sample(State.QUEUED, id=44, version="v1.4", before=None, requested_name="Ari Novak"),
    sample(State.SCHEDULED, id=45, service="web", version="v7", before=None, not_before=NOON + timedelta(hours=8)),
]

MESSAGES: dict[str, Callable[[], Message]] = {
    **CARDS,
    **PLANS,
    **APPROVALS,
    **THREADS,
    "Accepted elsewhere": lambda: accepted(sample(State.PLANNED)),
    "Status": lambda: status([sample(State.WAITING)], LINKS),
    "Status: a canary, a queue, something for tonight, a review": lambda: status(
        [planned(State.RUNNING), *WAITING], LINKS, [REVIEW]
    ),
    "Status: nothing": lambda: status([], {}),
    "Queue": lambda: queue([planned(State.RUNNING), *WAITING], LINKS),
    "Queue: nothing": lambda: queue([sample(State.RUNNING)], LINKS),
    "History": lambda: history("api", [planned(State.SUCCEEDED), sample(State.ROLLED_BACK)], LINKS),
    **PAST,
    "Quarantine": lambda: quarantine("api", [_bad()], LINKS),
    "Quarantine: let out": lambda: lifted(_bad()),
    "Help": lambda: manual(deploy_command),
    **LOCKS,
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
DESK = Desk(
    active=[planned(State.RUNNING), planned(State.WATCHING, "rolling", id=39, service="web"), *WAITING],
    recent=[planned(State.SUCCEEDED, id=38)],
    votes=[sample(State.WAITING, id=43)],
    steps=[planned(State.RUNNING, id=37, paused_by="U0DANA")],
    reviews=[REVIEW],
)
VIEWS: dict[str, Callable[[], Block]] = {
    "Form: deploy": lambda: form(CATALOGUE, "api", "production", "C0DEPLOYS"),
    "Form: reject": lambda: reject_form(what(sample(State.WAITING)), "41"),
    "Form: sign": lambda: sign_form(REVIEW),
    "Home": lambda: {
        "type": "home",
        "blocks": home(DESK, LINKS),
    },
}


def _bad() -> Quarantine:
    return Quarantine(
        service="api",
        version="v1.3-bad",
        image="registry.example.com/shop/api:v1.3-bad",
        subject="deploy:41",
        reason="the new version is worse",
        at=NOON,
        lifted_at=NOON + timedelta(hours=2),
        lifted_name="Cam Lindqvist",
        lifted_reason="the load generator was broken, not the version",
    )
