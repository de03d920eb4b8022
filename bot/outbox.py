"""Makes Slack show what the rows of `bot.post` say.

Rows are the truth, messages are projections. Sending is at most once per state: a 429, a crash between sending and
noting it, a dropped connection or a deleted message heals itself, because what is unsent stays unsent until Slack has
said its ts.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, update
from sqlmodel import col, select

from bot.blocks import Message
from bot.errors import Unavailable
from bot.post import Post
from bot.slack import Slack, SlackRefused
from bot.store import Store, changed
from bot.telemetry import UNSENT

GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
HEADLESS = "thread_not_found"  # the message that headed the thread is gone
SEND = 10.0  # seconds that looking for a message and posting it may take
CLAIM = timedelta(seconds=1.5 * SEND)  # after that another replica may finish what this one has begun
log = structlog.get_logger()


class Outbox:
    """Sends what is unsent, thread by thread; an update of one message at most once per `interval` seconds."""

    def __init__(self, store: Store, slack: Slack, sender: str, interval: float = 3.0) -> None:
        self.store, self.slack, self.sender, self.interval = store, slack, sender, interval
        self._wake = asyncio.Event()
        self._roots: dict[str, asyncio.Task[None]] = {}
        self._held: dict[str, datetime] = {}  # messages that this process leaves alone until then
        self._main: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin sending, what an earlier process left behind first."""
        self._main = asyncio.create_task(self._run(), name="outbox")

    async def close(self, patience: float = 2.0) -> None:
        """Stop after what is being sent now, which gets `patience` seconds; the rest goes out at the next start."""
        tasks = list(self._roots.values())
        if self._main:
            self._main.cancel()
            tasks.append(self._main)
        if tasks:
            await asyncio.wait(tasks, timeout=patience)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def nudge(self) -> None:
        """Something was put: look now."""
        self._wake.set()

    async def link(self, key: str) -> str:
        """Where the message can be read; empty until Slack has it."""
        async with self.store.reading() as rows:
            post = await rows.get(Post, key)
        return self.slack.link(post.channel, post.ts) if post and post.ts else ""

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                pause = await self._round()
            except Exception:  # the database may be away for a while; sending must outlive that
                log.exception("outbox.round_failed")
                pause = 1.0
            try:
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _round(self) -> float:
        """Start a task per thread that has something due; return the seconds until the next look."""
        now = datetime.now(UTC)
        async with self.store.reading() as rows:
            unsent = (
                await rows.exec(select(Post).where(col(Post.wanted) > col(Post.shown)).order_by(col(Post.number)))
            ).all()
        UNSENT.set(len(unsent))
        self._held = {key: until for key, until in self._held.items() if until > now}
        due: dict[str, list[Post]] = {}
        later = [5.0]
        for post in unsent:
            at = max(post.due_at, self._held.get(post.key, now))
            if at <= now:
                due.setdefault(post.parent or post.key, []).append(post)
            else:
                later.append((at - now).total_seconds())
        for root, posts in due.items():
            if root not in self._roots:
                self._roots[root] = asyncio.create_task(self._send_all(root, posts), name=f"outbox {root}")
        return max(min(later), 0.01)

    async def _send_all(self, root: str, posts: Sequence[Post]) -> None:
        """New messages first and in order, then what changed: nobody waits for an answer behind a progress bar."""
        try:
            for post in sorted(posts, key=lambda one: (bool(one.ts), one.number)):
                try:
                    await self._send(post)
                except SlackRefused as refused:
                    log.error("outbox.refused", key=post.key, error=refused.error)
                    await self._put_off(post, refused.error, 60)
                except Unavailable as gone:
                    log.warning("outbox.unavailable", key=post.key, error=str(gone))
                    await self._put_off(post, "", gone.retry_after or 1.0)
                    return
                except Exception:  # a bug must not be sent again and again without a pause
                    log.exception("outbox.bug", key=post.key)
                    self._hold(post, 60)
        finally:
            self._roots.pop(root, None)
            self.nudge()

    async def _send(self, post: Post) -> None:
        if post.ts:
            await self._update(post)
        elif (thread := await self._thread(post)) is None:  # its head could not be posted yet
            self._hold(post, 1.0)
        elif not await self._claim(post):  # another replica is about to post it
            self._hold(post, 5.0)
        else:
            await self._post(post, thread)

    async def _update(self, post: Post) -> None:
        try:
            await self.slack.update(post.channel, post.ts, Message(**post.body))
        except SlackRefused as refused:
            if refused.error not in GONE:
                raise
            await self._repost(post.key)
        else:
            self._hold(post, self.interval)
            await self._note(post.key, shown=post.wanted)

    async def _post(self, post: Post, thread: str) -> None:
        try:
            async with asyncio.timeout(SEND):
                found = await self._find(post, thread)
                ts = found or await self.slack.post(
                    post.channel, Message(**post.body), post.key, thread=thread, broadcast=post.broadcast
                )
        except TimeoutError:
            raise Unavailable("Slack", f"did not take {post.key} within {SEND:g} s") from None
        except SlackRefused as refused:
            if refused.error != HEADLESS:
                raise
            await self._repost(post.parent)
            return
        self._hold(post, self.interval)
        # What was found may say what was wanted earlier, so it counts as showing nothing: an update follows.
        await self._note(post.key, ts=ts, shown=0 if found else post.wanted)

    async def _repost(self, key: str) -> None:
        """Somebody deleted it: it is posted anew."""
        await self._note(key, ts="", shown=0, tried_at=None, sender="")

    def _hold(self, post: Post, seconds: float) -> None:
        self._held[post.key] = datetime.now(UTC) + timedelta(seconds=seconds)

    async def _thread(self, post: Post) -> str | None:
        """The ts that heads the thread; empty for a message of its own, None while the head is not there yet."""
        if not post.parent:
            return ""
        async with self.store.reading() as rows:
            head = await rows.get(Post, post.parent)
        return head.ts or None if head else ""

    async def _claim(self, post: Post) -> bool:
        """Note that we are about to send, before we do: from then on a re-run looks for the message first."""
        now = datetime.now(UTC)
        free = or_(col(Post.sender).in_(("", self.sender)), col(Post.claimed_at) < now - CLAIM)
        mine = update(Post).where(col(Post.key) == post.key, col(Post.ts) == "", free)
        async with self.store.transaction() as rows:
            return (
                await changed(rows, mine.values(tried_at=post.tried_at or now, claimed_at=now, sender=self.sender)) == 1
            )

    async def _find(self, post: Post, thread: str) -> str | None:
        if post.tried_at is None:
            return None  # nobody ever tried
        return await self.slack.find(post.channel, post.key, post.tried_at - timedelta(minutes=1), thread=thread)

    async def _put_off(self, post: Post, failure: str, seconds: float) -> None:
        await self._note(post.key, failure=failure, due_at=datetime.now(UTC) + timedelta(seconds=seconds))

    async def _note(self, key: str, **values: Any) -> None:
        async with self.store.transaction() as rows:
            await changed(rows, update(Post).where(col(Post.key) == key).values(**values))
