"""What can be proven about a deploy afterwards, from the database and from what Slack was asked to show."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass

from sqlmodel import col, select

from bot import audit
from bot.approval.model import Vote
from bot.audit import AuditEntry
from bot.deploy.model import Deploy
from bot.post import Post
from bot.store import Store
from playground.client import Workspace


@dataclass(frozen=True)
class Proof:
    """`said` counts the messages that Slack has by what they are for, `deeds` the audit entries by action."""

    deploy: Deploy
    said: Counter[str]
    deeds: Counter[str]
    votes: int
    unsent: list[str]
    broken: int | None


async def prove(url: str, slack: Workspace, deploy_id: int = 1) -> Proof:
    """Look at everything that is recorded about a deploy, once all is sent; `url` names the bot's database."""
    subject, store = f"deploy:{deploy_id}", Store(url)
    try:
        unsent = await sent(store)
        async with store.reading() as rows:
            deploy = await rows.get(Deploy, deploy_id)
            deeds = (await rows.exec(select(AuditEntry.action).where(AuditEntry.subject == subject))).all()
            votes = (await rows.exec(select(Vote).where(Vote.subject == subject))).all()
        broken = (await audit.verify(store))[1]
    finally:
        await store.close()
    assert deploy is not None
    return Proof(
        deploy=deploy,
        said=await said(slack, subject),
        deeds=Counter(action.removeprefix("deploy.") for action in deeds),
        votes=len(votes),
        unsent=unsent,
        broken=broken,
    )


async def sent(store: Store, within: float = 5.0) -> list[str]:
    """Wait until everything is sent; the keys of what is not."""
    until = time.monotonic() + within
    while True:
        async with store.reading() as rows:
            unsent = (await rows.exec(select(Post.key).where(col(Post.wanted) > col(Post.shown)))).all()
        if not unsent or time.monotonic() > until:
            return list(unsent)
        await asyncio.sleep(0.05)


async def said(slack: Workspace, subject: str) -> Counter[str]:
    """The messages that were posted about something, counted by what they are for."""
    keys = [
        str(call["args"]["metadata"]["event_payload"]["key"])
        for call in await slack.calls("chat.postMessage")
        if call["ok"] and "metadata" in call["args"]
    ]
    mine = [key.removeprefix(subject) for key in keys if f"{key}:".startswith(f"{subject}:")]
    return Counter(key.removeprefix(":") or "card" for key in mine)
