"""The rows of deploys. Every change is one transaction: the row, its card, its thread, its audit entry, whose turn
it is then."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, post
from bot.approval.model import Vote
from bot.approval.review import review_of
from bot.approval.views import decided
from bot.blocks import Message, link
from bot.deploy import turns
from bot.deploy.model import ACTIVE, Deploy, State
from bot.deploy.rules import one_at_a_time
from bot.deploy.views import card, resumed, turn, what
from bot.errors import Code, Refusal
from bot.lock.claims import new_token, take_turn
from bot.outbox import Outbox
from bot.store import Store
from bot.values import Place

BOT = "quarterdeck"  # the actor of what the bot does by itself
UNSEEN = 0.6  # seconds for which a card that only says "checking" is held back; preflight mostly takes less

Also = Callable[[AsyncSession, Deploy], Awaitable[None]]


class Stale(Exception):
    """Another process has taken this deploy over; whoever still holds the old epoch must stop, silently."""


class Ledger:
    """All deploys, and the one way to change them. `on_turn` hears of deploys whose turn has come, or has gone."""

    def __init__(self, store: Store, outbox: Outbox, channel: str) -> None:
        self.store, self.outbox, self.channel = store, outbox, channel
        self.on_turn: Callable[[Deploy], Awaitable[None]] | None = None

    async def open(self, deploy: Deploy, source: str, *, urgent: bool = False) -> Deploy:
        """Record what was asked, before anything is tried. One change at a time per place: behind another one it is
        queued, unless it waits for its time anyway; an `urgent` one takes the place from what has not begun.

        Raises Refusal(ALREADY_RUNNING) for what is under way already, and for something urgent while another change
        is being made.
        """
        now = datetime.now(UTC)
        moved = None
        async with self.store.transaction() as rows:
            await take_turn(rows, str(deploy.place))
            rows.add(deploy)
            await rows.flush()
            if same := await self._same(rows, deploy):
                raise one_at_a_time(same, await self.outbox.link(same.subject))
            if urgent:
                other = await turns.holding(rows, deploy)
                if not turns.movable(other):
                    assert other is not None, "nothing is movable"
                    raise one_at_a_time(other, await self.outbox.link(other.subject))
                moved = await turns.push_in(rows, deploy, now)
            elif not (deploy.not_before or deploy.in_window) and await turns.take(rows, deploy, now):
                deploy.state = State.QUEUED
            delay = UNSEEN if deploy.state == State.PLANNED else 0
            await self.tell(rows, deploy, "requested", deploy.requested_by, source, delay=delay)
            if moved:
                await self.put_back(rows, moved)
                await self._tell_queue(rows, deploy)
        await self._after(moved)
        return deploy

    async def _same(self, rows: AsyncSession, deploy: Deploy) -> Deploy | None:
        """The same thing, asked for already and not over."""
        at = (Deploy.service == deploy.service, Deploy.environment == deploy.environment, Deploy.kind == deploy.kind)
        unfinished = [state for state in ACTIVE if state != State.WATCHING]
        query = select(Deploy).where(*at, Deploy.version == deploy.version, col(Deploy.state).in_(unfinished))
        return (await rows.exec(query.where(Deploy.id != deploy.id))).first()

    async def begin(self, deploy_id: int) -> Deploy:
        """Take the deploy over: from now on only the holder of the returned epoch may change it."""
        now = datetime.now(UTC)
        async with self.store.transaction() as rows:
            deploy = await self._locked(rows, deploy_id)
            deploy.epoch = max(await new_token(rows, str(deploy.place), now), deploy.epoch + 1)
            deploy.runs += 1
            if deploy.runs > 1 and deploy.state in ACTIVE:
                deploy.resumed_at = now
                await self.say(rows, deploy, f"resumed:{deploy.runs}", resumed(deploy, now))
                await self.tell(rows, deploy, "resumed")
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
            deploy = await self._locked(rows, deploy_id)
            if epoch is not None and deploy.epoch != epoch:
                raise Stale
            if deploy.state not in expected:
                return None
            stood = deploy.state
            for name, value in values.items():
                setattr(deploy, name, value)
            if deploy.state not in ACTIVE:  # before `also`, which says how long it took
                deploy.ended_at = deploy.ended_at or datetime.now(UTC)
            if also:
                await also(rows, deploy)
            if deploy.state not in ACTIVE:
                deploy.silent_since = None
                deploy.ended_at = deploy.ended_at or datetime.now(UTC)
            rows.add(deploy)
            await rows.flush()
            following = await self._passed_on(rows, deploy) if deploy.state != stood else None
            await self.tell(rows, deploy, action, actor, source)
        await self._after(following)
        return deploy

    async def _locked(self, rows: AsyncSession, deploy_id: int) -> Deploy:
        """The row, for this transaction alone. First the turn at its place, as everybody who decides there: whoever
        had the row and waited for the turn would hold up whoever has the turn and needs the row."""
        where = select(Deploy.service, Deploy.environment).where(Deploy.id == deploy_id)
        await take_turn(rows, str(Place(*(await rows.exec(where)).one())))
        return (await rows.exec(select(Deploy).where(Deploy.id == deploy_id).with_for_update())).one()

    async def put_back(self, rows: AsyncSession, other: Deploy) -> None:
        """Say that something more urgent took its place: nobody need decide on it before its turn comes again."""
        if other.plan and other.approvals:
            request = decided(what(other), "*Back in the queue*", await self.votes(rows, other))
            await self.say(rows, other, f"approval:{other.plan}", request)
        await self.tell(rows, other, "queued")

    async def _passed_on(self, rows: AsyncSession, deploy: Deploy) -> Deploy | None:
        """Where a deploy needs its place no more: whose turn it is then; their cards say so."""
        if deploy.state in ACTIVE and deploy.state not in turns.LETS_GO:
            return None
        now = datetime.now(UTC)
        following = await turns.leave(rows, deploy, now)
        if following:
            await self.say(rows, following, f"turn:{int(now.timestamp())}", turn(following))
            await self.tell(rows, following, "turn")
        await self._tell_queue(rows, deploy)
        return following

    async def _tell_queue(self, rows: AsyncSession, deploy: Deploy) -> None:
        """Everybody who waits there sees their number, and behind what they wait."""
        for waiting in await turns.queue(rows, deploy):
            await self.tell(rows, waiting, "")

    async def _after(self, other: Deploy | None) -> None:
        self.outbox.nudge()
        if other and self.on_turn:
            await self.on_turn(other)

    async def say(
        self, rows: AsyncSession, deploy: Deploy, name: str, text: Message, *, broadcast: bool = False
    ) -> None:
        """A line in the deploy's thread; the same name says it once, or says it anew."""
        key = f"{deploy.subject}:{name}"
        now = datetime.now(UTC)
        await post.put(rows, now, key, deploy.channel, text, parent=deploy.subject, broadcast=broadcast)

    async def said(self, deploy: Deploy, name: str) -> bool:
        """Whether there is a line of that name in the deploy's thread."""
        async with self.store.reading() as rows:
            return await rows.get(post.Post, f"{deploy.subject}:{name}") is not None

    async def tell(
        self,
        rows: AsyncSession,
        deploy: Deploy,
        action: str,
        actor: str = BOT,
        source: str = "",
        *,
        delay: float = 0,
    ) -> None:
        """Show the row as it is now on its card, and note `action` in the audit log, if it is worth a word."""
        now = datetime.now(UTC)
        await post.put(rows, now, deploy.subject, deploy.channel, await self._card(rows, deploy), delay=delay)
        if action:
            said = {"place": str(deploy.place), "version": deploy.version, "kind": str(deploy.kind)}
            said |= {"reason": deploy.reason} if deploy.reason else {}
            outcome = str(deploy.state)
            await audit.record(rows, now, actor, f"deploy.{action}", deploy.subject, outcome, source=source, **said)

    async def _card(self, rows: AsyncSession, deploy: Deploy) -> Message:
        """The card, with what the row does not say."""
        votes, position, behind = await self.votes(rows, deploy), 0, ""
        if deploy.state == State.QUEUED:
            position = [one.id for one in await turns.queue(rows, deploy)].index(deploy.id) + 1
            if other := await turns.holding(rows, deploy):
                links = await post.links(rows, self.outbox.slack, [other.subject])
                behind = link(links.get(other.subject, ""), f"#{other.id}")
        review = await review_of(rows, deploy.subject) if deploy.emergency else None
        newest = deploy.state == State.SUCCEEDED and await self._newest(rows, deploy)
        return card(deploy, votes, position, behind, newest=newest, review=review)

    async def _newest(self, rows: AsyncSession, deploy: Deploy) -> bool:
        """Whether nothing has been rolled out at the place since."""
        at = (Deploy.service == deploy.service, Deploy.environment == deploy.environment)
        since = select(Deploy.id).where(*at, col(Deploy.id) > deploy.id, col(Deploy.started_at).is_not(None))
        return (await rows.exec(since.limit(1))).first() is None

    async def votes(self, rows: AsyncSession, deploy: Deploy) -> Sequence[Vote]:
        """What people said to the plan as it is now, oldest first."""
        given = select(Vote).where(Vote.subject == deploy.subject, Vote.plan == deploy.plan)
        return (await rows.exec(given.order_by(col(Vote.at)))).all()

    async def watched(self, rows: AsyncSession, place: Place) -> Sequence[Deploy]:
        """What is in its watch window at a place, locked."""
        at = (Deploy.service == place.service, Deploy.environment == place.environment)
        found = select(Deploy).where(*at, Deploy.state == State.WATCHING).with_for_update()
        return (await rows.exec(found)).all()

    async def newest(self, rows: AsyncSession, place: Place) -> Deploy | None:
        """The newest deploy of a place that has ended well, whose card offers the way back from it."""
        at = (Deploy.service == place.service, Deploy.environment == place.environment)
        ended = select(Deploy).where(*at, Deploy.state == State.SUCCEEDED).order_by(col(Deploy.id).desc())
        return (await rows.exec(ended.limit(1))).first()

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
            unfinished = select(Deploy).where(col(Deploy.state).in_(ACTIVE))
            return (await rows.exec(unfinished.order_by(col(Deploy.id)))).all()

    async def history(
        self,
        service: str = "",
        place: Place | None = None,
        most: int = 50,
        since: datetime | None = None,
        version: str = "",
    ) -> Sequence[Deploy]:
        """What is over, newest first: of everything, of a service, or of a place; what ended after `since`; of one
        `version` alone."""
        query = select(Deploy).where(col(Deploy.state).not_in(ACTIVE)).order_by(col(Deploy.ended_at).desc())
        if service:
            query = query.where(Deploy.service == service)
        if place:
            query = query.where(Deploy.service == place.service, Deploy.environment == place.environment)
        if version:
            query = query.where(Deploy.version == version)
        if since:
            query = query.where(col(Deploy.ended_at) >= since)
        async with self.store.reading() as rows:
            return (await rows.exec(query.limit(most))).all()
