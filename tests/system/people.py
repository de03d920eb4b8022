"""What people do with a bot that may have just died, or with a Slack that stumbles: the same once more."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from playground.client import Actor, Failed, Json, contains

PATIENCE = 4.0  # seconds after which they try again; a restart takes one or two

T = TypeVar("T")


async def insist(act: Callable[[], Awaitable[Json]], shown: Callable[[], Awaitable[T]], tries: int = 6) -> T:
    """Act, and again when nothing comes of it. Raises TimeoutError when nothing comes of the last try either."""
    for _ in range(tries - 1):
        await heard(act)
        with suppress(TimeoutError):
            return await shown()
    await heard(act)
    return await shown()


async def heard(act: Callable[[], Awaitable[Json]]) -> None:
    """Act until Slack does not complain that the app has not answered."""
    for _ in range(40):
        if (await act())["acked"]:
            return
        await asyncio.sleep(0.2)
    raise TimeoutError("the bot hears nothing")


async def ask(person: Actor, command: str, shown: str) -> Json:
    """Use a command until a card says this."""
    return await insist(
        lambda: person.type("deploys", command),
        lambda: person.wait_message("deploys", shown, within=PATIENCE),
    )


async def press(person: Actor, message: Json, label: str, shown: str, thread: str = "") -> None:
    """Click a button of a message of #deploys, as it is then, until the thread below the card says this. `message` is
    the card, or stands in the `thread` of the card."""

    async def click() -> Json:
        now = next(one for one in await person.messages("deploys", thread or None) if one["ts"] == message["ts"])
        try:
            return await person.click(now, label)
        except LookupError:  # what it was for has been done meanwhile
            return {"acked": True}
        except Failed:  # it was redrawn while we clicked
            return {"acked": False}

    below = thread or message["ts"]
    await insist(click, lambda: person.wait_message("deploys", shown, thread=below, within=PATIENCE))


async def approve(person: Actor, card: Json) -> None:
    """Click Approve in the card's thread until it is approved, always in the message that was there first."""
    request = await person.wait_message("deploys", "Needs 1 approval", thread=card["ts"], within=5 * PATIENCE)
    await press(person, request, "Approve", "*Approved*", thread=card["ts"])


async def told(person: Actor, *answers: str) -> None:
    """Wait until one of these was said to this person alone."""
    await person.wait(lambda: any(contains(one, text) for one in person.seen() for text in answers), PATIENCE)
