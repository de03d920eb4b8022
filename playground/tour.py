"""The scene of the README without a browser: who typed what, what the bot showed. Exits 0 when all of it happened."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from playground.client import Actor, Json, Workspace
from playground.harness import Playground

PATIENCE = 60.0  # seconds for each thing to appear


class Tour:
    """Plays the scene and prints it. Raises TimeoutError at the first thing that does not happen."""

    def __init__(self, playground: Playground, workspace: Workspace, say: Callable[[str], None] = print) -> None:
        self.playground, self.slack, self.say = playground, workspace, say
        self.dana, self.ari, self.vic = (workspace.person(name) for name in ("dana", "ari", "vic"))

    async def play(self) -> None:
        """All acts, in order."""
        await self._act("A deploy, approved by somebody else", self._deploy)
        await self._act("A mistake", self._mistake)
        await self._act("A version whose image does not exist", self._bad_image)
        await self._act("The bot is killed in the middle of a deploy, and comes back", self._killed)
        await self._act("Back to the last known good version", self._rollback)

    async def _act(self, title: str, act: Callable[[], Awaitable[None]]) -> None:
        self.say(f"\n== {title} ==")
        await act()

    async def _deploy(self) -> None:
        card = await self._ask("/deploy api v1.2 production")
        request = await self._shown(card, "Needs 1 approval")
        await self.dana.click(request, "Approve")
        self.say("dana clicks [Approve]")
        await self._whispered(self.dana, "You asked for this yourself")
        await self.vic.click(request, "Approve")
        self.say("vic clicks [Approve]")
        await self._whispered(self.vic, "You may not approve")
        await self._approve(request)
        await self._shown(card, "Done:")
        await self._card("api v1.2 to production: done")

    async def _mistake(self) -> None:
        await self._type(self.dana, "/deploy apy v1.3 production")
        await self._whispered(self.dana, "Did you mean")

    async def _bad_image(self) -> None:
        card = await self._ask("/deploy api v1.3-bad production")
        await self._approve(await self._shown(card, "Needs 1 approval"))
        await self._shown(card, "v1.3-bad` failed")
        await self._shown(card, "Rolled back:")
        await self._card("api v1.3-bad to production: failed and rolled back")

    async def _killed(self) -> None:
        card = await self._ask("/deploy web v2.1 production")
        request = await self._shown(card, "Needs 1 approval")
        await self.playground.bot.kill()
        self.say("kill -9: the bot is gone")
        await self.playground.bot.start()
        self.say("the bot is started again")
        await self._shown(card, "Resumed")
        await self._approve(request)
        await self._shown(card, "Done:")
        await self._card("web v2.1 to production: done")

    async def _rollback(self) -> None:
        await self._type(self.dana, "/rollback api production")
        await self._card("api v1.1 to production: done")

    async def _ask(self, command: str) -> Json:
        await self._type(self.dana, command)
        service, version = command.split()[1:3]
        return await self._card(f"{service} {version} to production: waiting for approval")

    async def _approve(self, request: Json) -> None:
        await self.ari.click(request, "Approve")
        self.say("ari clicks [Approve]")
        await self.ari.wait_message("deploys", "*Approved*", thread=request["thread_ts"], within=PATIENCE)

    async def _type(self, person: Actor, text: str) -> None:
        self.say(f"{person.name} types in #deploys: {text}")
        await person.type("deploys", text)

    async def _card(self, containing: str) -> Json:
        card = await self.ari.wait_message("deploys", containing, within=PATIENCE)
        self.say(indented("#deploys", card["text"]))
        return card

    async def _shown(self, card: Json, containing: str) -> Json:
        line = await self.ari.wait_message("deploys", containing, thread=card["ts"], within=PATIENCE)
        self.say(indented("in the thread", line["text"]))
        return line

    async def _whispered(self, person: Actor, containing: str) -> None:
        said = await person.wait_ephemeral(containing, within=PATIENCE)
        self.say(indented(f"only {person.name} sees", said["text"]))


def indented(where: str, text: str) -> str:
    """What was shown, beside where; instants as the clock of this machine shows them."""
    lines = _readable(text).splitlines()
    return "\n".join(f"    {where + ':' if not number else '':<18} {line}" for number, line in enumerate(lines))


def _readable(text: str) -> str:
    def at(match: re.Match[str]) -> str:
        return datetime.fromtimestamp(int(match[1])).astimezone().strftime("%H:%M:%S")

    text = re.sub(r"<!date\^(\d+)\^[^>]*>", at, text)
    text = re.sub(r"<!subteam\^(\w+)>", r"@\1", text)
    return re.sub(r"<@(\w+)>", r"@\1", text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
