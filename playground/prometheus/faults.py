"""What can be made to go wrong between whoever asks and Prometheus."""

import asyncio
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from playground.cluster.faults import reset

LOGIN_PAGE = "<!doctype html><title>Sign in</title><form>Please sign in.</form>"


class Fault(BaseModel):
    """A fault as POST /play/faults takes it; without `seconds`, which are the wall's, it lasts until it is cleared.

    outage: connections are reset; hang: nothing is answered until it is over; html: a login page instead of an answer;
    http_500: an error without Prometheus' words; nodata: queries are answered, with nothing.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["outage", "hang", "html", "http_500", "nodata"]
    seconds: float = Field(default=0.0, ge=0)


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self._kinds: dict[str, asyncio.Event] = {}
        self._timers: list[asyncio.TimerHandle] = []

    def add(self, fault: Fault) -> None:
        self._kinds.setdefault(fault.kind, asyncio.Event())
        if fault.seconds:
            self._timers.append(asyncio.get_running_loop().call_later(fault.seconds, self._end, fault.kind))

    def clear(self) -> None:
        """Everything works again, also what hangs."""
        for timer in self._timers:
            timer.cancel()
        for kind in [*self._kinds]:
            self._end(kind)

    @property
    def no_data(self) -> bool:
        """Whether queries are answered with nothing."""
        return "nodata" in self._kinds

    async def gate(self, request: web.Request) -> web.Response | None:
        """Hold a request up or drop it, as the faults in force want; an answer where one of them gives it."""
        if "outage" in self._kinds:
            reset(request.transport)
            raise web.HTTPServiceUnavailable
        if hanging := self._kinds.get("hang"):
            await hanging.wait()
        if "html" in self._kinds:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        if "http_500" in self._kinds:
            return web.Response(status=500, text="internal server error\n")
        return None

    def _end(self, kind: str) -> None:
        if ended := self._kinds.pop(kind, None):
            ended.set()
