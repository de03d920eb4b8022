"""The Prometheus backend's contract, on the playground's Prometheus and on a real one.

A real one is the program that QUARTERDECK_TEST_PROMETHEUS names. What no Prometheus says, but what stands in front of
one may, is in tests/integrations/test_prometheus_answers.py.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bot.errors import Code, Refusal, Unavailable
from bot.ports import MetricsBackend
from bot.values import Series
from integrations.metrics.prometheus import Options, connect
from tests.integrations.prometheus_ground import NOW, Ground, Sample, grounds, labels, opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

AT = datetime.fromtimestamp(NOW, UTC)
ODD = 'a "quoted"\\name'


def samples() -> list[Sample]:
    """A counter that rises by two each second for ten minutes, and values that are hard to write down."""
    counter = labels("hits_total", service="api", pod="api-1")
    found: list[Sample] = [(counter, (NOW - 300 + second) * 1000, 2.0 * second) for second in range(601)]
    for name, value in (("nan", "nan"), ("inf", "inf"), ("small", "1e-9"), ("large", "1e22")):
        found.append((labels("value", of=name), NOW * 1000, float(value)))
    return [*found, (labels("odd", of=ODD), NOW * 1000, 1.0)]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """One for all tests that leave it whole."""
    async with opened(request.param, tmp_path_factory.mktemp("prometheus"), samples()) as shared:
        yield shared


@pytest_asyncio.fixture(loop_scope="module", params=grounds())
async def fragile(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    """One to break."""
    async with opened(request.param, tmp_path, samples()) as fresh:
        yield fresh


@asynccontextmanager
async def backend(url: str, **options: Any) -> AsyncIterator[MetricsBackend]:
    made = connect(Options.model_validate({"url": url, **options}))
    try:
        yield made
    finally:
        await made.close()
        await made.close()  # twice is fine


async def refusal(asked: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await asked
    assert caught.value.code is Code.INVALID
    return caught.value


def only(found: list[Series]) -> Series:
    [one] = found
    return one


async def test_a_value_is_what_prometheus_says_at_that_moment(ground: Ground) -> None:
    async with backend(ground.url) as metrics:
        one = only(await metrics.instant("hits_total", AT))
        assert one.labels == {"__name__": "hits_total", "service": "api", "pod": "api-1"}
        assert one.points == ((float(NOW), 600.0),)
        later = only(await metrics.instant("hits_total", AT + timedelta(seconds=10)))
        assert later.points == ((NOW + 10.0, 620.0),)
        rate = only(await metrics.instant('sum by (service) (rate(hits_total{pod=~"api-.*"}[1m]))', AT))
        assert rate.labels == {"service": "api"}
        assert rate.points[0][1] == pytest.approx(2.0)


async def test_a_scalar_is_a_series_without_labels(ground: Ground) -> None:
    async with backend(ground.url) as metrics:
        assert await metrics.instant("6 * 7", AT) == [Series(labels={}, points=((float(NOW), 42.0),))]
        assert only(await metrics.range("6 * 7", AT, AT, 1)).points == ((float(NOW), 42.0),)


async def test_no_series_is_no_error(ground: Ground) -> None:
    async with backend(ground.url) as metrics:
        assert await metrics.instant("nothing_of_the_kind", AT) == []
        assert await metrics.range("nothing_of_the_kind", AT, AT + timedelta(minutes=1), 10) == []
        assert await metrics.instant("hits_total", AT + timedelta(hours=1)) == []


async def test_what_is_no_number_is_none_and_the_rest_keeps_its_size(ground: Ground) -> None:
    async with backend(ground.url) as metrics:
        found = {one.labels["of"]: one.points[0][1] for one in await metrics.instant("value", AT)}
        assert found == {"nan": None, "inf": None, "small": 1e-9, "large": 1e22}
        assert only(await metrics.instant("-1 / 0", AT)).points[0][1] is None
        assert only(await metrics.range("0 / 0", AT, AT, 1)).points == ((float(NOW), None),)


@pytest.mark.parametrize("step", [0.5, 1.0, 7.0, 10.0])
async def test_points_lie_at_multiples_of_the_step_whatever_the_moment(ground: Ground, step: float) -> None:
    async with backend(ground.url) as metrics:
        looks = []
        for late in (0.0, 0.123, 0.377):
            start, end = AT - timedelta(seconds=60 - late), AT + timedelta(seconds=late)
            looks.append(dict(only(await metrics.range("hits_total", start, end, step)).points))
            assert all((at / step).is_integer() for at in looks[-1])
            assert min(looks[-1]) >= start.timestamp()
            assert max(looks[-1]) <= end.timestamp()
            assert len(looks[-1]) in (60 // step, 60 // step + 1)
        shared = set(looks[0]) & set(looks[2])
        assert len(shared) > 5
        assert all(looks[0][at] == looks[2][at] for at in shared)


async def test_a_span_without_a_multiple_of_the_step_has_no_points(ground: Ground) -> None:
    async with backend(ground.url) as metrics:
        start = AT + timedelta(seconds=1)
        assert await metrics.range("hits_total", start, start + timedelta(seconds=3), 10) == []


async def test_a_label_comes_back_as_it_was_written(ground: Ground) -> None:
    async with backend(ground.url) as metrics:
        assert only(await metrics.instant("odd", AT)).labels["of"] == ODD


async def test_a_query_that_is_wrong_is_refused_in_prometheus_words(ground: Ground) -> None:
    async with backend(ground.url) as metrics:
        broken = await refusal(metrics.instant("sum(rate(", AT))
        assert "1:10: parse error: unclosed left parenthesis" in broken.text
        assert "unexpected" in (await refusal(metrics.range("1 <", AT, AT, 1))).text
        many = await refusal(metrics.instant("value + on () hits_total * on () value", AT))
        assert "many-to-many matching not allowed" in many.text


async def test_prometheus_words_cannot_ping_anybody(ground: Ground) -> None:
    async with backend(ground.url) as metrics:
        refused = await refusal(metrics.instant('up{a=~"(<!channel>"}', AT))
        assert "&lt;!channel&gt;" in refused.text
        assert "<" not in refused.text


async def test_too_many_points_are_refused(ground: Ground) -> None:
    async with backend(ground.url) as metrics:
        refused = await refusal(metrics.range("hits_total", AT - timedelta(days=1), AT, 1))
        assert "11,000 points" in refused.text


async def test_a_range_or_a_text_is_no_value(ground: Ground) -> None:
    async with backend(ground.url) as metrics:
        assert "range of values" in (await refusal(metrics.instant("hits_total[1m]", AT))).text
        assert "a text" in (await refusal(metrics.instant('"abc"', AT))).text
        assert "range vector" in (await refusal(metrics.range("hits_total[1m]", AT, AT, 1))).text


async def test_many_queries_at_once_are_all_answered(ground: Ground) -> None:
    async with backend(ground.url) as metrics:
        asked = [metrics.instant(f"hits_total + {number}", AT) for number in range(40)]
        found = [only(one).points[0][1] for one in await asyncio.gather(*asked)]
        assert found == [600.0 + number for number in range(40)]


async def test_one_that_hangs_is_given_up_in_time_and_holds_nothing_up(fragile: Ground) -> None:
    async with backend(fragile.url, timeout=0.5) as metrics:
        assert await metrics.instant("1", AT)
        fragile.hang()
        began = time.monotonic()
        outcomes = await asyncio.gather(*(metrics.instant("1", AT) for _ in range(20)), return_exceptions=True)
        assert time.monotonic() - began < 5
        assert {type(one) for one in outcomes} == {Unavailable}
        assert "did not answer within 0.5 s" in str(outcomes[0])


async def test_one_that_is_gone_is_unavailable(fragile: Ground) -> None:
    async with backend(fragile.url) as metrics:
        assert await metrics.instant("1", AT)
        fragile.vanish()
        for _ in range(2):
            with pytest.raises(Unavailable, match="no connection"):
                await metrics.range("1", AT, AT, 1)


async def test_a_query_that_hangs_does_not_hold_up_the_end_of_the_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        program = f"""
import asyncio
from datetime import UTC, datetime
from integrations.metrics.prometheus import Options, connect

async def main():
    backend = connect(Options(url="http://127.0.0.1:{deaf.getsockname()[1]}", timeout=60))
    asking = asyncio.create_task(backend.instant("1", datetime.now(UTC)))
    await asyncio.sleep(0.5)
    asking.cancel()
    await backend.close()

asyncio.run(main())
print("over")
"""
        began = time.monotonic()
        run = [sys.executable, "-c", program]
        told = await asyncio.to_thread(subprocess.run, run, capture_output=True, text=True, timeout=30, check=False)
        assert (told.stdout, told.stderr) == ("over\n", "")
        assert time.monotonic() - began < 20
