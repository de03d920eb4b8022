"""The scene of the README without a browser: who typed what, what the bot showed. Exits 0 when all of it happened."""

import re
from collections.abc import Awaitable, Callable
from datetime import datetime

from playground.client import Actor, Failed, Json, Workspace
from playground.harness import Playground

PATIENCE = 60.0  # seconds for each thing to appear
BUSY = 300.0  # requests a second: a gate has seen enough of them in ten samples


class Tour:
    """Plays the scene and prints it. Raises TimeoutError at the first thing that does not happen."""

    def __init__(self, playground: Playground, workspace: Workspace, say: Callable[[str], None] = print) -> None:
        self.playground, self.slack, self.say = playground, workspace, say
        self.dana, self.ari, self.cam, self.vic = (workspace.person(name) for name in ("dana", "ari", "cam", "vic"))

    async def play(self) -> None:
        """All acts, in order."""
        for service in ("api", "web"):
            self.playground.cluster.traffic.set_rate("shop-production", service, BUSY)
        await self._act("A deploy, approved by somebody else", self._deploy)
        await self._act("A mistake", self._mistake)
        await self._act("A version whose image does not exist", self._bad_image)
        await self._act("A canary that is worse: taken back without anybody, by what was measured", self._bad_canary)
        await self._act("A good canary, and the bot is killed in the middle of it", self._good_canary)
        await self._act("A lock", self._lock)
        await self._act("An emergency: at once, and signed by somebody else afterwards", self._emergency)
        await self._act("Back to the last known good version", self._rollback)

    async def _act(self, title: str, act: Callable[[], Awaitable[None]]) -> None:
        self.say(f"\n== {title} ==")
        await act()

    async def _deploy(self) -> None:
        card = await self._ask("/deploy api v1.2 production")
        await self._shown(card, "*The plan:*")
        request = await self._shown(card, "Needs 1 approval")
        await self._press(self.dana, request, "Approve")
        await self._whispered(self.dana, "You asked for this yourself")
        await self._press(self.vic, request, "Approve")
        await self._whispered(self.vic, "You may not approve")
        await self._approve(request)
        await self._shown(card, "*Done:*")
        await self._card("api v1.2 to production: runs, being watched")

    async def _mistake(self) -> None:
        await self._type(self.dana, "/deploy apy v1.3 production")
        await self._whispered(self.dana, "Did you mean")

    async def _bad_image(self) -> None:
        card = await self._ask("/deploy api v1.3-bad production")
        await self._approve(await self._request(card))
        await self._shown(card, "v1.3-bad` failed")
        await self._shown(card, "*Rolled back:*")
        await self._card("api v1.3-bad to production: failed and rolled back")

    async def _bad_canary(self) -> None:
        card = await self._ask("/deploy web v2.1-err30 production --strategy canary")
        await self._approve(await self._request(card))
        await self._shown(card, "*Step 1 of 3:")
        await self._shown(card, "failed in production:* the new version is worse")
        await self._shown(card, "*Rolled back:*")
        await self._card("web v2.1-err30 to production: failed and rolled back")
        await self._shown(card, "*The service is back to normal.*")
        await self._type(self.dana, "/deploy web v2.1-err30 production")
        await self._card("web v2.1-err30 to production: not started")

    async def _good_canary(self) -> None:
        card = await self._ask("/deploy web v2.1 production --strategy canary")
        await self._approve(await self._request(card))
        await self._shown(card, "*Step 1 of 3:")
        await self.playground.bot.kill()
        self.say("kill -9: the bot is gone")
        await self.playground.bot.start()
        self.say("the bot is started again")
        await self._shown(card, "Resumed")
        await self._shown(card, "has passed*")
        await self._card("web v2.1 to production: rolling out, 25 %")
        await self._shown(card, "*Step 3 of 3:")
        await self._press(self.dana, card, "Promote")
        await self._shown(card, "*Promoted*")
        await self._shown(card, "*Done:*")
        await self._card("web v2.1 to production: runs, being watched")

    async def _lock(self) -> None:
        await self._type(self.ari, '/deploy lock web production "the database moves" for 1h')
        await self._card("web/production is locked")
        await self._type(self.dana, "/deploy web v2.2 production")
        await self._card("web v2.2 to production: not started")
        await self._type(self.ari, "/deploy unlock web production")
        await self._card("web/production is open again")

    async def _emergency(self) -> None:
        await self._type(self.cam, '/deploy api v1.4 production --emergency "cards are declined"')
        card = await self._card("api v1.4 to production: runs, being watched")
        asked = await self._shown(card, "Cam Lindqvist changed `api/production` without approval")
        await self._press(self.ari, asked, "Sign…")
        form = await self.ari.wait_view("Sign", within=PATIENCE)
        await self.ari.submit(form, note="the change, and the errors since")
        await self._shown(card, "Ari Novak signed")

    async def _rollback(self) -> None:
        await self._type(self.dana, "/rollback api production")
        await self._card("api v1.1 to production: runs, being watched")

    async def _ask(self, command: str) -> Json:
        await self._type(self.dana, command)
        service, version = command.split()[1:3]
        return await self._card(f"{service} {version} to production: waiting for approval")

    async def _request(self, card: Json) -> Json:
        return await self._shown(card, "Needs 1 approval")

    async def _approve(self, request: Json) -> None:
        await self._press(self.ari, request, "Approve")
        await self.ari.wait_message("deploys", "*Approved*", thread=request["thread_ts"], within=PATIENCE)

    async def _press(self, person: Actor, message: Json, label: str) -> None:
        """Click on what the message shows now, also where it is redrawn meanwhile."""

        async def click() -> bool:
            shown = await person.messages("deploys", message.get("thread_ts"))
            try:
                await person.click(next(one for one in shown if one["ts"] == message["ts"]), label)
            except (Failed, LookupError):
                return False
            return True

        await person.wait(click, within=PATIENCE)
        self.say(f"{person.name} clicks [{label}]")

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
        moment = datetime.fromtimestamp(int(match[1])).astimezone()
        today = moment.date() == datetime.now().astimezone().date()
        return moment.strftime("%H:%M:%S" if today else "%a %H:%M")

    text = re.sub(r"<!date\^(\d+)\^[^>]*>", at, text)
    text = re.sub(r"<!subteam\^(\w+)>", r"@\1", text)
    return re.sub(r"<@(\w+)>", r"@\1", text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
