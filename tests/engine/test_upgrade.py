"""A database of the release before is brought to the newest schema, and nothing that was in it is lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlmodel import SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.approval.model import Answer, Vote
from bot.deploy.ledger import Ledger
from bot.deploy.model import Deploy, State
from bot.deploy.rules import last_known_good
from bot.lock.model import Hold, Lock
from bot.migrations import migrate
from bot.outbox import Outbox
from bot.store import Store
from bot.values import Place, Revision
from tests.databases import database
from tests.engine.workspace import DEPLOYS, Office

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
RAN = Revision(id="3", version="v1.0", image="api:v1.0", restore={"template": "v1.0"}).model_dump()
RUNS = Revision(id="4", version="v1.1", image="api:v1.1", restore={"template": "v1.1"}).model_dump()
PLAIN: dict[str, Any] = {
    "kind": "deploy",
    "service": "api",
    "strategy": "rolling",
    "channel": DEPLOYS,
    "requested_by": "U0DANA",
    "requested_name": "Dana Ortiz",
    "requested_at": AT,
    "approvals": 1,
    "expires_at": AT,
    "epoch": 1_793_534_400_000,
    "runs": 1,
    "checks": [{"name": "lock", "passed": True, "text": "not locked"}],
    "replicas": 3,
    "before": RAN,
    "after": RUNS,
    "wanted": None,
    "progress": None,
    "failure": None,
    "reason": "",
    "aborted_by": "",
    "started_at": AT,
    "resumed_at": None,
    "silent_since": None,
}
DEPLOYED = [
    {"id": 1, "environment": "production", "version": "v1.1", "state": "succeeded", "active": None, "ended_at": AT},
    {"id": 2, "environment": "staging", "version": "v1.2", "state": "failed", "active": None, "ended_at": AT},
    {"id": 3, "environment": "production", "version": "v1.2", "state": "running", "active": "api/production"},
    {"id": 4, "environment": "staging", "version": "v1.3", "state": "waiting", "active": "api/staging"},
]


def before(connection: Connection) -> None:
    """The database as the first release left it: with rows of everything that has changed since."""
    config = Config()
    config.set_main_option("script_location", "bot/migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")
    old = sa.MetaData()
    old.reflect(connection)
    rows = [{"ended_at": None} | PLAIN | one for one in DEPLOYED]
    connection.execute(old.tables["deploy"].insert(), [_plain(connection, row) for row in rows])
    lock = {"place": "api/staging", "reason": "db migration", "person": "U0ARI", "name": "Ari Novak", "at": AT}
    connection.execute(old.tables["lock"].insert(), [_plain(connection, lock)])
    votes = [
        {"subject": "deploy:1", "person": person, "name": "x", "answer": "approve", "reason": "", "at": AT}
        for person in ("U0ARI", "U0CAM")
    ]
    connection.execute(old.tables["vote"].insert(), [_plain(connection, vote) for vote in votes])


def _plain(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    """SQLite is given instants as the bot has written them there: in UTC, without a zone."""
    if connection.dialect.name != "sqlite":
        return row
    return {key: value.replace(tzinfo=None) if isinstance(value, datetime) else value for key, value in row.items()}


@pytest_asyncio.fixture
async def upgraded(kind: str, tmp_path: Path) -> AsyncIterator[Store]:
    async with database(kind, tmp_path) as url:
        store = Store(url)
        async with store.engine.begin() as connection:
            await connection.run_sync(before)
        assert not await store.current()
        assert await migrate(store)
        yield store
        await store.close()


async def test_the_schema_is_that_of_the_models(upgraded: Store) -> None:
    def difference(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))

    async with upgraded.engine.connect() as connection:
        assert await connection.run_sync(difference) == []
    assert await upgraded.current()


async def test_no_row_is_lost_and_what_is_new_says_nothing_yet(upgraded: Store) -> None:
    async with upgraded.reading() as rows:
        deploys = (await rows.exec(select(Deploy).order_by(col(Deploy.id)))).all()
    assert [(one.id, one.state) for one in deploys] == [(one["id"], one["state"]) for one in DEPLOYED]
    for one in deploys:
        assert (one.requested_at, one.ran, one.rolled_out) == (AT, *map(Revision.model_validate, (RAN, RUNS)))
        assert (one.epoch, one.preflight[0].name) == (PLAIN["epoch"], "lock")
        assert (one.major, one.emergency, one.plan, one.step, one.promoted, one.ticked) == (False, "", "", 0, -1, [])
        assert (one.proposed, one.not_before, one.migrated, one.paused_by) == (None, None, "", "")


async def test_what_succeeded_is_known_good_and_can_be_gone_back_to(upgraded: Store) -> None:
    async with upgraded.reading() as rows:
        deploys = (await rows.exec(select(Deploy).order_by(col(Deploy.id).desc()))).all()
    assert [one.id for one in deploys if one.good_at] == [1]
    past = [one for one in deploys if one.ended_at and one.environment == "production"]
    assert last_known_good(past, "v1.2", Place("api", "production"), ()).version == "v1.1"


async def test_what_is_under_way_holds_its_place_and_a_persons_lock_stays_theirs(upgraded: Store) -> None:
    async with upgraded.reading() as rows:
        locks = (await rows.exec(select(Lock).order_by(Lock.place, Lock.kind))).all()
    assert [(one.place, one.kind, one.holder) for one in locks] == [
        ("api/production", Hold.CHANGE, "deploy:3"),
        ("api/staging", Hold.CHANGE, "deploy:4"),
        ("api/staging", Hold.PERSON, "U0ARI"),
    ]
    assert [(one.reason, one.name, one.at, one.until) for one in locks][2] == ("db migration", "Ari Novak", AT, None)
    assert locks[0].token == PLAIN["epoch"]


async def test_votes_are_kept_and_from_now_on_count_for_a_plan_each(upgraded: Store) -> None:
    async with upgraded.transaction() as rows:
        assert [one.person for one in await votes(rows)] == ["U0ARI", "U0CAM"]
        rows.add(Vote(subject="deploy:1", plan="ab12", person="U0ARI", name="x", answer=Answer.APPROVE, at=AT))
    with pytest.raises(sa.exc.IntegrityError):
        async with upgraded.transaction() as rows:
            rows.add(Vote(subject="deploy:1", plan="ab12", person="U0ARI", name="x", answer=Answer.APPROVE, at=AT))
    async with upgraded.reading() as rows:
        assert [one.plan for one in await votes(rows)] == ["", "", "ab12"]


async def votes(rows: AsyncSession) -> list[Vote]:
    return list((await rows.exec(select(Vote).order_by(col(Vote.id)))).all())


async def test_what_was_under_way_gives_its_place_to_the_next(upgraded: Store, office: Office) -> None:
    ledger = Ledger(upgraded, Outbox(upgraded, office.slack, "us", 0.1), DEPLOYS)
    await ledger.change(3, [State.RUNNING], "failed", {"state": State.FAILED})
    async with upgraded.reading() as rows:
        held = (await rows.exec(select(Lock.holder).where(Lock.kind == Hold.CHANGE))).all()
    assert held == ["deploy:4"]
