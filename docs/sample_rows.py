"""The rows that the samples are made of: deploys, plans, verdicts, with fixed values."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.approval.model import Answer, Review, Vote
from bot.deploy.model import Deploy, Kind, State
from bot.deploy.proposal import Proposal
from bot.deploy.strategy import Strategy
from bot.metrics.model import Finding, Method, Outcome, Unit, Verdict
from bot.policy import Migration, Policy, Quorum
from bot.values import Check, Commit, Comparison, Phase, Progress, Revision, Trouble

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LINK = "https://harbour.example.com/archives/C0DEPLOYS/p1795176000000100"
LINKS = {"deploy:41": LINK}
BEHIND = f"<{LINK}|#40>"
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
    Check(name="proven", passed=True, text="known good in staging"),
]
LOCKED = Check(name="lock", passed=False, text="locked by Cam Lindqvist: db migration")

STEPS = [
    {"weight": 5, "pause": "2m", "gate": "standard"},
    {"weight": 25, "pause": "5m", "gate": "standard"},
    {"weight": 50, "pause": "5m", "gate": "standard", "manual": True},
]
STRATEGIES = {
    "rolling": Strategy.model_validate({"kind": "rolling", "watch": "after"}),
    "recreate": Strategy.model_validate({"kind": "recreate"}),
    "canary": Strategy.model_validate({"kind": "canary", "steps": STEPS, "watch": "after"}),
    "blue_green": Strategy.model_validate(
        {"kind": "blue_green", "steps": [{"weight": 0, "manual": True}], "warm": "15m", "watch": "after"}
    ),
}
MIGRATION = Migration(up=("alembic", "upgrade", "head"), down=("alembic", "downgrade", "-1"), reversible=True)
COMPARISON = Comparison(
    url="https://git.example.com/shop/api/compare/v1.1...v1.2",
    total=12,
    commits=(
        Commit(sha="4be1f0c2d9", title="Baskets remember their currency", author="Dana Ortiz"),
        Commit(sha="91c07ae553", title="Retry the payment provider once, and say so", author="Ari Novak"),
        Commit(sha="0d4d6b21fe", title="Drop the <legacy> price column & its index", author="Cam Lindqvist"),
    ),
)


def sample(state: State, **values: Any) -> Deploy:
    """A deploy of api v1.2 to production, asked for by Dana at noon."""
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
        "before": _revision("4", "v1.1"),
    }
    running = {"started_at": NOON + timedelta(minutes=1)} if state in RAN else {}
    ended = {"ended_at": NOON + timedelta(minutes=1, seconds=42)} if state in ENDED else {}
    return Deploy(**(known | running | ended | values))


ENDED = (State.SUCCEEDED, State.ROLLED_BACK, State.FAILED)
RAN = (State.RUNNING, State.WATCHING, State.ROLLING_BACK, *ENDED)


def _revision(number: str, version: str) -> dict[str, Any]:
    image = f"registry.example.com/shop/api:{version}"
    return Revision(id=number, version=version, image=image).model_dump(mode="json")


def planned(state: State, strategy: str = "canary", plan: dict[str, Any] | None = None, **values: Any) -> Deploy:
    """The same with a plan: 12 commits, a way back that was rehearsed; watched for ten minutes in the end."""
    proposal = Proposal(
        version="v1.2",
        digest="sha256:" + "c0ffee" * 10 + "c0de",
        live="4 registry.example.com/shop/api:v1.1",
        strategy=STRATEGIES[strategy],
        gates={},
        quorum=Quorum(),
        policy=Policy(),
        watch=600,
        difference=(
            "containers[api].image: registry.example.com/shop/api:v1.1 → registry.example.com/shop/api:v1.2",
            "metadata.annotations[kubernetes.io/change-cause]: deploy to v1.1 → deploy to v1.2",
        ),
        comparison=COMPARISON,
        rehearsal=(Check(name="image", passed=True, text="v1.1 can still be pulled"),),
        rollback=12,
    ).model_copy(update=plan or {})
    known: dict[str, Any] = {"strategy": strategy, "proposal": proposal.model_dump(mode="json"), "plan": proposal.hash}
    if state in RAN:
        known |= {"after": _revision("5", "v1.2"), "step_at": NOON + timedelta(minutes=3), "step": 1}
    if state == State.ROLLED_BACK:
        known |= {"back_at": NOON + timedelta(minutes=6), "ended_at": NOON + timedelta(minutes=6, seconds=12)}
    if state in (State.WATCHING, State.SUCCEEDED):
        whole = NOON + timedelta(minutes=15, seconds=20)
        known |= {"whole_at": whole, "watch_until": whole + timedelta(minutes=10), "step": 3}
    if state == State.SUCCEEDED:
        known |= {"good_at": NOON + timedelta(minutes=25), "ended_at": NOON + timedelta(minutes=25)}
    return sample(state, **(known | values))


YES = Vote(subject="deploy:41", person="U0ARI", name="Ari Novak", answer=Answer.APPROVE, at=NOON + timedelta(minutes=1))
NO = Vote(
    subject="deploy:41",
    person="U0ARI",
    name="Ari Novak",
    answer=Answer.REJECT,
    reason="The migration is not reviewed",
    at=NOON + timedelta(minutes=1),
)
REVIEW = Review(
    subject="deploy:41",
    place="api/production",
    channel="C0DEPLOYS",
    reason="checkout is down",
    person="U0DANA",
    name="Dana Ortiz",
    at=NOON,
    due_at=NOON + timedelta(days=2),
)

HALF = Progress(phase=Phase.WAITING, text="2 of 3 new replicas have been made", wanted=3, new=2, old=2, ready=1)
BESIDE = Progress(phase=Phase.DONE, text="the copy is ready", wanted=1, new=1, old=3, ready=1, weight=25)
COARSE = Progress(phase=Phase.DONE, text="2 replicas serve it", wanted=1, new=1, old=2, ready=1, weight=33.3)
MEASURED: dict[str, Any] = {
    "new": {"requests": 10.4, "errors": 0.048, "p50": 0.031, "p95": 0.12, "p99": 0.34, "cpu": None},
    "old": {"requests": 30.9, "errors": 0.002, "p50": 0.029, "p95": 0.11, "p99": 0.31, "cpu": 0.4},
    "units": {"requests": "per_second", "errors": "ratio", "p50": "seconds", "p95": "seconds", "p99": "seconds"},
}
WELL: dict[str, Any] = MEASURED | {"new": {"requests": 41.2, "errors": 0.002, "p50": 0.03, "p95": 0.11, "p99": 0.31}}

SLOW = Finding(
    signal="p99",
    kind="compare",
    outcome=Outcome.PASS,
    unit=Unit.SECONDS,
    method=Method.SHIFT,
    new=0.34,
    old=0.31,
    low=-0.04,
    change=0.02,
    high=0.09,
    least=-0.012,
    most=0.028,
    confidence=0.98,
    new_samples=30,
    old_samples=30,
)
WORSE = Finding(
    signal="errors",
    kind="compare",
    outcome=Outcome.FAIL,
    unit=Unit.RATIO,
    method=Method.COUNTS,
    new=0.048,
    old=0.002,
    low=11.0,
    change=23.0,
    high=40.0,
    least=0.022,
    most=0.07,
    confidence=0.98,
    new_samples=30,
    old_samples=30,
)
CROSSED = Finding(
    signal="errors",
    kind="limit",
    outcome=Outcome.FAIL,
    unit=Unit.RATIO,
    new=0.061,
    limit=0.05,
    since=NOON + timedelta(minutes=4),
    lasting=125,
)
FEW = Finding(signal="requests", kind="requests", outcome=Outcome.INCONCLUSIVE, new=60, limit=100, missing_requests=40)
PASSED = Verdict(outcome=Outcome.PASS, findings=(SLOW,), at=NOON + timedelta(minutes=8))
FAILED = Verdict(outcome=Outcome.FAIL, findings=(WORSE, CROSSED, SLOW), at=NOON + timedelta(minutes=6))
UNCLEAR = Verdict(outcome=Outcome.INCONCLUSIVE, findings=(FEW, SLOW), at=NOON + timedelta(minutes=4), seconds=180)


def dumped(value: Progress | Verdict) -> dict[str, Any]:
    """As it stands in a row."""
    return value.model_dump(mode="json")
