"""What Slack must show: one row per message, written in the same transaction as the rows that it shows.

Whoever changes a row renders it and calls `put` in that transaction; the newest body wins. `bot.outbox` sends it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Column
from sqlmodel import Field, SQLModel, col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.blocks import Message
from bot.slack import Slack
from bot.store import Instant


class Post(SQLModel, table=True):
    """One message. `wanted` counts what it should say, `shown` what Slack shows; `parent` heads its thread.

    `tried_at` is when sending was first begun: a message without ts that was tried is looked for before it is sent.
    """

    __tablename__ = "post"

    key: str = Field(primary_key=True)
    number: int = Field(default=0, sa_type=BigInteger, index=True)
    channel: str
    parent: str = Field(default="", index=True)
    broadcast: bool = False
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    wanted: int = 1
    shown: int = 0
    ts: str = ""
    due_at: datetime = Field(sa_type=Instant)
    tried_at: datetime | None = Field(default=None, sa_type=Instant)
    claimed_at: datetime | None = Field(default=None, sa_type=Instant)
    sender: str = ""
    failure: str = ""


async def put(
    rows: AsyncSession,
    now: datetime,
    key: str,
    channel: str,
    message: Message,
    *,
    parent: str = "",
    broadcast: bool = False,
    delay: float = 0,
) -> None:
    """Make message `key` say this. Created on first use; later calls change what it says, whatever it said before.

    `parent` is the key of the message that heads the thread; `delay` in seconds lets a state that will soon be
    replaced pass unseen.
    """
    body = {"text": message.text, "blocks": message.blocks}
    post = (await rows.exec(select(Post).where(Post.key == key).with_for_update())).first()
    if post is None:
        number = int(now.timestamp() * 1_000_000)
        due = now + timedelta(seconds=delay)
        rows.add(
            Post(key=key, number=number, channel=channel, parent=parent, broadcast=broadcast, body=body, due_at=due)
        )
        await rows.flush()
    elif post.body != body:
        post.body, post.wanted, post.due_at, post.failure = body, post.wanted + 1, now, ""
        rows.add(post)


async def links(rows: AsyncSession, slack: Slack, keys: Iterable[str]) -> dict[str, str]:
    """Where messages can be read, for those that Slack has."""
    found = (await rows.exec(select(Post).where(col(Post.key).in_(list(keys)), col(Post.ts) != ""))).all()
    return {post.key: slack.link(post.channel, post.ts) for post in found}
