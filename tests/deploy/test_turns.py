"""Whose turn it is at a place: one changes it, the rest wait in order, and nobody waits for nothing."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlmodel import select

from bot.deploy.ledger import Ledger
from bot.deploy.model import ACTIVE, BEFORE, CHANGING, Deploy, Kind, State
from bot.durable import JSON
from bot.errors import Code, Refusal
from bot.post import Post
from tests.deploy.conftest import Works
from tests.deploy.rows import PLACE, asked, become, goes, holder, revision, states, waiting

WORSE: dict[str, JSON] = {"phase": "failed", "text": "it is worse", "trouble": None}


async def shown(ledger: Ledger, number: int) -> str:
    """The card as Slack must show it."""
    async with ledger.store.reading() as rows:
        return str((await rows.exec(select(Post.body).where(Post.key == f"deploy:{number}"))).one())


async def test_of_many_who_want_a_place_at_once_one_is_planned_and_the_others_wait_in_order(ledger: Ledger) -> None:
    numbers = sorted(await asyncio.gather(*(asked(ledger, f"v1.{minor}") for minor in range(8))))
    first, *rest = numbers
    [planned] = [number for number in numbers if await states(ledger, number) == ["planned"]]
    assert planned == first
    assert await waiting(ledger) == rest
    assert await holder(ledger) == f"deploy:{first}"


async def test_the_end_of_one_gives_the_turn_to_the_next_until_nobody_waits(ledger: Ledger) -> None:
    numbers = [await asked(ledger, f"v1.{minor}") for minor in range(4)]
    for number, following in zip(numbers, [*numbers[1:], None], strict=True):
        assert await states(ledger, number) == ["planned"]
        await become(ledger, number, State.FAILED)
        assert await holder(ledger) == (f"deploy:{following}" if following else "")
    assert await waiting(ledger) == []


async def test_one_that_is_cancelled_in_the_queue_is_passed_over(ledger: Ledger) -> None:
    first, second, third = [await asked(ledger, f"v1.{minor}") for minor in range(3)]
    await become(ledger, second, State.CANCELLED)
    assert await holder(ledger) == f"deploy:{first}"
    await become(ledger, first, State.CANCELLED)
    assert await states(ledger, first, second, third) == ["cancelled", "cancelled", "planned"]


@pytest.mark.parametrize("state", [State.PLANNED, State.WAITING])
async def test_a_rollback_pushes_in_before_what_has_not_begun(ledger: Ledger, state: State) -> None:
    first, second = await asked(ledger), await asked(ledger, "v1.3")
    await become(ledger, first, state)
    back = await asked(ledger, "v1.1", Kind.ROLLBACK)
    assert await states(ledger, first, second, back) == ["queued", "queued", "planned"]
    assert await waiting(ledger) == [first, second]
    assert await holder(ledger) == f"deploy:{back}"
    await become(ledger, back, State.SUCCEEDED)
    assert await states(ledger, first, second) == ["planned", "queued"]


@pytest.mark.parametrize("state", CHANGING)
async def test_nothing_pushes_in_before_what_is_changing(ledger: Ledger, state: State) -> None:
    first = await asked(ledger)
    await become(ledger, first, state)
    with pytest.raises(Refusal) as no:
        await asked(ledger, "v1.1", Kind.ROLLBACK)
    assert no.value.code == Code.ALREADY_RUNNING
    assert await states(ledger, first) == [str(state)]
    assert len(await ledger.active()) == 1


async def test_of_two_rollbacks_the_one_that_was_put_back_comes_before_the_deploys(ledger: Ledger) -> None:
    deploy = await asked(ledger)
    back = await asked(ledger, "v1.1", Kind.ROLLBACK)
    further = await asked(ledger, "v1.0", Kind.ROLLBACK)
    assert await states(ledger, deploy, back, further) == ["queued", "queued", "planned"]
    assert await waiting(ledger) == [back, deploy]


async def test_who_waits_sees_their_number_and_behind_whom(ledger: Ledger) -> None:
    first, second, third = [await asked(ledger, f"v1.{minor}") for minor in range(3)]
    assert f"#{first}" in await shown(ledger, third)
    before = await shown(ledger, third)
    back = await asked(ledger, "v0.9", Kind.ROLLBACK)
    moved = await shown(ledger, third)
    assert f"#{back}" in moved
    assert f"#{first}" not in moved
    await become(ledger, second, State.CANCELLED)
    assert before != await shown(ledger, third) != moved


async def test_whoever_is_only_watched_lets_go_and_the_next_one_is_planned(ledger: Ledger) -> None:
    first, second = await asked(ledger), await asked(ledger, "v1.3")
    await become(ledger, first, State.RUNNING)
    await become(ledger, first, State.WATCHING)
    assert await holder(ledger) == f"deploy:{second}"
    assert await states(ledger, first, second) == ["watching", "planned"]


async def test_what_waits_for_its_time_holds_nothing_and_queues_when_it_has_come(works: Works) -> None:
    ledger = works.ledger
    due = (await ledger.get(await asked(ledger))).requested_at
    await become(ledger, 1, State.CANCELLED)
    later = await asked(ledger, "v1.3", not_before=due, approvals=0)
    assert await holder(ledger) == ""
    await become(ledger, later, State.SCHEDULED)
    now = await asked(ledger, "v1.4")
    assert await states(ledger, later, now) == ["scheduled", "planned"]
    epoch = (await ledger.begin(later)).epoch
    await works.before.stands(later, epoch)
    assert await states(ledger, later, now) == ["queued", "planned"]
    await become(ledger, now, State.CANCELLED)
    assert await states(ledger, later) == ["planned"]
    assert await holder(ledger) == f"deploy:{later}"


async def test_going_back_from_a_watched_one_pushes_in(works: Works) -> None:
    ledger = works.ledger
    watched = await asked(ledger, before=revision("v1.1"), after=revision("v1.2"))
    await become(ledger, watched, State.WATCHING)
    other = await asked(ledger, "v1.3")
    epoch = (await ledger.begin(watched)).epoch
    assert await works.ends.turn_back(watched, epoch, WORSE) == State.ROLLING_BACK
    assert await states(ledger, watched, other) == ["rolling_back", "queued"]
    assert await holder(ledger) == f"deploy:{watched}"
    await works.ends.restored(watched, epoch)
    assert await states(ledger, watched, other) == ["rolled_back", "planned"]


async def test_it_does_not_go_back_while_somebody_else_is_changing_the_place(works: Works) -> None:
    ledger = works.ledger
    watched = await asked(ledger, before=revision("v1.1"), after=revision("v1.2"))
    await become(ledger, watched, State.WATCHING)
    other = await asked(ledger, "v1.3")
    await become(ledger, other, State.RUNNING)
    epoch = (await ledger.begin(watched)).epoch
    assert await works.ends.turn_back(watched, epoch, WORSE) == State.SUCCEEDED
    assert await states(ledger, watched, other) == ["succeeded", "running"]
    assert (await ledger.get(watched)).good_at is None
    assert await holder(ledger) == f"deploy:{other}"


async def test_who_decides_about_a_place_at_once_never_holds_each_other_up(ledger: Ledger) -> None:
    """A rollback pushes in while what it pushes back is approved and cancelled, and the queue is taken over."""
    for round_ in range(6):
        first, *others = [await asked(ledger, f"v1.{round_}.{minor}") for minor in range(4)]
        await become(ledger, first, State.WAITING)
        outcomes = await asyncio.gather(
            asked(ledger, f"v0.{round_}", Kind.ROLLBACK),
            ledger.change(first, [State.WAITING], "approved", {}, also=goes),
            ledger.change(first, [State.WAITING], "cancelled", {"state": State.CANCELLED}),
            ledger.change(others[0], BEFORE, "cancelled", {"state": State.CANCELLED}),
            ledger.begin(others[1]),
            ledger.begin(others[2]),
            return_exceptions=True,
        )
        assert [type(no) for no in outcomes if isinstance(no, Exception)] in ([], [Refusal])
        active = await ledger.active()
        assert len(holders(active)) == 1
        assert await holder(ledger) == holders(active)[0].subject
        for one in active:
            assert one.id
            await ledger.change(one.id, ACTIVE, "cancelled", {"state": State.CANCELLED})


def holders(active: Sequence[Deploy]) -> list[Deploy]:
    """Those of these that need their place for themselves."""
    needs = (State.PLANNED, State.WAITING, *CHANGING)
    return [one for one in active if one.state in needs and str(one.place) == PLACE]
