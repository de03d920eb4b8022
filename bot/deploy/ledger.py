"""The rows of deploys. Every change is one transaction: the row, its card, its thread, its audit entry."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, post
from bot.approval.model import Vote
from bot.blocks import Message
from bot.deploy.model import ACTIVE, Deploy, State
from bot.deploy.rules import one_at_a_time
from bot.deploy.views import card, resumed
from bot.errors import Code, Refusal
from bot.outbox import Outbox
from bot.store import Store
from bot.values import Place

BOT = "quarterdeck"  # the actor of what the bot does by itself
UNSEEN = 0.6  # seconds for which a card that only says "checking" is held back; preflight mostly takes less

Also = Callable[[AsyncSession, Deploy], Awaitable[None]]


class Stale(Exception):
    """Another process has taken this deploy over; whoever still holds the old epoch must stop, silently."""


class Ledger:
    """All deploys, and the one way to change them."""

    def __init__(self, store: Store, outbox: Outbox, channel: str) -> None:
        self.store, self.outbox, self.channel = store, outbox, channel

    async def open(self, deploy: Deploy, source: str) -> Deploy:
        """Record what was asked, before anything is tried. Raises Refusal(ALREADY_RUNNING): one at a time per place."""
        try:
            async with self.store.transaction() as rows:
                rows.add(deploy)
                await rows.flush()
                await self._tell(rows, deploy, "requested", deploy.requested_by, source, delay=UNSEEN)
        except IntegrityError:
            raise await self._taken(deploy) from None
        self.outbox.nudge()
        return deploy

    async def _taken(self, deploy: Deploy) -> Refusal:
        async with self.store.reading() as rows:
            running = (await rows.exec(select(Deploy).where(Deploy.active == deploy.active))).first()
        if running is None:
            return Refusal(Code.CONFLICT, "Another change of the same place ended this very moment.", "Try again.")
        return one_at_a_time(running, await self.outbox.link(running.subject))

    async def begin(self, deploy_id: int) -> Deploy:
        """Take the deploy over: from now on only the holder of the returned epoch may change it."""
        now = datetime.now(UTC)
        stamp = int(now.timestamp() * 1000)
        async with self.store.transaction() as rows:
            deploy = (await rows.exec(select(Deploy).where(Deploy.id == deploy_id).with_for_update())).one()
            deploy.epoch = max(stamp, deploy.epoch + 1)
            deploy.runs += 1
            if deploy.runs > 1 and deploy.state in ACTIVE:
                deploy.resumed_at = now
                await self.say(rows, deploy, f"resumed:{deploy.runs}", resumed(deploy, now))
                await self._tell(rows, deploy, "resumed", BOT, "")
            rows.add(deploy)
        self.outbox.nudge()
        return deploy

    async def change(
        self,
        deploy_id: int,
        expected: Sequence[State],
        action: str,
        values: Mapping[str, object],
        *,
        epoch: int | None = None,
        actor: str = BOT,
        source: str = "",
        also: Also | None = None,
    ) -> Deploy | None:
        """Set `values` where the state is one of `expected`; None when it is not (somebody was faster).

        `action` is the word in the audit log, empty for what is not worth an entry. `also` works in the same
        transaction, with the row locked, and may change the row further. With `epoch`, raises Stale where another
        process has taken over.
        """
        async with self.store.transaction() as rows:
            deploy = (await rows.exec(select(Deploy).where(Deploy.id == deploy_id).with_for_update())).one()
            if epoch is not None and deploy.epoch != epoch:
                raise Stale
            if deploy.state not in expected:
                return None
            for name, value in values.items():
                setattr(deploy, name, value)
            if deploy.state not in ACTIVE:
                deploy.ended_at = datetime.now(UTC)  # before `also`, which says how long it took
            if also:
                await also(rows, deploy)
            if deploy.state not in ACTIVE:
                deploy.active, deploy.silent_since = None, None
                deploy.ended_at = deploy.ended_at or datetime.now(UTC)
            rows.add(deploy)
            await rows.flush()
            await self._tell(rows, deploy, action, actor, source)
        self.outbox.nudge()
        return deploy

    async def say(
        self, rows: AsyncSession, deploy: Deploy, name: str, text: Message, *, broadcast: bool = False
    ) -> None:
        """A line in the deploy's thread; the same name says it once, or says it anew."""
        key = f"{deploy.subject}:{name}"
        now = datetime.now(UTC)
        await post.put(rows, now, key, deploy.channel, text, parent=deploy.subject, broadcast=broadcast)

    async def _tell(
        self, rows: AsyncSession, deploy: Deploy, action: str, actor: str, source: str, *, delay: float = 0
    ) -> None:
        now = datetime.now(UTC)
        votes = await self.votes(rows, deploy)
        await post.put(rows, now, deploy.subject, deploy.channel, card(deploy, votes), delay=delay)
        if action:
            said = {"place": str(deploy.place), "version": deploy.version, "kind": str(deploy.kind)}
            said |= {"reason": deploy.reason} if deploy.reason else {}
            outcome = str(deploy.state)
            await audit.record(rows, now, actor, f"deploy.{action}", deploy.subject, outcome, source=source, **said)

    async def votes(self, rows: AsyncSession, deploy: Deploy) -> Sequence[Vote]:
        """What people said to it, oldest first."""
        return (await rows.exec(select(Vote).where(Vote.subject == deploy.subject).order_by(col(Vote.at)))).all()

    async def get(self, deploy_id: int) -> Deploy:
        """One deploy. Raises Refusal(NOT_FOUND)."""
        async with self.store.reading() as rows:
            deploy = await rows.get(Deploy, deploy_id)
        if deploy is None:
            raise Refusal(Code.NOT_FOUND, f"There is no deploy #{deploy_id}.")
        return deploy

    async def active(self) -> Sequence[Deploy]:
        """What is not over, oldest first."""
        async with self.store.reading() as rows:
            return (
                await rows.exec(select(Deploy).where(col(Deploy.active).is_not(None)).order_by(col(Deploy.id)))
            ).all()

    async def history(self, service: str = "", place: Place | None = None, most: int = 50) -> Sequence[Deploy]:
        """What is over, newest first: of everything, of a service, or of a place."""
        query = select(Deploy).where(col(Deploy.active).is_(None)).order_by(col(Deploy.ended_at).desc()).limit(most)
        if service:
            query = query.where(Deploy.service == service)
        if place:
            query = query.where(Deploy.service == place.service, Deploy.environment == place.environment)
        async with self.store.reading() as rows:
            return (await rows.exec(query)).all()
