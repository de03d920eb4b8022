"""A bare Socket Mode client, for what Bolt hides."""

from typing import Any

from aiohttp import ClientSession, WSMsgType

from playground.slack import SlackWorkspace
from playground.world import APP_TOKEN


class Line:
    """A bare Socket Mode client: sees every envelope, acknowledges only when told to."""

    def __init__(self, slack: SlackWorkspace, session: ClientSession) -> None:
        self._slack, self._session = slack, session

    async def dial(self, query: str = "") -> "Line":
        headers = {"Authorization": f"Bearer {APP_TOKEN}"}
        async with self._session.post(f"{self._slack.api_url}apps.connections.open", headers=headers) as response:
            self.address = (await response.json())["url"]
        self.socket = await self._session.ws_connect(self.address + query)
        return self

    async def next(self, within: float = 2) -> dict[str, Any]:
        message = await self.socket.receive(within)
        return dict(message.json()) if message.type is WSMsgType.TEXT else {"type": str(message.type)}

    async def ack(self, envelope: dict[str, Any], **payload: Any) -> None:
        await self.socket.send_json({"envelope_id": envelope["envelope_id"], "payload": payload})
