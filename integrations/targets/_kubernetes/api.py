"""The only place that talks to a Kubernetes API: a deadline on every call, errors in the bot's own words."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from bot.blocks import clip, escape
from bot.errors import Code, Refusal, Unavailable
from integrations.targets._kubernetes.login import log_in

Json = dict[str, Any]
Query = Sequence[tuple[str, str]]

SYSTEM = "Kubernetes"
STRATEGIC_MERGE, JSON_PATCH = "application/strategic-merge-patch+json", "application/json-patch+json"
MERGE = "application/merge-patch+json"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
REFUSALS = {401: Code.TARGET_FORBIDS, 403: Code.TARGET_FORBIDS, 404: Code.NOT_FOUND, 409: Code.CONFLICT}
BUSY = (408, 429)


class Answer(NamedTuple):
    """What an API server sent back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Cluster:
    """One API server as one user, shared by the places that run there and opened by the first call.

    `kubeconfig` None means what kubectl would read; `context` None means the current one, or the pod's own service
    account where there is no kubeconfig.
    """

    def __init__(self, kubeconfig: Path | None, context: str | None) -> None:
        self._kubeconfig, self._context = kubeconfig, context
        self._opening = asyncio.Lock()
        self._client: Any = None
        self._holders = 0

    @property
    def name(self) -> str:
        """What people call it."""
        return f"cluster {self._context}" if self._context else "the cluster"

    def hold(self) -> None:
        """Count one more place that uses the connection."""
        self._holders += 1

    async def release(self) -> None:
        """Count one place less; the last one closes the connection."""
        self._holders -= 1
        if self._holders <= 0 and (client := self._client):
            self._client = None
            await client.close()

    async def get(self, path: str, query: Query = (), *, timeout: float) -> Json:
        """Read an object or a list."""
        return _read(await self._call("GET", path, query, None, {}, timeout))

    async def metadata(self, path: str, *, timeout: float) -> Json:
        """Read an object's metadata, and nothing else of it."""
        return _read(await self._call("GET", path, (), None, {"Accept": METADATA}, timeout))

    async def text(self, path: str, query: Query = (), *, timeout: float) -> str:
        """Read what is no JSON: a log."""
        return (await self._call("GET", path, query, None, {}, timeout)).decode(errors="replace")

    async def patch(
        self, path: str, body: Json | list[Json], query: Query = (), *, timeout: float, custom: bool = False
    ) -> Json:
        """Change an object: a list is a JSON patch, a dict a strategic merge patch, which `custom` resources don't
        know: for them it is a plain one. Returns it as it then is."""
        kind = JSON_PATCH if isinstance(body, list) else MERGE if custom else STRATEGIC_MERGE
        return _read(await self._call("PATCH", path, query, body, {"Content-Type": kind}, timeout))

    async def create(self, path: str, body: Json, query: Query = (), *, timeout: float) -> Json:
        """Make an object in the list at `path`."""
        return _read(await self._call("POST", path, query, body, {"Content-Type": "application/json"}, timeout))

    async def delete(self, path: str, body: Json, *, timeout: float) -> None:
        """Delete an object; `body` are the options."""
        await self._call("DELETE", path, (), body, {"Content-Type": "application/json"}, timeout)

    async def _call(
        self, method: str, path: str, query: Query, body: Any, headers: Mapping[str, str], timeout: float
    ) -> bytes:
        try:
            async with asyncio.timeout(timeout):
                client = await self._opened(timeout)
                answer = await _send(client, method, path, query, body, headers, timeout)
                if answer.status == 401:  # the token of an exec plugin or a rotated file has run out: ask for a new one
                    client = await self._opened(timeout, instead_of=client)
                    answer = await _send(client, method, path, query, body, headers, timeout)
        except TimeoutError:
            raise Unavailable(SYSTEM, f"{self.name} did not answer within {timeout:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            # Of all of aiohttp's errors only this one is sure to name no more than host and port.
            told = str(error) if isinstance(error, aiohttp.ClientConnectorError) else type(error).__name__
            raise Unavailable(SYSTEM, f"no connection to {self.name}: {told}") from None
        if answer.status >= 400:
            raise failure(answer, f"{method} {path}")
        return answer.body

    async def _opened(self, timeout: float, instead_of: Any = None) -> Any:
        async with self._opening:
            if self._client is None or self._client is instead_of:
                # In a thread: the import, the files and the certificates would each hold up the event loop.
                self._client = await asyncio.to_thread(log_in, self._kubeconfig, self._context, timeout)
                if instead_of is not None:
                    await instead_of.close()
            return self._client


def failure(answer: Answer, asked: str) -> Refusal | Unavailable:
    """What an answer of 400 or more means to the bot, in the API's own words."""
    try:
        status = json.loads(answer.body)
        told = str(status["message"])
    except (ValueError, KeyError, TypeError):
        status, told = {}, answer.body.decode(errors="replace") or f"HTTP {answer.status}"
        if answer.status == 404:  # of no object, but of a whole kind
            told = f"{asked}: the cluster does not know such a resource"
    told = clip(" ".join(told.split()), 600)
    if answer.status >= 500 or answer.status in BUSY:
        return Unavailable(SYSTEM, f"HTTP {answer.status}: {told}", _retry_after(answer, status))
    hint = ""
    if answer.status == 401:
        told, hint = f"{asked}: the cluster does not accept the bot's credentials", "Renew them in the kubeconfig."
    if answer.status == 403 and " cannot " in told:  # by RBAC, rather than by a quota or an admission rule
        hint = "Whoever runs the cluster can grant it: ops/kubernetes holds the rights that the bot needs."
    return Refusal(REFUSALS.get(answer.status, Code.INVALID), escape(told), hint)


def _read(body: bytes) -> Json:
    try:
        thing: Json = json.loads(body)
    except ValueError:
        raise Unavailable(SYSTEM, "something that is no API server answered") from None
    return thing


def _retry_after(answer: Answer, status: Json) -> float | None:
    details = status.get("details") or {}
    seconds = answer.headers.get("Retry-After") or details.get("retryAfterSeconds")
    try:
        return float(seconds) if seconds else None
    except ValueError:  # a date, which no API server sends
        return None


async def _send(
    client: Any, method: str, path: str, query: Query, body: Any, headers: Mapping[str, str], timeout: float
) -> Answer:
    request = await client.param_serialize(
        method=method,
        resource_path=path,
        query_params=list(query),
        header_params={"Accept": "application/json, */*", **headers},
        body=body,
        auth_settings=["BearerToken"],
    )
    response = await client.call_api(*request, _request_timeout=timeout)
    return Answer(response.status, response.headers, await response.read())
