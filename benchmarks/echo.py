"""The bare Bolt app to compare with: it has the same listeners as Quarterdeck, and each acknowledges and echoes."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot import discovery
from bot.gate import Gate, Handler


async def echo(ack: AsyncAck, respond: AsyncRespond, body: Mapping[str, Any]) -> None:
    """What the first example of Bolt's documentation does."""
    await ack()
    await respond(str(body.get("text") or ""))


class Echoes(Gate):
    """Takes the commands' registrations and puts an echo in each one's place: no gate, nothing but Bolt."""

    def __init__(self, app: AsyncApp) -> None:
        self.app = app

    def _register(self, listen: Callable[[Handler], Any], handler: Handler, form: bool = False) -> None:
        listen(echo)


def main() -> None:
    """Serve on PORT until SIGTERM."""
    client = AsyncWebClient(os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"])
    app = AsyncApp(client=client, signing_secret=os.environ["SLACK_SIGNING_SECRET"])
    for module in discovery.commands():
        module.register(Echoes(app))
    app.start(int(os.environ["PORT"]), host="127.0.0.1")


if __name__ == "__main__":
    main()
