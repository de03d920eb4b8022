"""The forge's API: two questions of GitHub's, answered as GitHub does. Faults: see `playground.loopback`.

http_429 here is GitHub's own: a 403 that says how long to wait, since the hour's requests are used up.
"""

import hashlib
import time
from typing import Any

from aiohttp import web

from playground.forge.history import Commit, history
from playground.loopback import Fault, Loopback

MOST = 250  # commits of one answer
SITE = "https://github.example.com"

Json = dict[str, Any]


class Forge(Loopback):
    """`async with Forge() as forge`: GitHub's API for the shop's repositories at `forge.url`."""

    def __init__(self) -> None:
        super().__init__(
            [
                web.get("/repos/{owner}/{name}/compare/{range}", self._compare),
                web.get("/repos/{owner}/{name}/commits/{ref}", self._commit),
            ]
        )

    def refusal(self, fault: Fault) -> web.Response:
        """See `Loopback`."""
        if fault.kind != "http_429":
            return super().refusal(fault)
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + fault.retry_after)}
        return web.json_response({"message": "API rate limit exceeded"}, status=403, headers=headers)

    async def _compare(self, request: web.Request) -> web.Response:
        repository = _repository(request)
        base, _, head = request.match_info["range"].partition("...")
        old, new = history(repository, base), history(repository, head)
        if old is None or new is None:
            return _nothing(404, "Not Found")
        etag = f'"{hashlib.sha256(f"{old[-1].sha}{new[-1].sha}".encode()).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        shared = sum(1 for one, other in zip(old, new, strict=False) if one == other)
        commits, behind = new[shared:], len(old) - shared
        body = {
            "html_url": f"{SITE}/{repository}/compare/{base}...{head}",
            "status": "diverged" if commits and behind else "ahead" if commits else "behind" if behind else "identical",
            "ahead_by": len(commits),
            "behind_by": behind,
            "total_commits": len(commits),
            "commits": [_entry(repository, commit) for commit in commits[-MOST:]],
        }
        return web.json_response(body, headers={"ETag": etag})

    async def _commit(self, request: web.Request) -> web.Response:
        repository, ref = _repository(request), request.match_info["ref"]
        if history(repository, "v0.0") is None:
            return _nothing(404, "Not Found")
        found = history(repository, ref)
        if not found:
            return _nothing(422, f"No commit found for SHA: {ref}")
        return web.json_response(_entry(repository, found[-1]))


def _repository(request: web.Request) -> str:
    return f"{request.match_info['owner']}/{request.match_info['name']}"


def _entry(repository: str, commit: Commit) -> Json:
    signature = {"name": commit.author.real_name, "email": commit.author.email, "date": commit.at.isoformat()}
    return {
        "sha": commit.sha,
        "html_url": f"{SITE}/{repository}/commit/{commit.sha}",
        "commit": {"message": commit.message, "author": signature, "committer": signature},
        "author": {"login": commit.author.name},
    }


def _nothing(status: int, message: str) -> web.Response:
    return web.json_response({"message": message, "status": str(status)}, status=status)
