"""Files: where uploads go, and where they can be fetched."""

from aiohttp import BodyPartReader, web

from playground.slack.backend import Backend


def routes(backend: Backend) -> list[web.RouteDef]:
    """The two endpoints."""

    async def upload(request: web.Request) -> web.Response:
        file = backend.team.files.get(request.match_info["file"])
        if file is None:
            raise web.HTTPNotFound
        file.content = await _content(request)
        return web.Response(text=f"OK - {len(file.content)}")

    async def download(request: web.Request) -> web.Response:
        file = backend.team.files.get(request.match_info["file"])
        if file is None or file.content is None:
            raise web.HTTPNotFound
        kind = str(file.json("")["mimetype"])
        return web.Response(body=file.content, content_type=kind, headers={"X-Content-Type-Options": "nosniff"})

    return [web.post("/upload/v1/{file}", upload), web.get("/files/{file}/{name}", download)]


async def _content(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        return await request.read()
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.filename:
            return bytes(await part.read())
    return b""
