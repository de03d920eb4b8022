"""Prometheus' HTTP API: queries, and what there is to ask for."""

import math
from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal
from typing import Any

from aiohttp import web

from playground.prometheus.faults import Faults
from playground.prometheus.memory import Memory
from playground.prometheus.parameters import BadData, Parameters
from playground.prometheus.promql.errors import BadExecution, BadQuery
from playground.prometheus.promql.evaluation import Evaluation
from playground.prometheus.promql.functions import Point
from playground.prometheus.promql.kinds import kind_of
from playground.prometheus.promql.nodes import Kind, Labels, Node, Selector
from playground.prometheus.promql.parser import parse
from playground.prometheus.store import Series, Store

Json = dict[str, Any]
BUILD = {"version": "2.42.0", "revision": "playground", "branch": "", "buildUser": "", "buildDate": "", "goVersion": ""}


class Api:
    """The handlers below /api/v1. `noted` is told each query."""

    def __init__(self, store: Store, faults: Faults, noted: Callable[[str, str], None]) -> None:
        self._store, self._faults, self._noted = store, faults, noted
        self._memory = Memory(store)

    def routes(self) -> list[web.RouteDef]:
        both: dict[str, Callable[[Parameters], Json | list[Any]]] = {
            "/api/v1/query": self._query,
            "/api/v1/query_range": self._query_range,
            "/api/v1/labels": self._labels,
            "/api/v1/series": self._series,
        }
        routes = [route for path, handle in both.items() for route in _both(path, self._answered(handle))]
        return [
            *routes,
            web.get("/api/v1/label/{name}/values", self._values),
            web.get("/api/v1/status/buildinfo", self._answered(lambda _: BUILD)),
        ]

    def _answered(
        self, handle: Callable[[Parameters], Json | list[Any]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            if fault := await self._faults.gate(request):
                return fault
            try:
                data = handle(await Parameters.of(request))
            except BadData as error:
                return _error(400, "bad_data", str(error))
            except BadExecution as error:
                return _error(422, "execution", str(error))
            except RecursionError:
                return _error(422, "execution", "the query is nested too deeply")
            return web.json_response({"status": "success", "data": data})

        return answer

    def _query(self, given: Parameters) -> Json:
        at = given.moment_or_now("time")
        _check_timeout(given)
        node = self._read("query", given)
        if self._faults.no_data:
            return {"resultType": "vector", "result": []}
        evaluation = Evaluation(self._store)
        if isinstance(node, Selector) and node.window:
            return {"resultType": "matrix", "result": _matrix(evaluation.raw(node, at))}
        value = evaluation.at(node, at)
        if isinstance(value, list):
            result: list[Any] = [{"metric": dict(labels), "value": _point((at, one))} for labels, one in value]
            return {"resultType": "vector", "result": result}
        if isinstance(value, float):
            return {"resultType": "scalar", "result": _point((at, value))}
        return {"resultType": "string", "result": [at / 1000, value]}

    def _query_range(self, given: Parameters) -> Json:
        start, end, step = given.span()
        _check_timeout(given)
        node = self._read("query_range", given)
        if (kind := kind_of(node)) not in (Kind.SCALAR, Kind.VECTOR):
            text = f'invalid expression type "{kind}" for range query, must be Scalar or instant Vector'
            raise BadData(text)
        known = self._memory.of(given.text("query"))
        found = {} if self._faults.no_data else Evaluation(self._store).over(node, start, end, step, known)
        return {"resultType": "matrix", "result": _matrix(found)}

    def _read(self, kind: str, given: Parameters) -> Node:
        query = given.text("query")
        self._noted(kind, query)
        try:
            return parse(query)
        except BadQuery as error:
            raise BadData(f'invalid parameter "query": {error}') from None

    def _labels(self, given: Parameters) -> list[str]:
        return sorted({name for series in self._matching(given) for name, _ in series.labels})

    def _series(self, given: Parameters) -> list[dict[str, str]]:
        if not given.texts("match[]"):
            raise BadData("no match[] parameter provided")
        return [dict(labels) for labels in sorted({series.labels for series in self._matching(given)})]

    async def _values(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]

        def values(given: Parameters) -> list[str]:
            return sorted({value for series in self._matching(given) for key, value in series.labels if key == name})

        return await self._answered(values)(request)

    def _matching(self, given: Parameters) -> Iterable[Series]:
        if not given.texts("match[]"):
            return self._store.all()
        found: list[Series] = []
        for text in given.texts("match[]"):
            try:
                node = parse(text)
            except BadQuery as error:
                raise BadData(f'invalid parameter "match[]": {error}') from None
            if not isinstance(node, Selector) or node.window:
                raise BadData(f'invalid parameter "match[]": {text} is no selector')
            found += self._store.select(node.matchers)
        return found


def _both(path: str, handle: Callable[[web.Request], Awaitable[web.Response]]) -> list[web.RouteDef]:
    return [web.get(path, handle), web.post(path, handle)]


def _check_timeout(given: Parameters) -> None:
    if given.text("timeout"):
        given.length("timeout")  # nothing here takes so long; but one that can't be read is refused


def _error(status: int, kind: str, text: str) -> web.Response:
    return web.json_response({"status": "error", "errorType": kind, "error": text}, status=status)


def _matrix(found: dict[Labels, list[Point]]) -> list[Json]:
    return [{"metric": dict(labels), "values": [_point(one) for one in points]} for labels, points in found.items()]


def _point(point: Point) -> list[Any]:
    at, value = point
    return [at // 1000 if at % 1000 == 0 else at / 1000, spelled(value)]


def spelled(value: float) -> str:
    """A number as Go writes it in JSON: shortest, and without an exponent from 1e-6 to 1e21."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value and not 1e-6 <= abs(value) < 1e21:
        return repr(value).replace(".0e", "e")
    return format(Decimal(repr(value)), "f").removesuffix(".0")
