"""What tests and the tour do to the cluster, beside its API. JSON; a wrong request is 400 with {"error": …}.

POST   /play/faults    {"kind": "outage", "seconds": 60}   connections are reset at once, open ones too
                       {"kind": "latency", "seconds": 2}   every request takes so much longer, until cleared
                       {"kind": "hang", "seconds": 30}     requests are taken and not answered until it is over
                       (an outage or a hang without seconds lasts until it is cleared)
                       {"kind": "http_500" | "http_429" | "conflict", "count": 3, "path": "part of the path"}
                       {"kind": "forbid", "verb": "patch", "resource": "deployments"}   until cleared
DELETE /play/faults    everything works again
POST   /play/clock     {"scale": 60}   how many simulated seconds pass in a real one; those of faults too
GET    /play/requests  the last 500 requests to the API: {"requests": [{at, user, method, path, status}]}
POST   /play/apis      {"group": "gateway.networking.k8s.io", "installed": false}   whether it is served
GET    /play/traffic   counters of the simulated traffic, for each service and pod
GET    /play/metrics   the same and more as Prometheus scrapes it
POST   /play/load      {"namespace": …, "service": …, "rps": 30}   requests a second of the wall
POST   /play/versions  {"service": …, "version": …, "error_rate": 0.02, "latency_ms": 60, "spread": 0.5, "cpu": 0.004}
                       how a version serves: share that fails, median, deviation of its logarithm, CPU seconds a request
"""

import json
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from playground.cluster.api.kinds import Object
from playground.cluster.api.served import Served
from playground.cluster.api.server import USER
from playground.cluster.clock import Clock
from playground.cluster.faults import Fault, Faults
from playground.cluster.traffic import Traffic
from playground.cluster.traffic.exposition import CONTENT_TYPE

KEPT_REQUESTS = 500

T = TypeVar("T", bound=BaseModel)


class _Scale(BaseModel):
    model_config = ConfigDict(extra="forbid")
    scale: float = Field(gt=0)


class _Rate(BaseModel):
    model_config = ConfigDict(extra="forbid")
    namespace: str
    service: str
    rps: float = Field(ge=0)


class _Api(BaseModel):
    model_config = ConfigDict(extra="forbid")
    group: str
    installed: bool


class _Version(BaseModel):
    model_config = ConfigDict(extra="forbid")
    service: str
    version: str
    error_rate: float | None = Field(default=None, ge=0, le=1)
    latency_ms: float | None = Field(default=None, gt=0)
    spread: float | None = Field(default=None, ge=0)
    cpu: float | None = Field(default=None, ge=0)


class Journal:
    """The last requests, and all of them in a file if there is one: one JSON object a line."""

    def __init__(self, clock: Clock, path: Path | None) -> None:
        self._clock, self._file = clock, path.open("a", encoding="utf-8") if path else None
        self.requests: deque[Object] = deque(maxlen=KEPT_REQUESTS)

    def note(self, request: web.Request, status: int) -> None:
        """Note a request; status 0 is one that got no answer."""
        entry = {"at": self._clock.now().isoformat(), "user": request.get(USER, ""), "method": request.method}
        query = f"?{request.query_string}" if request.query_string else ""
        entry |= {"path": f"/{request.match_info['path']}{query}", "status": status}
        self.requests.append(entry)
        if self._file:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def close(self) -> None:
        if self._file:
            self._file.close()


class Control:
    """The handlers of /play; `cut` resets all open connections but the one that it is given."""

    def __init__(
        self,
        clock: Clock,
        faults: Faults,
        traffic: Traffic,
        served: Served,
        journal: Journal,
        cut: Callable[[web.Request], None],
    ) -> None:
        self._clock, self._faults, self._traffic, self._served = clock, faults, traffic, served
        self._journal, self._cut = journal, cut

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/play/faults", self._add_fault),
            web.delete("/play/faults", self._clear_faults),
            web.post("/play/clock", self._set_clock),
            web.get("/play/requests", self._requests),
            web.get("/play/traffic", self._read_traffic),
            web.get("/play/metrics", self._metrics),
            web.post("/play/load", self._set_load),
            web.post("/play/versions", self._set_version),
            web.post("/play/apis", self._set_api),
        ]

    async def _add_fault(self, request: web.Request) -> web.Response:
        fault = await _read(request, Fault)
        self._faults.add(fault)
        if fault.kind == "outage":
            self._cut(request)
        return web.json_response({"ok": True})

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return web.json_response({"ok": True})

    async def _set_clock(self, request: web.Request) -> web.Response:
        self._clock.rescale((await _read(request, _Scale)).scale)
        return web.json_response({"ok": True})

    async def _requests(self, request: web.Request) -> web.Response:
        return web.json_response({"requests": list(self._journal.requests)})

    async def _read_traffic(self, request: web.Request) -> web.Response:
        return web.json_response(self._traffic.reading())

    async def _metrics(self, request: web.Request) -> web.Response:
        return web.Response(body=self._traffic.metrics().encode(), headers={"Content-Type": CONTENT_TYPE})

    async def _set_load(self, request: web.Request) -> web.Response:
        rate = await _read(request, _Rate)
        self._traffic.set_rate(rate.namespace, rate.service, rate.rps)
        return web.json_response({"ok": True})

    async def _set_version(self, request: web.Request) -> web.Response:
        given = await _read(request, _Version)
        latency = None if given.latency_ms is None else given.latency_ms / 1000
        parts = {"errors": given.error_rate, "latency": latency, "spread": given.spread, "cpu": given.cpu}
        changed = {name: value for name, value in parts.items() if value is not None}
        self._traffic.set_behaviour(given.service, given.version, **changed)
        return web.json_response({"ok": True})

    async def _set_api(self, request: web.Request) -> web.Response:
        given = await _read(request, _Api)
        try:
            (self._served.install if given.installed else self._served.uninstall)(given.group)
        except KeyError:
            raise _refused(f"no group of custom resources: {given.group}") from None
        return web.json_response({"ok": True})


async def _read(request: web.Request, model: type[T]) -> T:
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        raise _refused(str(error)) from None


def _refused(why: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=json.dumps({"error": why}), content_type="application/json")
