"""Emergencies: done by one person now, signed by another afterwards, and asked for again until then."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot import audit, post
from bot.approval.model import Review
from bot.approval.review_views import emergency, reminder, signed
from bot.blocks import escape, when
from bot.errors import Code, Refusal, Unavailable
from bot.outbox import Outbox
from bot.people.model import Right
from bot.people.rights import Rights
from bot.post import Post
from bot.store import Store, changed
from bot.values import Person, Place


class Reviews:
    """All reviews. What nobody has signed comes back after `period`, each time."""

    def __init__(self, store: Store, outbox: Outbox, rights: Rights, period: timedelta) -> None:
        self.store, self.outbox, self.rights, self.period = store, outbox, rights, period

    async def open(
        self,
        rows: AsyncSession,
        subject: str,
        place: str,
        channel: str,
        person: Person,
        reason: str,
        now: datetime,
        due: datetime,
    ) -> None:
        """Record that `person` did without approval what `subject` ("deploy:41") names at `place` ("api/production"),
        and ask for a signature until `due`: in its thread and in the channel. In the caller's transaction, who nudges
        the outbox; a second call for the same subject changes nothing."""
        if await review_of(rows, subject):
            return
        review = Review(
            subject=subject,
            place=place,
            channel=channel,
            person=person.id,
            name=person.name,
            reason=reason,
            at=now,
            due_at=due,
        )
        rows.add(review)
        key = _key(subject)
        await post.put(rows, now, key, channel, emergency(review), parent=subject, broadcast=True)
        await audit.record(rows, now, person.id, "review.opened", subject, "unsigned", place=place, reason=reason)

    async def may_sign(self, person: Person, subject: str, source: str) -> Review:
        """Whether this person may sign, before they are asked for the note. Raises Refusal: NOT_FOUND,
        ALREADY_DECIDED, SELF_APPROVAL for whoever did it, PERMISSION_DENIED without the right to approve there."""
        async with self.store.reading() as rows:
            review = await review_of(rows, subject)
        if review is None:
            raise Refusal(Code.NOT_FOUND, f"There is no emergency {escape(subject)}.")
        if review.signed_at:
            raise _over(review)
        place = _place(review)
        if person.id == review.person:
            no = Refusal(Code.SELF_APPROVAL, "You did this yourself, so somebody else has to sign it.")
            raise await self.rights.refused(person, Right.DEPLOY_APPROVE, place, no, source)
        await self.rights.require(person, Right.DEPLOY_APPROVE, place, source)
        return review

    async def sign(self, person: Person, subject: str, note: str, source: str) -> Review:
        """Sign, with a note of what was looked at. Raises Refusal like `may_sign`; of two who sign at once, one
        hears of the other. `source` says from where, for the audit log."""
        if not note.strip():
            raise Refusal(Code.MISSING_WORD, "Say what you have looked at.")
        await self.may_sign(person, subject, source)
        now = datetime.now(UTC)
        values = {"signed_by": person.id, "signed_name": person.name, "signed_at": now, "note": note.strip()}
        open_one = update(Review).where(col(Review.subject) == subject, col(Review.signed_at).is_(None))
        async with self.store.transaction() as rows:
            mine = await changed(rows, open_one.values(**values)) == 1
            review = await review_of(rows, subject)
            assert review, "reviews are never deleted"
            if not mine:
                raise _over(review)
            for key in await _asked(rows, subject):
                await post.put(rows, now, key, review.channel, signed(review))
            await audit.record(
                rows, now, person.id, "review.signed", subject, "signed", source=source, note=review.note
            )
        self.outbox.nudge()
        return review

    async def unsigned(self) -> Sequence[Review]:
        """What nobody has signed yet, oldest first."""
        async with self.store.reading() as rows:
            return (
                await rows.exec(select(Review).where(col(Review.signed_at).is_(None)).order_by(col(Review.id)))
            ).all()

    async def remind(self, now: datetime | None = None) -> None:
        """Ask again for what is due. Call it now and then, from every replica: each period is asked for once."""
        at = now or datetime.now(UTC)
        for review in await self.unsigned():
            if review.due_at <= at:
                await self._ask_again(review, at)

    async def _ask_again(self, review: Review, now: datetime) -> None:
        old, missed = review.due_at, (now - review.due_at) // self.period
        due = old + (missed + 1) * self.period  # what was missed while nobody was up is asked for once
        pinged = await self._pinged(review)
        still = (col(Review.id) == review.id, col(Review.due_at) == old, col(Review.signed_at).is_(None))
        async with self.store.transaction() as rows:
            if await changed(rows, update(Review).where(*still).values(due_at=due)) != 1:
                return  # signed meanwhile, or another replica was faster
            review.due_at = due
            key = f"{_key(review.subject)}:{int(old.timestamp())}"
            text = reminder(review, pinged)
            await post.put(rows, now, key, review.channel, text, parent=review.subject, broadcast=True)
            await audit.record(rows, now, "quarterdeck", "review.reminded", review.subject, "unsigned")
        self.outbox.nudge()

    async def _pinged(self, review: Review) -> list[str]:
        try:
            return await self.rights.people.approver_mentions(_place(review), but={review.person})
        except Unavailable:
            return []  # it is asked for all the same


def _key(subject: str) -> str:
    return f"{subject}:review"


def _place(review: Review) -> Place:
    service, environment = review.place.split("/")
    return Place(service, environment)


async def review_of(rows: AsyncSession, subject: str) -> Review | None:
    """The review of what `subject` names; None where there is none."""
    return (await rows.exec(select(Review).where(Review.subject == subject))).first()


async def _asked(rows: AsyncSession, subject: str) -> Sequence[str]:
    """The keys of all messages that ask for this signature."""
    asked = col(Post.key).startswith(_key(subject), autoescape=True)
    return (await rows.exec(select(Post.key).where(Post.parent == subject, asked))).all()


def _over(review: Review) -> Refusal:
    assert review.signed_at, "asked for only what is signed"
    who = f"{escape(review.signed_name)} signed {when(review.signed_at)}."
    return Refusal(Code.ALREADY_DECIDED, f"Nothing to do: it is signed already. {who}")
