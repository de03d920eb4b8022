"""Whatever happens at a place, in whatever order: one changes it, it is theirs, and nobody waits for nothing."""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
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
T = TypeVar("T")


class Harbour(RuleBasedStateMachine):
    """One place, and everything that can happen to its deploys. The engine's own steps do it."""

    works: Works
    runner: asyncio.Runner
    names = count()

    place = Place("api", "production")

    @initialize()
    def free(self) -> None:
        """What an earlier run has left there is over."""
        for one in self.deploys():
            self.become(one, State.CANCELLED)

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(what)

    def deploys(self, *states: State) -> list[Deploy]:
        """The deploys in these states, or all that are not over, oldest first."""
        return [one for one in self.do(self.works.ledger.active()) if not states or one.state in states]

    def become(self, deploy: Deploy, state: State, also: Also | None = None) -> None:
        assert deploy.id
        values = {} if also else {"state": state}
        self.do(self.works.ledger.change(deploy.id, ACTIVE, str(state), values, also=also))

    def some(self, data: st.DataObject, *states: State) -> Deploy | None:
        found = self.deploys(*states)
        return data.draw(st.sampled_from(found)) if found else None

    def epoch(self, deploy: Deploy) -> tuple[int, int]:
        assert deploy.id
        return deploy.id, self.do(self.works.ledger.begin(deploy.id)).epoch

    def open(self, kind: Kind, urgent: bool, **more: object) -> None:
        if len(self.deploys()) >= MANY:
            return
        ran = {"before": revision("v0"), "after": revision("v1"), "approvals": 0}
        deploy = wanted(f"v1.{next(self.names)}", str(self.place), kind, **(ran | more))
        changing = [one.id for one in self.deploys(*CHANGING)]
        try:
            self.do(self.works.ledger.open(deploy, "", urgent=urgent))
        except Refusal:
            assert urgent
            assert changing, "nothing else keeps a rollback out"
        assert [one.id for one in self.deploys(*CHANGING)] == changing, "nothing pushes in before what is changing"

    @rule()
    def ask(self) -> None:
        self.open(Kind.DEPLOY, urgent=False)

    @rule()
    def ask_to_go_back(self) -> None:
        self.open(Kind.ROLLBACK, urgent=True)

    @rule()
    def ask_in_an_emergency(self) -> None:
        self.open(Kind.DEPLOY, urgent=True, emergency="it burns")

    @rule(late=st.booleans())
    def ask_for_later(self, late: bool) -> None:
        now = datetime.now(UTC)
        self.open(Kind.DEPLOY, urgent=False, not_before=now + SOON if late else now - SOON)

    @rule(data=st.data())
    def plan(self, data: st.DataObject) -> None:
        if deploy := self.some(data, State.PLANNED):
            self.become(deploy, State.WAITING)

    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        if deploy := self.some(data, State.WAITING, State.PLANNED):
            self.become(deploy, State.RUNNING, self.works.before.clear)

    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        if deploy := self.some(data, State.RUNNING):
            self.do(self.works.before.still_holds(*self.epoch(deploy)))

    @rule(data=st.data())
    def plan_anew(self, data: st.DataObject) -> None:
        if deploy := self.some(data, State.RUNNING):
            self.become(deploy, State.PLANNED)

    @rule(data=st.data())
    def look_whether_it_is_time(self, data: st.DataObject) -> None:
        if deploy := self.some(data, State.SCHEDULED, State.QUEUED):
            self.do(self.works.before.stands(*self.epoch(deploy)))

    @rule(data=st.data())
    def its_time_has_come(self, data: st.DataObject) -> None:
        if deploy := self.some(data, State.SCHEDULED):
            assert deploy.id
            past = {"not_before": datetime.now(UTC) - timedelta(minutes=1)}
            self.do(self.works.ledger.change(deploy.id, [State.SCHEDULED], "", past))

    @rule(data=st.data())
    def serve(self, data: st.DataObject) -> None:
        if deploy := self.some(data, State.RUNNING):
            self.do(self.works.ends.serves(*self.epoch(deploy)))

    @rule(data=st.data())
    def find_it_good(self, data: st.DataObject) -> None:
        if deploy := self.some(data, State.WATCHING):
            self.do(self.works.ends.good(*self.epoch(deploy)))

    @rule(data=st.data())
    def turn_back(self, data: st.DataObject) -> None:
        if deploy := self.some(data, State.RUNNING, State.WATCHING):
            self.do(self.works.ends.turn_back(*self.epoch(deploy), WORSE))

    @rule(data=st.data())
    def restore(self, data: st.DataObject) -> None:
        if deploy := self.some(data, State.ROLLING_BACK):
            self.do(self.works.ends.restored(*self.epoch(deploy)))

    @rule(data=st.data())
    def get_stuck(self, data: st.DataObject) -> None:
        if deploy := self.some(data):
            self.do(self.works.ends.stuck(*self.epoch(deploy), "nobody knows why"))

    @rule(data=st.data(), state=st.sampled_from([State.CANCELLED, State.REJECTED, State.EXPIRED, State.REFUSED]))
    def end_it_before_it_begins(self, data: st.DataObject, state: State) -> None:
        if deploy := self.some(data, *BEFORE):
            self.become(deploy, state)

    @invariant()
    def one_changes_it_and_it_is_theirs(self) -> None:
        active, holder = self.deploys(), self.do(self.holder())
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
        if not self.do(self.holder()):
            assert self.deploys(State.QUEUED) == []

    async def holder(self) -> str:
        async with self.works.ledger.store.transaction() as rows:
            lock = await held_by(rows, str(self.place))
        return lock.holder if lock else ""

    def teardown(self) -> None:
        """What is over has ended once, and what is not, has not."""
        assert all((one.ended_at is None) == (one.state in ACTIVE) for one in self.do(self.all()))

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
            often = settings(
                max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
            )
            run_state_machine_as_test(type("Here", (Harbour,), here), settings=often)
        finally:
            runner.run(stack.aclose())
