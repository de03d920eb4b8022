"""Requests are admitted once, however they come."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.inbox import Inbox, Request
from bot.store import Store

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def request(key: str, at: datetime = NOW) -> Request:
    return Request(key=key, kind="command", name="/deploy", person="U1", at=at)


async def test_of_many_at_once_each_key_is_admitted_once(store: Store) -> None:
    inbox = Inbox(store)
    keys = [str(number % 60) for number in range(100)]

    admitted = await asyncio.gather(*(inbox.admit(request(key)) for key in keys))

    assert admitted == [True] * 60 + [False] * 40


async def test_a_key_is_known_to_the_next_process_among_new_ones(store: Store) -> None:
    assert await Inbox(store).admit(request("old"))

    other = Inbox(store)

    assert await asyncio.gather(*(other.admit(request(key)) for key in ("new", "old", "newer"))) == [True, False, True]


async def test_what_slack_will_not_repeat_any_more_is_forgotten(store: Store) -> None:
    inbox = Inbox(store)
    for hours in (30, 26, 24, 0):
        await inbox.admit(request(str(hours), NOW - timedelta(hours=hours)))

    assert await inbox.forget(NOW, timedelta(hours=25)) == 2

    assert await inbox.admit(request("26"))
    assert not await inbox.admit(request("24"))
