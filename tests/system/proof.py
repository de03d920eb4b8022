"""What can be proven about a deploy afterwards, from the database and from what Slack was asked to show."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import col, select

from bot import audit
from bot.approval.model import Vote
from bot.audit import AuditEntry
from bot.backends import flows_url
from bot.deploy.model import Deploy
from bot.lock.model import Hold, Lock
from bot.post import Post
from bot.store import Store, async_url
from playground.client import Workspace

# What follows the name of a line that may be said anew: the plan's hash, or when it was said.
STAMP = re.compile(r"(?<=^approval):.*|(?<=^void):.*|(?<=^paused):.*|(?<=^resumed by):.*|(?<=^turn):.*")


@dataclass(frozen=True)
class Proof:
    """`holder` has the deploy's place now. `said` counts the messages that Slack has by what they are for, `deeds` the
    audit entries by action. `unsent` messages and `unfinished` flows are there only if they stay; `broken` is the first
    audit entry that does not hold.
    """

    deploy: Deploy
    holder: str
    said: Counter[str]
    deeds: Counter[str]
    votes: int
    unsent: list[str]
    unfinished: list[str]
    broken: int | None


async def prove(url: str, slack: Workspace, deploy_id: int = 1, within: float = 5.0) -> Proof:
    """Look at everything that is recorded about a deploy, when nothing is left to do, or after so many seconds. `url`
    is the bot's database."""
    subject, store = f"deploy:{deploy_id}", Store(url)
    try:
        unsent, unfinished = (
            await settled(lambda: unsent_posts(store), within),
            await settled(lambda: unfinished_flows(url), within),
        )
        async with store.reading() as rows:
            deploy = await rows.get(Deploy, deploy_id)
            deeds = (await rows.exec(select(AuditEntry.action).where(AuditEntry.subject == subject))).all()
            votes = (await rows.exec(select(Vote).where(Vote.subject == subject))).all()
            assert deploy is not None
            lock = await rows.get(Lock, (str(deploy.place), Hold.CHANGE))
        broken = (await audit.verify(store))[1]
    finally:
        await store.close()
    return Proof(
        deploy=deploy,
        holder=lock.holder if lock else "",
        said=await said(slack, subject),
        deeds=Counter(action.removeprefix("deploy.") for action in deeds),
        votes=len(votes),
        unsent=unsent,
        unfinished=unfinished,
        broken=broken,
    )


async def settled(look: Callable[[], Awaitable[list[str]]], within: float = 5.0) -> list[str]:
    """Wait until there is nothing left; what is left then."""
    until = time.monotonic() + within
    while True:
        left = await look()
        if not left or time.monotonic() > until:
            return left
        await asyncio.sleep(0.05)


async def unsent_posts(store: Store) -> list[str]:
    """The messages that Slack does not show as they should be."""
    async with store.reading() as rows:
        return list((await rows.exec(select(Post.key).where(col(Post.wanted) > col(Post.shown)))).all())


async def unfinished_flows(url: str) -> list[str]:
    """The flows that are not over, or ended by an exception."""
    engine = create_async_engine(async_url(flows_url(url)))
    table = "workflow_status" if url.startswith("sqlite") else "dbos.workflow_status"
    try:
        async with engine.connect() as connection:
            found = await connection.execute(text(f"SELECT workflow_uuid FROM {table} WHERE status <> 'SUCCESS'"))
            return [str(row[0]) for row in found]
    finally:
        await engine.dispose()


async def said(slack: Workspace, subject: str) -> Counter[str]:
    """The messages that were posted about something, counted by what they are for."""
    keys = [
        str(call["args"]["metadata"]["event_payload"]["key"])
        for call in await slack.calls("chat.postMessage")
        if call["ok"] and "metadata" in call["args"]
    ]
    mine = [key.removeprefix(subject) for key in keys if f"{key}:".startswith(f"{subject}:")]
    return Counter(STAMP.sub("", key.removeprefix(":")) or "card" for key in mine)
