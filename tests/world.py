"""The playground with the bot in the same process: quick to start, and a test can look inside."""

from pathlib import Path
from types import TracebackType

from bot.app import Quarterdeck
from bot.settings import load
from playground.client import Actor, Json, Workspace
from playground.harness import ROOT, Playground
from playground.prometheus import Prometheus

FAST = {
    "QUARTERDECK__SLACK__UPDATE_INTERVAL": "0.2s",
    "QUARTERDECK__DEPLOY__POLL": "0.1s",
    "QUARTERDECK__DEPLOY__SETTLE": "0.2s",
    "QUARTERDECK__DEPLOY__WATCH": "0s",
    "QUARTERDECK__METRICS__RESOLUTION": "1s",
}


class World:
    """Everybody and everything that a conversation needs. With `versions` the bot can ask a registry and a forge;
    `extra` goes into its environment, `config` is its folder of settings; Prometheus looks every `scrape` seconds."""

    def __init__(
        self,
        folder: Path,
        *,
        scale: float = 10.0,
        http: bool = False,
        versions: bool = False,
        extra: dict[str, str] | None = None,
        config: Path | None = None,
        scrape: float | None = None,
    ) -> None:
        given = FAST | (extra or {})
        self.playground = Playground(folder, scale=scale, http=http, versions=versions, config=config, extra=given)
        if scrape:
            self.playground.prometheus = Prometheus(interval=scrape)

    async def __aenter__(self) -> "World":
        await self.playground.__aenter__()
        self.slack = Workspace(self.playground.slack.url)
        await self.slack.__aenter__()
        self.dana, self.ari, self.cam, self.vic = map(self.slack.person, ("dana", "ari", "cam", "vic"))
        await self.start_bot()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.bot.stop()
        await self.slack.__aexit__(kind, error, trace)
        await self.playground.__aexit__(kind, error, trace)

    async def start_bot(self) -> None:
        """The bot comes up, on the same database as before if there was one."""
        self.bot = Quarterdeck(load(self.playground.environ(), ROOT))
        try:
            await self.bot.start()
        except BaseException:
            await self.bot.stop()
            raise

    async def card(self, service: str = "api", within: float = 5) -> Json:
        """The newest card about a service in #deploys, once its plan stands on it."""

        async def look() -> Json | None:
            found = await self.dana.messages("deploys")
            cards = [one for one in found if f" {service} " in one["text"] and "*Strategy:*" in one["text"]]
            return cards[-1] if cards and ": checking" not in cards[-1]["text"] else None

        newest: Json = await self.dana.wait(look, within)
        return newest

    async def card_of(self, version: str, within: float = 5) -> Json:
        """The card of this version, once its plan stands on it."""
        await self.dana.wait_message("deploys", f" {version} to ", within=within)
        return await self.card(within=within)

    async def request(self, card: Json, within: float = 3) -> Json:
        """The approval request in a card's thread."""
        return await self.dana.wait_message("deploys", "Needs 1 approval", thread=card["ts"], within=within)

    async def line(self, card: Json, containing: str, within: float = 10) -> Json:
        """A line of a card's thread."""
        return await self.dana.wait_message("deploys", containing, thread=card["ts"], within=within)

    async def becomes(self, card: Json, containing: str, within: float = 10) -> Json:
        """The card, once it says this."""
        message = await self.dana.wait_message("deploys", containing, within=within)
        assert message["ts"] == card["ts"], "the card is edited, not posted anew"
        return message

    async def told(self, person: Actor, containing: str, within: float = 3) -> str:
        """What only this person sees, once it contains the words."""
        return str((await person.wait_ephemeral(containing, within))["text"])
