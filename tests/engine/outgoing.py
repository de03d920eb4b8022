"""What the tests of the outbox say through it, and how they look at what became of it."""

from datetime import UTC, datetime

from sqlalchemy import update
from sqlmodel import col

from bot.blocks import Message, message, section
from bot.outbox import Outbox
from bot.post import Post, put
from bot.store import changed
from tests.engine.workspace import DEPLOYS, Office

INTERVAL = 0.4  # seconds between two edits of a message


def said(text: str) -> Message:
    return message(section(text))


async def say(
    outbox: Outbox, key: str, text: str, *, parent: str = "", delay: float = 0, channel: str = DEPLOYS
) -> None:
    async with outbox.store.transaction() as rows:
        await put(rows, datetime.now(UTC), key, channel, said(text), parent=parent, delay=delay)
    outbox.nudge()


async def alter(outbox: Outbox, key: str, **values: object) -> None:
    async with outbox.store.transaction() as rows:
        await changed(rows, update(Post).where(col(Post.key) == key).values(**values))


async def row(outbox: Outbox, key: str) -> Post:
    async with outbox.store.reading() as rows:
        post = await rows.get(Post, key)
    assert post
    return post


async def ts_of(outbox: Outbox, office: Office, key: str) -> str:
    """The ts of a message, once it is noted."""

    async def look() -> str:
        return (await row(outbox, key)).ts

    return str(await office.dana.wait(look))


async def until(office: Office, texts: list[str], thread: str | None = None, within: float = 5) -> None:
    async def look() -> bool:
        return await office.texts(thread) == texts

    await office.dana.wait(look, within)
