"""Quarantine: what was rolled back is refused everywhere, until somebody lets it out with a reason."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, post
from bot.blocks import Message, code, listed
from bot.catalogue import Catalogue, quoted
from bot.deploy.model import Deploy, Quarantine
from bot.deploy.quarantined import holds, lifted, not_quarantined, quarantine
from bot.errors import Code, Refusal
from bot.outbox import Outbox
from bot.people.model import Right
from bot.people.rights import Rights
from bot.store import Store
from bot.values import Check, Person, Place, Revision


class Quarantines:
    """All of it. A version in quarantine is refused in every environment of its service."""

    def __init__(self, store: Store, outbox: Outbox, rights: Rights, catalogue: Catalogue, channel: str) -> None:
        self.store, self.outbox, self.rights = store, outbox, rights
        self.catalogue, self.channel = catalogue, channel

    async def put(self, rows: AsyncSession, deploy: Deploy, bad: Revision, reason: str, now: datetime) -> None:
        """Refuse from now on what this deploy found `bad`: what it rolled out, or what it rolled back from. In the
        caller's transaction, which holds the deploy's row; once per deploy."""
        if (await rows.exec(select(Quarantine).where(Quarantine.subject == deploy.subject))).first():
            return
        service, version, image = deploy.service, bad.version, bad.image
        rows.add(
            Quarantine(service=service, version=version, image=image, subject=deploy.subject, reason=reason, at=now)
        )
        told = {"service": service, "version": version, "image": image, "reason": reason}
        await audit.record(rows, now, "quarterdeck", "quarantine.put", deploy.subject, "refused from now on", **told)

    async def standing(self, rows: AsyncSession, service: str, version: str, image: str = "") -> Quarantine | None:
        """The newest reason to refuse this version, or this image under whatever name; None where there is none."""
        return next((one for one in await _standing(rows, service) if holds(one, version, image)), None)

    async def check(self, service: str, version: str, image: str = "") -> Check:
        """The preflight line about this version, or this image (or its digest alone) under whatever name."""
        async with self.store.reading() as rows:
            return not_quarantined(await self.standing(rows, service, version, image))

    async def versions(self, service: str) -> frozenset[str]:
        """The versions of a service that are refused."""
        async with self.store.reading() as rows:
            return frozenset(one.version for one in await _standing(rows, service))

    async def list(self, service: str = "") -> Message:
        """What is refused, newest first, for the channel. Raises Refusal(UNKNOWN_SERVICE)."""
        if service:
            self.catalogue.service(service)
        async with self.store.reading() as rows:
            found = await _standing(rows, service)
            links = await post.links(rows, self.outbox.slack, [one.subject for one in found])
        return quarantine(service, found, links)

    async def lift(self, person: Person, service: str, version: str, reason: str, source: str) -> Sequence[Quarantine]:
        """Let a version out, however often it was put in; said in the channel. It may then go anywhere, so it takes
        the right in every environment of the service. Raises Refusal: UNKNOWN_SERVICE, MISSING_WORD without a reason,
        PERMISSION_DENIED, NOT_FOUND where it is not in quarantine. `source` says from where, for the audit log."""
        found = self.catalogue.service(service)
        if not reason.strip():
            raise Refusal(Code.MISSING_WORD, "Say why it may run again: it was rolled back.")
        for environment in found.environments:
            await self.rights.require(person, Right.QUARANTINE_LIFT, Place(service, environment), source)
        now = datetime.now(UTC)
        async with self.store.transaction() as rows:
            standing = await _standing(rows, service, lock=True)
            mine = [one for one in standing if holds(one, version, version)]
            if not mine:
                raise _not_there(service, version, standing)
            for one in mine:
                one.lifted_at, one.lifted_by, one.lifted_name = now, person.id, person.name
                one.lifted_reason = reason.strip()
                rows.add(one)
                told = {"service": service, "version": one.version, "reason": one.lifted_reason}
                await audit.record(
                    rows, now, person.id, "quarantine.lifted", one.subject, "let out", source=source, **told
                )
            await post.put(rows, now, f"quarantine:{mine[0].id}:lifted", self.channel, lifted(mine[0]))
        self.outbox.nudge()
        return mine


async def _standing(rows: AsyncSession, service: str = "", lock: bool = False) -> Sequence[Quarantine]:
    """What is refused, newest first; of everything when `service` is empty."""
    query = select(Quarantine).where(col(Quarantine.lifted_at).is_(None)).order_by(col(Quarantine.id).desc())
    if service:
        query = query.where(Quarantine.service == service)
    return (await rows.exec(query.with_for_update() if lock else query)).all()


def _not_there(service: str, version: str, standing: Sequence[Quarantine]) -> Refusal:
    there = listed([code(one) for one in dict.fromkeys(one.version for one in standing)])
    hint = f"In quarantine are {there}." if there else "No version of it is."
    return Refusal(Code.NOT_FOUND, f"{quoted(version)} of {code(service)} is not in quarantine.", hint)
