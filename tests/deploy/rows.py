"""Deploys as people ask for them, and what the engine does to their rows."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from bot.deploy import turns
from bot.deploy.ledger import Ledger
from bot.deploy.model import ACTIVE, Deploy, Kind, State
from bot.lock.claims import held_by
from bot.lock.model import Lock
from bot.values import Place, Revision
from tests.engine.workspace import DEPLOYS

PLACE = "api/production"


def wanted(version: str = "v1.2", place: str = PLACE, kind: Kind = Kind.DEPLOY, **more: Any) -> Deploy:
    """A deploy that Dana asks for."""
    service, environment = place.split("/")
    now = datetime.now(UTC)
    deploy = Deploy(
        kind=kind,
        service=service,
        environment=environment,
        version=version,
        strategy="rolling",
        channel=DEPLOYS,
        requested_by="U0DANA",
        requested_name="Dana Ortiz",
        requested_at=now,
        approvals=1,
        expires_at=now + timedelta(hours=1),
    )
    return deploy.sqlmodel_update(more)


def revision(version: str) -> dict[str, object]:
    """How a version runs, as a row records it."""
    return Revision(id=version, version=version, image=f"api:{version}", restore={"template": version}).model_dump()


async def asked(ledger: Ledger, version: str = "v1.2", kind: Kind = Kind.DEPLOY, **more: Any) -> int:
    """Ask for it as people do: a rollback pushes in."""
    deploy = await ledger.open(wanted(version, kind=kind, **more), "", urgent=kind == Kind.ROLLBACK)
    assert deploy.id
    return deploy.id


async def become(ledger: Ledger, number: int, state: State) -> None:
    """The deploy is in that state from now on, however it got there."""
    assert await ledger.change(number, ACTIVE, str(state), {"state": state})


async def goes(rows: AsyncSession, deploy: Deploy) -> None:
    """Everybody has agreed: it runs, or waits for its turn."""
    other = await turns.take(rows, deploy, datetime.now(UTC))
    deploy.state = State.RUNNING if other is None else State.QUEUED


async def holder(ledger: Ledger, place: str = PLACE) -> str:
    """The subject of what holds the place; empty where nothing does."""
    async with ledger.store.transaction() as rows:
        lock: Lock | None = await held_by(rows, place)
    return lock.holder if lock else ""


async def states(ledger: Ledger, *numbers: int) -> list[str]:
    """Where these deploys stand."""
    return [str((await ledger.get(number)).state) for number in numbers]


async def waiting(ledger: Ledger, place: str = PLACE) -> list[int | None]:
    """The queue of a place, in its order."""
    service, environment = Place(*place.split("/"))
    async with ledger.store.reading() as rows:
        return [one.id for one in await turns.queue(rows, wanted(place=f"{service}/{environment}"))]
