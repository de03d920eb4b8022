"""The playground's Prometheus answers as a real one does, from the same samples: values, labels and errors."""

import math
from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.integrations.prometheus_ground import NOW, filled, grounds, opened
from tests.playground.prometheus_queries import ERRORS, QUERIES, made_up
from tests.playground.prometheus_samples import samples

Answer = tuple[int, dict[str, Any]]
MOMENTS = (NOW - 601, NOW - 500.5, NOW - 7.25, NOW, NOW + 300, NOW + 300.001, NOW + 840)
RANGES = ((NOW - 620, NOW + 900, 37), (NOW - 60, NOW + 60, 1.5), (NOW, NOW, 1))

pytestmark = pytest.mark.skipif("real" not in grounds(), reason="needs a real Prometheus to compare with")


class Both:
    """The playground's and the real one."""

    def __init__(self, session: aiohttp.ClientSession, ours: str, real: str) -> None:
        self._session, self._ours, self._real = session, ours, real

    async def same(self, path: str, words: bool = True, **given: Any) -> Answer:
        """What both answer; another answer fails the test."""
        ours, real = await self._ask(self._ours, path, given), await self._ask(self._real, path, given)
        assert alike(ours, real, words), f"{path} {given}\n  ours: {ours}\n  real: {real}"
        return ours

    async def _ask(self, url: str, path: str, given: dict[str, Any]) -> Answer:
        async with self._session.get(f"{url}/api/v1/{path}", params=given) as answer:
            return answer.status, await answer.json()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    folder: Path = tmp_path_factory.mktemp("prometheus")
    everything = samples()
    async with (
        filled(everything) as ours,
        opened("real", folder, everything) as real,
        aiohttp.ClientSession() as session,
    ):
        yield Both(session, ours.url, real.url)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("query", QUERIES)
async def test_a_query_gives_what_prometheus_gives(both: Both, query: str) -> None:
    for at in MOMENTS:
        await both.same("query", query=query, time=at)
    for start, end, step in RANGES:
        status, _ = await both.same("query_range", query=query, start=start, end=end, step=step)
    assert status == 200 or query in ('"text"', "temperature[1m]")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("seed", range(12))
async def test_queries_that_nobody_thought_of_give_the_same_as_well(both: Both, seed: int) -> None:
    random = Random(seed)
    answered = 0
    for _ in range(60):
        query = made_up(random)
        at = NOW + random.uniform(-620, 900)
        status, _ = await both.same("query", words=False, query=query, time=f"{at:.3f}")
        await both.same("query_range", words=False, query=query, start=NOW - 300, end=NOW + 400, step=70)
        answered += status == 200
    assert answered > 30


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("query", ERRORS)
async def test_what_is_wrong_with_a_query_is_said_in_the_same_words(both: Both, query: str) -> None:
    status, answer = await both.same("query", query=query, time=NOW)
    assert status in (400, 422)
    assert answer["error"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("query", {"query": "1", "time": "yesterday"}),
        ("query", {"query": "1", "timeout": "soon"}),
        ("query", {}),
        ("query_range", {"query": "1", "start": NOW, "end": NOW - 1, "step": 1}),
        ("query_range", {"query": "1", "start": NOW, "end": NOW + 9, "step": 0}),
        ("query_range", {"query": "1", "start": NOW, "end": NOW + 9, "step": "often"}),
        ("query_range", {"query": "1", "start": NOW, "end": NOW + 99_999, "step": 1}),
        ("query_range", {"query": "1", "end": NOW, "step": 1}),
        ("query_range", {"query": "up[5m]", "start": NOW, "end": NOW + 9, "step": 1}),
        ("series", {}),
    ],
)
async def test_parameters_that_make_no_sense_are_refused_in_the_same_words(
    both: Both, path: str, given: dict[str, Any]
) -> None:
    status, _ = await both.same(path, **given)
    assert status == 400


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("query", {"query": "temperature", "time": "2001-02-03T04:05:06Z"}),
        ("query_range", {"query": "vector(1)", "start": NOW, "end": NOW + 7200, "step": "1h30m"}),
        ("labels", {}),
        ("series", {"match[]": 'http_requests_total{code="500"}'}),
        ("label/pod/values", {}),
    ],
)
async def test_the_rest_of_the_api_answers_alike(both: Both, path: str, given: dict[str, Any]) -> None:
    status, _ = await both.same(path, **given)
    assert status == 200


def alike(ours: Any, real: Any, words: bool = True) -> bool:
    """Whether two answers say the same: numbers to nine digits, series in any order, errors word for word or only in
    kind."""
    (status, left), (other, right) = ours, real
    if status != other or left.get("errorType") != right.get("errorType"):
        return False
    if status != 200:
        return not words or left["error"] == right["error"]
    return same_values(_ordered(left["data"]), _ordered(right["data"]))


def _ordered(data: Any) -> Any:
    if isinstance(data, dict) and data.get("resultType") in ("vector", "matrix"):
        return data | {"result": sorted(data["result"], key=lambda one: sorted(one["metric"].items()))}
    return sorted(data, key=str) if isinstance(data, list) else data


def same_values(left: Any, right: Any) -> bool:
    """Whether both are the same, down to the ninth digit of each number."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_values(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_values, left, right))
    if left == right:
        return True
    try:
        one, other = float(left), float(right)
    except (TypeError, ValueError):
        return False
    return (math.isnan(one) and math.isnan(other)) or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def test_a_difference_is_seen() -> None:
    def said(value: str) -> Answer:
        return 200, {"data": {"resultType": "vector", "result": [{"metric": {"a": "b"}, "value": [NOW, value]}]}}

    assert alike(said("1"), said("1.0000000000001"))
    assert not alike(said("1"), said("1.00001"))
    assert not alike(said("NaN"), said("1"))
    assert not alike(said("1"), (200, {"data": {"resultType": "vector", "result": []}}))
