"""Whatever happens at a place, in whatever order: one changes it, it is theirs, and nobody waits for nothing."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import select

from bot.deploy.ledger import Also
from bot.deploy.model import ACTIVE, BEFORE, CHANGING, Deploy, Kind, State
from bot.durable import JSON
from bot.errors import Refusal
from bot.lock.claims import held_by
from bot.values import Place
from tests.databases import kinds, opened
from tests.deploy.conftest import Works, working
from tests.deploy.rows import revision, wanted
from tests.engine.workspace import open_office

WORSE: dict[str, JSON] = {"phase": "failed", "text": "it is worse", "trouble": None}
SOON = timedelta(days=1)
MANY = 5  # deploys at once, which is enough for every order, and quick

Rule = TypeVar("Rule", bound=Callable[..., Any])


def where(*states: State) -> Callable[[Rule], Rule]:
    """Only where there is a deploy in one of these states."""
    return precondition(lambda harbour: any(one.state in states for one in harbour.active))


class Harbour(RuleBasedStateMachine):
    """One place, and everything that can happen to its deploys. The engine's own steps do it."""

    works: Works
    runner: asyncio.Runner
    names = count()
    place = Place("api", "production")

    def __init__(self) -> None:
        super().__init__()
        self.active: list[Deploy] = []

    @initialize()
    def free(self) -> None:
        """What an earlier run has left there is over."""
        self.look()
        for one in self.active:
            self.become(one, State.CANCELLED)

    def do(self, what: Coroutine[Any, Any, object]) -> None:
        self.runner.run(what)
        self.look()

    def look(self) -> None:
        self.active = list(self.runner.run(self.works.ledger.active()))

    def become(self, deploy: Deploy, state: State, also: Also | None = None) -> None:
        assert deploy.id
        values = {} if also else {"state": state}
        self.do(self.works.ledger.change(deploy.id, ACTIVE, str(state), values, also=also))

    def one(self, data: st.DataObject, *states: State) -> Deploy:
        return data.draw(st.sampled_from([one for one in self.active if one.state in states]))

    def mine(self, data: st.DataObject, *states: State) -> tuple[int, int]:
        """One of these that a flow has taken over, with its epoch."""
        deploy = self.one(data, *states)
        assert deploy.id
        return deploy.id, self.runner.run(self.works.ledger.begin(deploy.id)).epoch

    @precondition(lambda harbour: len(harbour.active) < MANY)
    @rule(kind=st.sampled_from(["deploy", "rollback", "emergency", "now", "later"]))
    def ask(self, kind: str) -> None:
        urgent, now = kind in ("rollback", "emergency"), datetime.now(UTC)
        more: dict[str, Any] = {"before": revision("v0"), "after": revision("v1"), "approvals": 0}
        more |= {"not_before": now - SOON} if kind == "now" else {}
        more |= {"not_before": now + SOON} if kind == "later" else {}
        sort = Kind.ROLLBACK if kind == "rollback" else Kind.DEPLOY
        deploy = wanted(f"v1.{next(self.names)}", str(self.place), sort, **more)
        changing = [one.id for one in self.active if one.state in CHANGING]
        try:
            self.do(self.works.ledger.open(deploy, "", urgent=urgent))
        except Refusal:
            assert urgent
            assert changing, "nothing else keeps a rollback out"
        still = [one.id for one in self.active if one.state in CHANGING]
        assert still == changing, "nothing pushes in before what is changing"

    @where(State.PLANNED)
    @rule(data=st.data())
    def plan(self, data: st.DataObject) -> None:
        self.become(self.one(data, State.PLANNED), State.WAITING)

    @where(State.PLANNED, State.WAITING)
    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        self.become(self.one(data, State.PLANNED, State.WAITING), State.RUNNING, self.works.before.clear)

    @where(State.RUNNING)
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        self.do(self.works.before.still_holds(*self.mine(data, State.RUNNING)))

    @where(State.RUNNING)
    @rule(data=st.data())
    def plan_anew(self, data: st.DataObject) -> None:
        self.become(self.one(data, State.RUNNING), State.PLANNED)

    @where(State.SCHEDULED)
    @rule(data=st.data())
    def its_time_has_come(self, data: st.DataObject) -> None:
        number, epoch = self.mine(data, State.SCHEDULED)
        past = {"not_before": datetime.now(UTC) - timedelta(minutes=1)}
        self.do(self.works.ledger.change(number, [State.SCHEDULED], "", past))
        self.do(self.works.before.stands(number, epoch))

    @where(State.RUNNING)
    @rule(data=st.data())
    def serve(self, data: st.DataObject) -> None:
        self.do(self.works.ends.serves(*self.mine(data, State.RUNNING)))

    @where(State.WATCHING)
    @rule(data=st.data())
    def find_it_good(self, data: st.DataObject) -> None:
        self.do(self.works.ends.good(*self.mine(data, State.WATCHING)))

    @where(State.RUNNING, State.WATCHING)
    @rule(data=st.data())
    def turn_back(self, data: st.DataObject) -> None:
        self.do(self.works.ends.turn_back(*self.mine(data, State.RUNNING, State.WATCHING), WORSE))

    @where(State.ROLLING_BACK)
    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        self.do(self.works.ends.restored(*self.mine(data, State.ROLLING_BACK)))

    @where(*ACTIVE)
    @rule(data=st.data())
    def get_stuck(self, data: st.DataObject) -> None:
        self.do(self.works.ends.stuck(*self.mine(data, *ACTIVE), "nobody knows why"))

    @where(*BEFORE)
    @rule(data=st.data(), state=st.sampled_from([State.CANCELLED, State.REJECTED, State.EXPIRED, State.REFUSED]))
    def end_it_before_it_begins(self, data: st.DataObject, state: State) -> None:
        self.become(self.one(data, *BEFORE), state)

    @invariant()
    def one_changes_it_and_it_is_theirs(self) -> None:
        active, holder = self.active, self.runner.run(self.holder())
        assert len([one for one in active if one.state in CHANGING]) <= 1
        for one in active:
            mine = holder == one.subject
            if one.state in CHANGING:
                assert mine, "who changes a place holds it"
            elif one.state in (State.PLANNED, State.WAITING):
                assert mine or one.not_before, "who may be next holds it, unless it waits for its time anyway"
            else:
                assert not mine, f"{one.state} needs no place"
        assert holder in ("", *(one.subject for one in active))

    @invariant()
    def nobody_waits_for_nothing(self) -> None:
        if not self.runner.run(self.holder()):
            assert not any(one.state == State.QUEUED for one in self.active)

    async def holder(self) -> str:
        async with self.works.ledger.store.transaction() as rows:
            lock = await held_by(rows, str(self.place))
        return lock.holder if lock else ""

    def teardown(self) -> None:
        """What is over has ended once, and what is not, has not."""
        assert all((one.ended_at is None) == (one.state in ACTIVE) for one in self.runner.run(self.all()))

    async def all(self) -> list[Deploy]:
        async with self.works.ledger.store.reading() as rows:
            return list((await rows.exec(select(Deploy))).all())


@pytest.mark.timeout(240)
@pytest.mark.parametrize("kind", kinds())
def test_whatever_happens_one_changes_the_place_and_nobody_waits_for_nothing(kind: str, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def set_up() -> Works:
            store = await stack.enter_async_context(opened(kind, tmp_path))
            return await working(store, await stack.enter_async_context(open_office(tmp_path)), tmp_path)

        try:
            here = {"works": runner.run(set_up()), "runner": runner}
            # A failure is not made smaller: on a database that takes minutes, and a run is short enough to be read.
            often = settings(
                max_examples=20,
                stateful_step_count=25,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            run_state_machine_as_test(type("Here", (Harbour,), here), settings=often)
        finally:
            runner.run(stack.aclose())
