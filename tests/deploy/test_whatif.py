"""Replays: what stands in rows, who holds which role today, and a metrics backend that is spared."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import post
from bot.approval.model import Answer, Vote
from bot.blocks import Message
from bot.catalogue import Catalogue
from bot.deploy import whatif
from bot.deploy.ledger import Ledger
from bot.deploy.model import Deploy, State
from bot.deploy.terms import Terms
from bot.deploy.whatif import AT_ONCE, WhatIf
from bot.errors import Code, Refusal
from bot.lock.calendar import Calendar
from bot.metrics.measure import Measure
from bot.metrics.model import Gate, Metrics
from bot.values import Commit, Comparison, Series
from docs.sample_rows import NOON, planned
from tests.approval.stage import Stage, staged
from tests.engine.workspace import DEPLOYS

NOW = datetime.now(UTC)
SIGNALS = {name: {"query": name, "unit": unit} for name, unit in (("requests", "per_second"), ("errors", "ratio"))}
METRICS = Metrics.model_validate({"resolution": "10s", "signals": SIGNALS})
GATE = Gate.model_validate({"min_requests": 0, "limits": [{"signal": "errors", "above": 0.05, "for": "1m"}]})


@dataclass
class Backend:
    """Answers after a turn of the loop: half of the requests fail of `bad` ten minutes; counts what it is asked."""

    bad: tuple[datetime, datetime] | None = None
    busy: int = 0
    busiest: int = 0
    asked: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def range(self, query: str, start: datetime, end: datetime, step: float) -> list[Series]:
        self.asked, self.busy = self.asked + 1, self.busy + 1
        self.busiest = max(self.busiest, self.busy)
        self.begun.set()
        await self.go.wait()
        await asyncio.sleep(0)
        self.busy -= 1
        times = [start.timestamp() + step * number for number in range(int((end - start).total_seconds() / step) + 1)]
        return [Series(labels={}, points=tuple((at, self._value(query, at)) for at in times))]

    def _value(self, query: str, at: float) -> float:
        if query == "requests":
            return 10.0
        return 0.5 if self.bad and self.bad[0].timestamp() <= at <= self.bad[1].timestamp() else 0.0

    async def instant(self, query: str, at: datetime) -> list[Series]:
        return []

    async def close(self) -> None: ...


def terms(**production: Any) -> Terms:
    """One service in two environments; `production` is what is asked there."""
    target = {"target": {"type": "kubernetes"}, "labels": {"service": "api"}}
    environments = {"staging": target, "production": target | production}
    services = {"api": {"owner": "shop", "environments": environments}}
    return Terms(
        catalogue=Catalogue.model_validate({"services": services}),
        strategies={},
        gates={"strict": GATE},
        signals=METRICS.signals,
        calendar=Calendar(),
        expires_after=timedelta(hours=4),
        watch=timedelta(minutes=10),
        watch_major=timedelta(hours=2),
        waits_at_most=timedelta(hours=12),
        review_after=timedelta(hours=48),
        resolution=METRICS.resolution,
    )


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged("sqlite", tmp_path) as stage:
        yield stage


@pytest.fixture
def backend() -> Backend:
    backend = Backend()
    backend.go.set()
    return backend


def replay(stage: Stage, backend: Backend, **production: Any) -> WhatIf:
    ledger = Ledger(stage.store, stage.outbox, DEPLOYS)
    return WhatIf(ledger, terms(**production), Measure(backend, METRICS), stage.rights.people)


def ended(hours_ago: int, **more: Any) -> Deploy:
    """A deploy that served everywhere so many hours ago and was known good 10 minutes later."""
    whole = NOW - timedelta(hours=hours_ago)
    moved = {"whole_at": whole, "good_at": whole + timedelta(minutes=10), "ended_at": whole + timedelta(minutes=10)}
    begun = {"requested_at": whole - timedelta(minutes=9), "started_at": whole - timedelta(minutes=5)}
    return planned(State.SUCCEEDED, "rolling", **({"id": None} | moved | begun | more))


async def recorded(stage: Stage, *deploys: Deploy, by: tuple[str, ...] = ()) -> None:
    """Rows, and the yes of these people to each."""
    async with stage.store.transaction() as rows:
        for deploy in deploys:
            rows.add(deploy)
            await rows.flush()
            for person in by:
                yes = Vote(subject=deploy.subject, person=person, name=person, answer=Answer.APPROVE, at=NOON)
                rows.add(yes.sqlmodel_update({"plan": deploy.plan}))


async def answer(asked: WhatIf, gate: str = "") -> str:
    said: list[Message] = []

    async def tell(message: Message) -> None:
        said.append(message)

    await asked.test(gate, 30, tell)
    assert "Working through" in said[0].text
    assert len(said) == 2
    return said[-1].text


async def test_a_gate_finds_what_was_bad_then_and_nothing_else(stage: Stage, backend: Backend) -> None:
    bad = ended(5)
    assert bad.whole_at
    backend.bad = (bad.whole_at + timedelta(minutes=1), bad.whole_at + timedelta(minutes=8))
    await recorded(stage, ended(9), bad, ended(2))
    said = await answer(replay(stage, backend), "strict")
    assert "would have stopped 1 of the 3 that can be judged, 1 falsely" in said
    assert "#2 api" in said


async def test_the_backend_is_never_asked_too_much_at_once(stage: Stage, backend: Backend) -> None:
    await recorded(stage, *(ended(hours) for hours in range(1, 31)))
    assert "of the 30 that can be judged" in await answer(replay(stage, backend), "strict")
    assert backend.asked == 30 * 4, "two signals, each of then and of before"
    assert backend.busiest == AT_ONCE


async def test_one_replay_at_a_time(stage: Stage, backend: Backend) -> None:
    backend.go.clear()
    await recorded(stage, ended(1))
    asked = replay(stage, backend)
    first = asyncio.create_task(answer(asked, "strict"))
    await asyncio.wait_for(backend.begun.wait(), 5)
    with pytest.raises(Refusal) as no:
        await answer(asked, "strict")
    assert no.value.code == Code.ALREADY_RUNNING
    backend.go.set()
    assert "of the 1 that can be judged" in await first
    assert "of the 1 that can be judged" in await answer(asked, "strict")


async def test_what_there_is_no_time_for_is_not_judged(
    stage: Stage, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whatif, "PATIENCE", -1.0)
    await recorded(stage, ended(1), ended(2))
    said = await answer(replay(stage, backend), "strict")
    assert "2 can't be judged: the metrics backend answers too slowly" in said
    assert backend.asked == 0


async def test_a_gate_that_is_not_there_is_refused_with_those_that_are(stage: Stage, backend: Backend) -> None:
    with pytest.raises(Refusal) as no:
        await answer(replay(stage, backend), "strikt")
    assert (no.value.code, no.value.hint) == (Code.NOT_FOUND, "There are `strict`.")


async def test_roles_of_today_are_held_against_votes_of_then(stage: Stage, backend: Backend) -> None:
    await recorded(stage, ended(3), by=("U0ARI",))
    await recorded(stage, ended(2), by=("U0VIC",))
    await recorded(stage, ended(1, environment="staging"))
    quorum = {"count": 1, "roles": ["approver"]}
    said = await answer(replay(stage, backend, approvals=quorum))
    assert "would have asked more people about 2" in said
    assert "#2 api `v1.2` in production: somebody with the role approver" in said
    assert "#3 api `v1.2` in staging: 1 more" in said


async def test_who_wrote_it_does_not_count_where_that_is_asked(stage: Stage, backend: Backend) -> None:
    def by(email: str) -> dict[str, Any]:
        commits = (Commit(sha="4be1f0c2d9", title="x", author="y", emails=(email,)),)
        return {"comparison": Comparison(url="", total=1, commits=commits)}

    for email in ("ari@example.com", "cam@example.com"):
        deploy = ended(1)
        plan = planned(State.SUCCEEDED, "rolling", plan=by(email))
        deploy.proposal, deploy.plan = plan.proposal, plan.plan
        await recorded(stage, deploy, by=("U0ARI", "U0GONE"))
    said = await answer(replay(stage, backend, approvals={"count": 1, "no_coauthors": True}))
    assert "would have asked more people about 1" in said
    assert "#1 api `v1.2` in production: 1 more" in said


async def test_when_slack_can_not_say_who_is_in_a_group_nobody_is_counted(stage: Stage, backend: Backend) -> None:
    await recorded(stage, ended(1), by=("U0VIC",))
    await stage.office.people.fault("error", method="usergroups.users.list", error="missing_scope")
    said = await answer(replay(stage, backend, approvals={"count": 1, "roles": ["approver"]}))
    assert "so 1 are not counted" in said


async def test_proof_from_elsewhere_is_what_was_known_then(stage: Stage, backend: Backend) -> None:
    await recorded(stage, ended(9, environment="staging"), ended(5), ended(4, version="v1.3"))
    await recorded(stage, ended(2, environment="staging", version="v1.3"))
    policy = {"proven_in": {"environment": "staging", "for": "1h"}}
    said = await answer(replay(stage, backend, policy=policy))
    assert "*The policy* would have stopped 1, 1 falsely" in said
    assert "#3 api `v1.3` in production: not proven in staging" in said


async def test_what_is_not_configured_any_more_is_not_replayed(stage: Stage, backend: Backend) -> None:
    await recorded(stage, ended(1), ended(2, service="gone"), ended(3, environment="gone"))
    assert "would have stopped 0 of 1 deploy*" in await answer(replay(stage, backend))


async def test_a_named_deploy_is_a_link_to_its_card(stage: Stage, backend: Backend) -> None:
    await recorded(stage, ended(1))
    await stage.head("deploy:1")

    async def sent() -> dict[str, str]:
        async with stage.store.reading() as rows:
            return await post.links(rows, stage.office.slack, ["deploy:1"])

    links: dict[str, str] = await stage.office.dana.wait(sent)
    assert f"<{links['deploy:1']}|#1> api" in await answer(replay(stage, backend, approvals=1))
