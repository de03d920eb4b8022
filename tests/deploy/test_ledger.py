"""The rows of deploys: one at a time per place, one hand at a time, and a change is one transaction."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit
from bot.audit import AuditEntry
from bot.blocks import message, section
from bot.deploy.ledger import Ledger, Stale
from bot.deploy.model import Deploy, State
from bot.errors import Code, Refusal
from bot.post import Post
from bot.store import changed
from tests.deploy.conftest import Works
from tests.deploy.rows import asked, become, revision, states, wanted
from tests.engine.workspace import DEPLOYS


async def written(ledger: Ledger) -> tuple[list[str], list[str]]:
    """What is in the audit log, and what Slack must show."""
    async with ledger.store.reading() as rows:
        deeds = (await rows.exec(select(AuditEntry.action).order_by(AuditEntry.id))).all()  # type: ignore[arg-type]
        posts = (await rows.exec(select(Post.key).order_by(Post.number))).all()  # type: ignore[arg-type]
    return list(deeds), list(posts)


async def test_what_is_asked_for_already_is_refused_with_a_link_to_its_card(ledger: Ledger) -> None:
    number = await asked(ledger)
    async with ledger.store.transaction() as rows:
        await changed(rows, update(Post).values(ts="1795193179.680055"))
    with pytest.raises(Refusal, match=f"#{number} .*archives/{DEPLOYS}/p1795193179680055") as no:
        await asked(ledger)
    assert no.value.code == Code.ALREADY_RUNNING
    assert await written(ledger) == (["deploy.requested"], [f"deploy:{number}"])


async def test_of_many_who_ask_for_the_same_at_once_one_is_heard(ledger: Ledger) -> None:
    outcomes = await asyncio.gather(*(asked(ledger) for _ in range(6)), return_exceptions=True)
    refused = [no for no in outcomes if isinstance(no, Refusal)]
    assert len(refused) == 5
    assert len(await ledger.active()) == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.WAITING, State.SCHEDULED, State.RUNNING, State.ROLLING_BACK])
async def test_the_same_is_refused_wherever_the_first_one_stands(ledger: Ledger, state: State) -> None:
    number = await asked(ledger)
    await become(ledger, number, state)
    with pytest.raises(Refusal):
        await asked(ledger)


@pytest.mark.parametrize("state", [State.WATCHING, State.SUCCEEDED, State.CANCELLED])
async def test_the_same_may_be_asked_for_again_once_nothing_is_under_way(ledger: Ledger, state: State) -> None:
    await become(ledger, await asked(ledger), state)
    assert await states(ledger, await asked(ledger)) == ["planned"]


async def test_a_place_is_a_service_in_an_environment(ledger: Ledger) -> None:
    numbers = [await asked(ledger)]
    for place in ("api/staging", "web/production"):
        opened = await ledger.open(wanted(place=place), "")
        assert opened.id
        numbers.append(opened.id)
    assert await states(ledger, *numbers) == ["planned"] * 3


async def test_whoever_takes_a_deploy_over_shuts_the_one_before_out(ledger: Ledger) -> None:
    number = await asked(ledger)
    old, new = (await ledger.begin(number)).epoch, (await ledger.begin(number)).epoch
    assert old < new
    before = await written(ledger)
    with pytest.raises(Stale):
        await ledger.change(number, [State.PLANNED], "planned", {"state": State.WAITING}, epoch=old)
    assert (await ledger.get(number)).state == State.PLANNED
    assert await written(ledger) == before
    assert await ledger.change(number, [State.PLANNED], "planned", {"state": State.WAITING}, epoch=new)


async def test_taking_over_is_said_in_the_thread_each_time_while_it_is_not_over(ledger: Ledger) -> None:
    number = await asked(ledger)
    subject = f"deploy:{number}"
    for _ in range(3):
        await ledger.begin(number)
    assert (await written(ledger))[1] == [subject, f"{subject}:resumed:2", f"{subject}:resumed:3"]
    await ledger.change(number, [State.PLANNED], "cancelled", {"state": State.CANCELLED})
    await ledger.begin(number)
    assert (await written(ledger))[1][-1] == f"{subject}:resumed:3"


async def test_a_change_from_another_state_than_expected_changes_nothing(ledger: Ledger) -> None:
    number = await asked(ledger)
    before = await written(ledger)
    assert await ledger.change(number, [State.WAITING], "approved", {"state": State.RUNNING}) is None
    assert (await ledger.get(number)).state == State.PLANNED
    assert await written(ledger) == before


async def test_row_card_line_and_audit_entry_stand_or_fall_together(ledger: Ledger) -> None:
    number = await asked(ledger)
    before = await written(ledger)

    async def fails(rows: AsyncSession, deploy: Deploy) -> None:
        await ledger.say(rows, deploy, "end", message(section("It is over.")))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ledger.change(number, [State.PLANNED], "failed", {"state": State.FAILED}, also=fails)
    assert (await ledger.get(number)).state == State.PLANNED
    assert await written(ledger) == before
    assert await audit.verify(ledger.store) == (1, None)


async def test_the_end_gives_the_place_free_and_makes_history(ledger: Ledger) -> None:
    number = await asked(ledger)
    await ledger.change(number, [State.PLANNED], "cancelled", {"state": State.CANCELLED})
    again = await asked(ledger, "v1.3")
    [past] = await ledger.history("api")
    assert (past.id, past.ended_at is not None) == (number, True)
    assert [deploy.id for deploy in await ledger.active()] == [again]
    assert await ledger.history("web") == []
    with pytest.raises(Refusal) as unknown:
        await ledger.get(99)
    assert unknown.value.code == Code.NOT_FOUND


async def test_when_it_ended_stays_when_it_ended_whatever_is_noted_later(ledger: Ledger) -> None:
    number = await asked(ledger)
    await become(ledger, number, State.ROLLED_BACK)
    ended = (await ledger.get(number)).ended_at
    assert await ledger.change(number, [State.ROLLED_BACK], "recovery", {"reason": "it is well again"})
    late = await ledger.get(number)
    assert (late.ended_at, late.reason) == (ended, "it is well again")


async def test_what_is_still_watched_is_over_once_something_else_starts(works: Works) -> None:
    old = await asked(works.ledger)
    await become(works.ledger, old, State.WATCHING)
    new = await asked(works.ledger, "v1.3", approvals=0)
    await become(works.ledger, new, State.RUNNING)
    for _ in range(2):  # a step that a crash interrupts runs again, under a newer epoch
        assert await works.before.still_holds(new, (await works.ledger.begin(new)).epoch)
    superseded = await works.ledger.get(old)
    assert (superseded.state, superseded.good_at) == (State.SUCCEEDED, None)
    assert f"#{new} took its place" in superseded.reason
    assert superseded.ended_at
    deeds, posts = await written(works.ledger)
    assert deeds.count("deploy.superseded") == 1
    assert f"deploy:{old}:superseded" in posts


async def test_what_has_been_rolled_out_supersedes_nothing_a_second_time(works: Works) -> None:
    old = await asked(works.ledger)
    await become(works.ledger, old, State.WATCHING)
    new = await asked(works.ledger, "v1.3", approvals=0, after=revision("v1.3"))
    await become(works.ledger, new, State.RUNNING)
    assert await works.before.still_holds(new, (await works.ledger.begin(new)).epoch)
    assert await states(works.ledger, old) == ["watching"]


async def test_a_watched_deploy_is_shown_as_not_over_and_what_ends_makes_history_in_its_order(ledger: Ledger) -> None:
    watched = await asked(ledger)
    await become(ledger, watched, State.WATCHING)
    first, second = await asked(ledger, "v1.3"), await asked(ledger, "v1.4")
    for number in (second, first):
        await become(ledger, number, State.CANCELLED)
    assert [one.id for one in await ledger.active()] == [watched]
    assert [one.id for one in await ledger.history("api")] == [first, second]
    later = datetime.now(UTC)
    assert await ledger.history("api", since=later) == []


async def test_whoever_starts_is_newer_than_all_that_changed_the_place(works: Works) -> None:
    number = await asked(works.ledger, approvals=0)
    await become(works.ledger, number, State.RUNNING)
    old = (await works.ledger.begin(number)).epoch
    new = await works.before.still_holds(number, old)
    assert new == (await works.ledger.get(number)).epoch > old
    with pytest.raises(Stale):
        await works.ledger.change(number, [State.RUNNING], "", {}, epoch=old)


async def test_a_target_that_was_silent_before_a_restart_keeps_nobody_from_going_on(works: Works) -> None:
    number = await asked(works.ledger, approvals=0, silent_since=datetime.now(UTC))
    await become(works.ledger, number, State.RUNNING)
    epoch = (await works.ledger.begin(number)).epoch
    new = await works.watch.patiently(works.before.still_holds, number, epoch)
    assert (await works.ledger.get(number)).epoch == new
