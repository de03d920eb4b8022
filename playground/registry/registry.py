"""The registry's API: as much of the OCI distribution specification as it takes to ask what a tag is.

Nobody needs a password, but everybody a token, as with Docker Hub. Faults: see `playground.loopback`.
"""

import json
import secrets

from aiohttp import web

from playground.loopback import Loopback
from playground.registry.images import INDEX, digest_of, index, is_there

LIVES = 300  # seconds


class Registry(Loopback):
    """`async with Registry() as registry`: it answers for registry.example.com at `registry.url`."""

    def __init__(self) -> None:
        super().__init__(
            [
                web.get("/token", self._token),
                web.get("/v2/", self._version),
                web.get("/v2/{name:.+}/manifests/{reference}", self._manifest),  # HEAD as well
            ]
        )
        self._tokens: dict[str, str] = {}
        self._tags: dict[tuple[str, str], str] = {}

    async def _version(self, request: web.Request) -> web.Response:
        return web.json_response({}) if self._scope(request) is not None else self._challenge(request, "")

    async def _token(self, request: web.Request) -> web.Response:
        token = secrets.token_urlsafe(16)
        self._tokens[token] = request.query.get("scope", "")
        return web.json_response({"token": token, "expires_in": LIVES})

    async def _manifest(self, request: web.Request) -> web.Response:
        name, reference = request.match_info["name"], request.match_info["reference"]
        scope = f"repository:{name}:pull"
        if self._scope(request) != scope:
            return self._challenge(request, scope)
        # A digest says nothing about its tag, so the registry knows those that somebody has asked it for by tag.
        tag = self._tags.get((name, reference)) if reference.startswith("sha256:") else reference
        if tag is None or not is_there(name, tag):
            return _error(404, "MANIFEST_UNKNOWN", "manifest unknown")
        content = index(name, tag)
        digest = digest_of(content)
        self._tags[name, digest] = tag
        headers = {"Docker-Content-Digest": digest, "Content-Type": INDEX}
        return web.Response(body=content, headers=headers)

    def _scope(self, request: web.Request) -> str | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return self._tokens.get(token) if kind == "Bearer" else None

    def _challenge(self, request: web.Request, scope: str) -> web.Response:
        wanted = f'Bearer realm="{self.url}/token",service="{request.host}"'
        refused = _error(401, "UNAUTHORIZED", "authentication required")
        refused.headers["WWW-Authenticate"] = f'{wanted},scope="{scope}"' if scope else wanted
        return refused


def _error(status: int, code: str, message: str) -> web.Response:
    body = json.dumps({"errors": [{"code": code, "message": message}]})
    return web.Response(status=status, text=body, content_type="application/json")
