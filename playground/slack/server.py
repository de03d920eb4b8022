"""The workspace as one server on one port: Slack's side, the page, and the control API."""

import errno
from pathlib import Path
from types import TracebackType

from aiohttp import web

from playground.slack import backend as parts
from playground.slack.control import routes as control_routes
from playground.slack.manifest import load
from playground.slack.methods import METHODS
from playground.slack.replies import Replies
from playground.slack.uploads import routes as upload_routes
from playground.slack.web_api import WebApi

PAGE = Path(__file__).parent.parent / "page"
LARGEST = 64 * 1024 * 1024  # bytes of a request


class SlackWorkspace:
    """A Slack workspace on loopback, open while its `async with` block runs.

    `manifest` says what the app may do. `port` 0 means any free one; if the one asked for is busy, another is taken and
    `port_taken` names the busy one. `journal` is a file for everything that happens. With `request_url`, payloads go
    there, signed, instead of through Socket Mode.
    """

    def __init__(
        self,
        manifest: Path,
        port: int = 0,
        host: str = "127.0.0.1",
        journal: Path | None = None,
        request_url: str | None = None,
    ) -> None:
        self._manifest, self._journal, self._request_url = manifest, journal, request_url
        self._host, self._port = host, port
        self.port_taken: int | None = None
        self.url = ""

    @property
    def api_url(self) -> str:
        """The Web API's base, for `base_url`."""
        return f"{self.url}/api/"

    async def __aenter__(self) -> "SlackWorkspace":
        self._backend = parts.build(load(self._manifest), self._journal, self._request_url)
        self._runner = web.AppRunner(self._app(), shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        try:
            await self._listen()
        except OSError:
            await self._runner.cleanup()
            raise
        self.url = self._backend.url = f"http://{self._host}:{self._runner.addresses[0][1]}"
        await self._backend.transport.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._backend.feed.close()
        await self._backend.tasks.close()
        await self._backend.transport.close()
        await self._runner.cleanup()
        self._backend.journal.close()

    async def _listen(self) -> None:
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as busy:
            if busy.errno != errno.EADDRINUSE or not self._port:
                raise
            self.port_taken = self._port
            await web.TCPSite(self._runner, self._host, 0).start()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=LARGEST)
        api, replies = WebApi(self._backend, METHODS), Replies(self._backend)
        app.router.add_route("*", "/api/{method}", api.handle)
        app.router.add_post("/response/{token}", replies.handle)
        if self._backend.sockets:
            app.router.add_get("/link/", self._backend.sockets.handle)
        app.add_routes(upload_routes(self._backend))
        app.add_routes(control_routes(self._backend))
        app.router.add_get("/", _index)
        app.router.add_get("/archives/{channel}/p{ts}", self._permalink)
        if PAGE.is_dir():
            app.router.add_static("/static/", PAGE)
        app.on_response_prepare.append(_always_fresh)
        return app

    async def _permalink(self, request: web.Request) -> web.StreamResponse:
        """To where the page shows the message, its thread open if it has one."""
        channel, digits = request.match_info["channel"], request.match_info["ts"]
        room = self._backend.team.channels.get(channel)
        message = room.messages.get(f"{digits[:-6]}.{digits[-6:]}", {}) if room else {}
        raise web.HTTPFound(f"/#//{channel}/{message.get('thread_ts', '')}")


async def _always_fresh(request: web.Request, response: web.StreamResponse) -> None:
    """Modules of an older page would not fit the newer ones."""
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-cache"


async def _index(request: web.Request) -> web.StreamResponse:
    if not (PAGE / "index.html").is_file():
        raise web.HTTPNotFound(text="The page is not there; the control API under /play/ is.")
    return web.FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})
