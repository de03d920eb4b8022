"""The Web API's door: reads a call in any of its encodings, checks who calls and how often, runs the method."""

import json
import logging
from collections.abc import Mapping

from aiohttp import web

from playground.slack.backend import Backend
from playground.slack.call import Call, Method
from playground.slack.errors import Json, SlackError, invalid
from playground.slack.faults import Fault
from playground.slack.limits import RateLimited
from playground.world import APP_TOKEN, BOT_TOKEN

SECRET_ARGS = ("token",)
HANG = 60.0  # seconds; every client gives up earlier


class WebApi:
    """Answers /api/<method>."""

    def __init__(self, backend: Backend, methods: Mapping[str, Method]) -> None:
        self._backend, self._methods = backend, methods

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call, with the fault that befalls it, if any."""
        name = request.match_info["method"]
        try:
            args = await _arguments(request)
        except ValueError:
            return web.json_response(SlackError("invalid_json").body())
        fault = self._backend.faults.for_call(name)
        before = await self._fail_before(request, fault)
        answer, status, headers = before or self._run(request, name, args)
        shown = {key: value for key, value in args.items() if key not in SECRET_ARGS}
        self._backend.journal.note(
            "api",
            method=name,
            args=shown,
            ok=bool(answer.get("ok")),
            status=status,
            fault=fault.kind if fault else None,
            **({"error": answer["error"]} if "error" in answer else {}),
        )
        if fault and fault.kind in ("reset_before", "reset_after", "hang") and request.transport:
            request.transport.abort()
        return web.json_response(answer, status=status, headers=headers)

    async def _fail_before(self, request: web.Request, fault: Fault | None) -> tuple[Json, int, dict[str, str]] | None:
        """What happens instead of the call; None if the call goes on."""
        kind = fault.kind if fault else ""
        if fault is None or kind == "reset_after":
            return None
        if kind == "latency":
            await self._backend.tasks.pause(fault.seconds)
            return None
        if kind == "hang":
            await self._backend.tasks.pause(HANG)
        answers: dict[str, tuple[Json, int, dict[str, str]]] = {
            "ratelimited": (SlackError("ratelimited").body(), 429, {"Retry-After": str(fault.retry_after)}),
            "http_500": ({"ok": False, "error": "internal_error"}, 500, {}),
            "error": ({"ok": False, "error": fault.error}, 200, {}),
        }
        return answers.get(kind, ({"ok": False, "error": kind}, 200, {}))

    def _run(self, request: web.Request, name: str, args: Json) -> tuple[Json, int, dict[str, str]]:
        scopes = {"X-OAuth-Scopes": ",".join(self._backend.manifest.scopes)}
        try:
            method = self._methods.get(name)
            if method is None:
                raise SlackError("unknown_method", req_method=name)
            self._authenticate(method, _token(request, args))
            call = Call(name, method, args, self._backend)
            call.allow(method.accepted())
            self._backend.limits.call(name, method.tier)
            if absent := [key for key in method.required if args.get(key) is None]:
                raise invalid(*(f"missing required field: {key}" for key in absent))
            return (
                {"ok": True} | method.run(call),
                200,
                scopes | {"X-Accepted-OAuth-Scopes": ",".join(method.accepted())},
            )
        except RateLimited as limited:
            return limited.body(), 429, scopes | {"Retry-After": str(limited.retry_after)}
        except SlackError as refused:
            return refused.body(), 200, scopes
        except Exception:
            logging.getLogger(__name__).exception("%s failed", name)
            return {"ok": False, "error": "internal_error"}, 200, scopes

    def _authenticate(self, method: Method, token: str) -> None:
        if method.token == "none":  # noqa: S105 - a kind of token
            return
        if not token:
            raise SlackError("not_authed")
        if token not in (BOT_TOKEN, APP_TOKEN):
            raise SlackError("invalid_auth")
        if self._backend.faults.token_revoked:
            raise SlackError("token_revoked")
        kind = "app" if token == APP_TOKEN else "bot"
        if method.token not in (kind, "any"):
            raise SlackError("not_allowed_token_type")


async def _arguments(request: web.Request) -> Json:
    """Arguments may stand in the query, in a form, or in a JSON body. The team is always ours and goes unread.

    Raises ValueError where a JSON body is none.
    """
    args: Json = dict(request.query)
    if request.method == "POST" and request.can_read_body:
        if request.content_type == "application/json":
            body = json.loads(await request.text() or "{}")
            if not isinstance(body, dict):
                raise ValueError("an object is needed")
            args |= body
        else:
            args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    args.pop("team_id", None)
    return args


def _token(request: web.Request, args: Json) -> str:
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ").strip() or str(args.get("token", ""))
