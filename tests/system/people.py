"""What people do with a bot that may have just died, or with a Slack that stumbles: the same once more."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from playground.client import Actor, Failed, Json

PATIENCE = 6.0  # seconds after which they try again; a restart takes one or two

T = TypeVar("T")


async def insist(act: Callable[[], Awaitable[Json]], shown: Callable[[], Awaitable[T]]) -> T:
    """Act, and once more when nothing comes of it. Raises TimeoutError when nothing comes of that either."""
    await heard(act)
    with suppress(TimeoutError):
        return await shown()
    await heard(act)
    return await shown()


async def heard(act: Callable[[], Awaitable[Json]]) -> None:
    """Act until Slack does not complain that the app has not answered."""
    for _ in range(10):
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


async def approve(person: Actor, card: Json) -> None:
    """Click Approve in the card's thread until it is approved, always in the message that was there first."""
    request = await person.wait_message("deploys", "Needs 1 approval", thread=card["ts"], within=PATIENCE)

    async def click() -> Json:
        now = next(one for one in await person.messages("deploys", card["ts"]) if one["ts"] == request["ts"])
        try:
            return await person.click(now, "Approve")
        except LookupError:  # it has been approved meanwhile
            return {"acked": True}
        except Failed:  # it was redrawn while we clicked
            return {"acked": False}

    await insist(click, lambda: person.wait_message("deploys", "*Approved*", thread=card["ts"], within=PATIENCE))
