"""The rows of deploys, on each database that there is, and the engine that works on them. Slack is shown nothing and no
flow runs: what a flow's steps do, the tests call."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from bot.assembly import Ground, assemble
from bot.deploy.before import Before
from bot.deploy.ends import Ends
from bot.deploy.ledger import Ledger
from bot.deploy.terms import Outside
from bot.deploy.watch import Watch
from bot.durable import Durable
from bot.metrics.measure import Measure
from bot.outbox import Outbox
from bot.people.directory import People
from bot.settings import load
from bot.store import Store
from tests.databases import kinds, opened
from tests.engine.workspace import DEPLOYS, Office, open_office

ROOT = Path(__file__).parents[2]


@dataclass
class Works:
    """The parts of the engine that decide over rows."""

    ledger: Ledger
    before: Before
    ends: Ends
    watch: Watch


@pytest_asyncio.fixture(params=kinds())
async def works(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Works]:
    async with opened(str(request.param), tmp_path) as store, open_office(tmp_path) as office:
        yield await working(store, office, tmp_path)


@pytest_asyncio.fixture
async def ledger(works: Works) -> Ledger:
    return works.ledger


async def working(store: Store, office: Office, folder: Path) -> Works:
    """The engine over this store, with the sample config."""
    settings = load({}, ROOT)
    ground = Ground(
        settings=settings,
        store=store,
        durable=Durable(f"sqlite:///{folder / 'flows.db'}"),
        outbox=Outbox(store, office.slack, "us", 0.1),
        people=People(settings.people, office.slack),
        outside=Outside(targets={}, measure=Measure(None, settings.metrics)),
        channel=DEPLOYS,
    )
    rollout = assemble(ground).rollout
    rollout.ledger.on_turn = None  # there is no flow to wake
    return Works(rollout.ledger, rollout.before, rollout.ends, rollout.watch)
