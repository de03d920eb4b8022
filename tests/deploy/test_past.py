"""Looking back over many rows: nothing is missed at the edge of a page, and what was left out is counted."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.approval.model import Answer, Vote
from bot.deploy.model import Deploy, Kind, State
from bot.deploy.past import PAGE, Good, Past
from bot.store import Store
from bot.values import Place
from docs.sample_rows import NOON, planned
from tests.databases import kinds, opened

HOUR = timedelta(hours=1)


@pytest.fixture(params=kinds())
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with opened(request.param, tmp_path) as store:
        yield store


def ended(hours: int, state: State = State.SUCCEEDED, **more: Any) -> Deploy:
    """A deploy that was asked for so many hours after noon, and all that followed within the hour."""
    moved = {
        name: getattr(planned(state), name) and getattr(planned(state), name) + hours * HOUR
        for name in ("requested_at", "started_at", "whole_at", "good_at", "ended_at")
    }
    return planned(state, **({"id": None} | moved | more))


async def recorded(store: Store, *deploys: Deploy) -> list[int]:
    async with store.transaction() as rows:
        for deploy in deploys:
            rows.add(deploy)
            await rows.flush()
    return [deploy.id for deploy in deploys if deploy.id]


async def test_runs_are_read_page_by_page_and_each_once(store: Store) -> None:
    ids = await recorded(store, *(ended(hours) for hours in range(2 * PAGE + 3)))
    past = Past(store)
    found, left_out = await past.runs(NOON + HOUR)
    assert [run.number for run in found] == list(reversed(ids[1:])), "the first one was over by then"
    assert left_out == 0
    found, left_out = await past.runs(NOON, most=PAGE + 1)
    assert [run.number for run in found] == list(reversed(ids))[: PAGE + 1]
    assert left_out == PAGE + 2
    found, left_out = await past.runs(NOON, most=2 * PAGE + 3)
    assert (len(found), left_out) == (2 * PAGE + 3, 0)


async def test_runs_are_of_one_service_and_what_is_watched_is_among_them(store: Store) -> None:
    watched = planned(State.WATCHING, id=None)
    web, api, watching, refused = await recorded(
        store, ended(0, service="web"), ended(1), watched, planned(State.WAITING, id=None)
    )
    past = Past(store)
    assert [run.number for run in (await past.runs(NOON, "api")).found] == [watching, api]
    assert [run.number for run in (await past.runs(NOON, "web")).found] == [web]
    assert refused not in [run.number for run in (await past.runs(NOON)).found]


async def test_the_first_request_of_all_is_known(store: Store) -> None:
    past = Past(store)
    assert await past.first() is None
    await recorded(store, ended(3), ended(7))
    assert await past.first() == NOON + 3 * HOUR


async def test_replayed_are_deploys_that_began_and_are_over(store: Store) -> None:
    rollback = ended(2, kind=Kind.ROLLBACK)
    refused = planned(State.REFUSED, id=None)
    ids = await recorded(store, ended(0), ended(1), rollback, planned(State.RUNNING, id=None), refused, ended(5))
    found = await Past(store).carried_out(NOON + HOUR, 10)
    assert [deploy.id for deploy in found] == [ids[5], ids[1]]
    assert [deploy.id for deploy in await Past(store).carried_out(NOON, 1)] == [ids[5]]


async def test_votes_are_those_for_the_plan_that_was_carried_out(store: Store) -> None:
    one, other = ended(0), ended(1)
    await recorded(store, one, other)

    def vote(person: str, plan: str, hours: int) -> Vote:
        at = NOON + hours * HOUR
        return Vote(subject=one.subject, plan=plan, person=person, name=person, answer=Answer.APPROVE, at=at)

    async with store.transaction() as rows:
        rows.add_all([vote("U2", one.plan, 2), vote("U1", one.plan, 1), vote("U3", "void", 0)])
    found = await Past(store).votes([one, other])
    assert [each.person for each in found[one.subject]] == ["U1", "U2"]
    assert found[other.subject] == []


async def test_what_is_known_good_is_known_by_place(store: Store) -> None:
    unknown = ended(2, good_at=None, version="v9", environment="staging")
    await recorded(store, ended(0, environment="staging"), ended(1), unknown)
    place, nowhere = Place("api", "staging"), Place("web", "staging")
    good = [Good("v1.2", NOON + 25 * timedelta(minutes=1))]
    assert await Past(store).known_good([place, place, nowhere]) == {place: good, nowhere: []}
