"""The rows of deploys: one at a time per place, one hand at a time, and a change is one transaction."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit
from bot.audit import AuditEntry
from bot.blocks import message, section
from bot.deploy.ledger import Ledger, Stale
from bot.deploy.model import Deploy, Kind, State
from bot.errors import Code, Refusal
from bot.outbox import Outbox
from bot.post import Post
from bot.store import changed
from tests.databases import kinds, opened
from tests.engine.workspace import DEPLOYS, open_office


@pytest.fixture(params=kinds())
async def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ledger]:
    async with opened(str(request.param), tmp_path) as store, open_office(tmp_path) as office:
        outbox = Outbox(store, office.slack, "us", 0.1)
        yield Ledger(store, outbox, DEPLOYS)
        await outbox.close()


def wanted(version: str = "v1.2", place: str = "api/production") -> Deploy:
    service, environment = place.split("/")
    now = datetime.now(UTC)
    return Deploy(
        kind=Kind.DEPLOY,
        service=service,
        environment=environment,
        version=version,
        strategy="rolling",
        active=place,
        channel=DEPLOYS,
        requested_by="U0DANA",
        requested_name="Dana Ortiz",
        requested_at=now,
        approvals=1,
        expires_at=now + timedelta(hours=1),
    )


async def opened_one(ledger: Ledger, version: str = "v1.2") -> int:
    deploy = await ledger.open(wanted(version), "command /deploy")
    assert deploy.id
    return deploy.id


async def written(ledger: Ledger) -> tuple[list[str], list[str]]:
    """What is in the audit log, and what Slack must show."""
    async with ledger.store.reading() as rows:
        deeds = (await rows.exec(select(AuditEntry.action).order_by(AuditEntry.id))).all()  # type: ignore[arg-type]
        posts = (await rows.exec(select(Post.key).order_by(Post.number))).all()  # type: ignore[arg-type]
    return list(deeds), list(posts)


async def test_of_many_who_want_a_place_one_gets_it_and_the_others_are_told_of_it(ledger: Ledger) -> None:
    outcomes = await asyncio.gather(
        *(ledger.open(wanted(f"v1.{minor}"), "") for minor in range(8)), return_exceptions=True
    )
    refused = [no for no in outcomes if isinstance(no, Refusal)]
    assert len(refused) == 7
    assert {no.code for no in refused} <= {Code.ALREADY_RUNNING, Code.CONFLICT}
    assert await written(ledger) == (["deploy.requested"], [deploy.subject for deploy in await ledger.active()])
    await ledger.open(wanted(place="api/staging"), "")


async def test_the_refusal_links_to_the_card(ledger: Ledger) -> None:
    await opened_one(ledger)
    async with ledger.store.transaction() as rows:
        await changed(rows, update(Post).values(ts="1795193179.680055"))
    with pytest.raises(Refusal, match=f"archives/{DEPLOYS}/p1795193179680055"):
        await opened_one(ledger, "v1.3")


async def test_whoever_takes_a_deploy_over_shuts_the_one_before_out(ledger: Ledger) -> None:
    number = await opened_one(ledger)
    old, new = (await ledger.begin(number)).epoch, (await ledger.begin(number)).epoch
    assert old < new
    before = await written(ledger)
    with pytest.raises(Stale):
        await ledger.change(number, [State.PLANNED], "planned", {"state": State.WAITING}, epoch=old)
    assert (await ledger.get(number)).state == State.PLANNED
    assert await written(ledger) == before
    assert await ledger.change(number, [State.PLANNED], "planned", {"state": State.WAITING}, epoch=new)


async def test_taking_over_is_said_in_the_thread_each_time_while_it_is_not_over(ledger: Ledger) -> None:
    number = await opened_one(ledger)
    subject = f"deploy:{number}"
    for _ in range(3):
        await ledger.begin(number)
    assert (await written(ledger))[1] == [subject, f"{subject}:resumed:2", f"{subject}:resumed:3"]
    await ledger.change(number, [State.PLANNED], "cancelled", {"state": State.CANCELLED})
    await ledger.begin(number)
    assert (await written(ledger))[1][-1] == f"{subject}:resumed:3"


async def test_a_change_from_another_state_than_expected_changes_nothing(ledger: Ledger) -> None:
    number = await opened_one(ledger)
    before = await written(ledger)
    assert await ledger.change(number, [State.WAITING], "approved", {"state": State.RUNNING}) is None
    assert (await ledger.get(number)).state == State.PLANNED
    assert await written(ledger) == before


async def test_row_card_line_and_audit_entry_stand_or_fall_together(ledger: Ledger) -> None:
    number = await opened_one(ledger)
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
    number = await opened_one(ledger)
    await ledger.change(number, [State.PLANNED], "cancelled", {"state": State.CANCELLED})
    again = await opened_one(ledger, "v1.3")
    [past] = await ledger.history("api")
    assert (past.id, past.active, past.ended_at is not None) == (number, None, True)
    assert [deploy.id for deploy in await ledger.active()] == [again]
    assert await ledger.history("web") == []
    with pytest.raises(Refusal) as unknown:
        await ledger.get(99)
    assert unknown.value.code == Code.NOT_FOUND
