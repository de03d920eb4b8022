"""What people do with a bot that may have just died, or with a Slack that stumbles: the same once more."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from playground.client import Actor, Json

PATIENCE = 8.0  # seconds after which they try again; a restart takes two or three

T = TypeVar("T")


async def insist(act: Callable[[], Awaitable[object]], shown: Callable[[], Awaitable[T]]) -> T:
    """Act, and once more when nothing comes of it. Raises TimeoutError when nothing comes of that either."""
    await act()
    with suppress(TimeoutError):
        return await shown()
    await act()
    return await shown()


async def ask(person: Actor, command: str, shown: str) -> Json:
    """Use a command until a card says this."""
    return await insist(
        lambda: person.type("deploys", command),
        lambda: person.wait_message("deploys", shown, within=PATIENCE),
    )


async def approve(person: Actor, card: Json) -> None:
    """Click Approve in the card's thread until it is approved, always on the buttons that were there first."""
    request = await person.wait_message("deploys", "Needs 1 approval", thread=card["ts"], within=PATIENCE)
    await insist(
        lambda: person.click(request, "Approve"),
        lambda: person.wait_message("deploys", "*Approved*", thread=card["ts"], within=PATIENCE),
    )
