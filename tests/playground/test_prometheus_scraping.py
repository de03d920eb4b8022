"""What is scraped can be asked for, what is gone is gone at once, and what breaks is broken as it was asked to be."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from playground.prometheus import Prometheus
from playground.prometheus.exposition import samples
from playground.prometheus.promql.evaluation import Evaluation
from playground.prometheus.promql.parser import parse
from playground.prometheus.scraper import Scraper
from playground.prometheus.store import Store
from tests.integrations.prometheus_ground import grounds, labels, ready, running, spelled

INTERVAL = 0.2
CONFIG = """
global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}
scrape_configs: [{{job_name: cluster, static_configs: [{{targets: ["{target}"]}}]}}]
"""


class Target:
    """Something to scrape: `text` is what it counts now; None answers 503."""

    def __init__(self) -> None:
        self.text: str | None = ""
        self.url = ""
        self.scrapes = 0

    async def serve(self, _: web.Request) -> web.Response:
        self.scrapes += 1
        if self.text is None:
            raise web.HTTPServiceUnavailable
        return web.Response(text=self.text)


@pytest.fixture
async def target() -> AsyncIterator[Target]:
    target, app = Target(), web.Application()
    app.router.add_get("/metrics", target.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    target.url = f"http://127.0.0.1:{runner.addresses[0][1]}/metrics"
    yield target
    await runner.cleanup()


@asynccontextmanager
async def scraping(kind: str, target: Target, folder: Path) -> AsyncIterator[str]:
    """The address of a Prometheus that scrapes `target`."""
    async with AsyncExitStack() as stack:
        if kind == "playground":
            prometheus = await stack.enter_async_context(Prometheus(target.url, interval=INTERVAL))
            yield prometheus.url
        else:
            config = CONFIG.format(target=target.url.split("/")[2])
            _, url = stack.enter_context(running(folder, config))
            await ready(url)
            yield url


async def values(url: str, query: str) -> list[str]:
    """What an instant query gives now."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{url}/api/v1/query", params={"query": query}) as answer,
    ):
        assert answer.status == 200, await answer.text()
        return [one["value"][1] for one in (await answer.json())["data"]["result"]]


async def until(look: Callable[[], Awaitable[Any]], wanted: Any, within: float = 15) -> None:
    """Wait until it is as it should be."""
    end = time.monotonic() + within
    while (seen := await look()) != wanted:
        assert time.monotonic() < end, f"still {seen}"
        await asyncio.sleep(0.05)


async def scraped(target: Target, times: int) -> None:
    """Wait for so many scrapes more."""
    wanted = target.scrapes + times

    async def enough() -> bool:
        return target.scrapes >= wanted

    await until(enough, True)


@pytest.mark.parametrize("kind", grounds())
async def test_a_series_that_is_no_longer_scraped_ends_at_once(kind: str, target: Target, tmp_path: Path) -> None:
    target.text = '# HELP jobs Jobs.\n# TYPE jobs gauge\njobs{of="a"} 3\njobs{of="b",instance="me"} 4\n'
    async with scraping(kind, target, tmp_path) as url:
        await until(lambda: values(url, "sort(jobs)"), ["3", "4"])
        assert await values(url, 'jobs{exported_instance="me",job="cluster"}') == ["4"]
        assert await values(url, f'up{{instance="{target.url.split("/")[2]}"}}') == ["1"]
        target.text = 'jobs{of="a"} 5\n'
        await until(lambda: values(url, "jobs"), ["5"])
        target.text = None
        await until(lambda: values(url, "up"), ["0"])
        assert await values(url, "jobs") == []
        target.text = 'jobs{of="a"} 6\nnonsense{\n'
        await scraped(target, 3)  # half an answer is none: it must not be taken for one
        assert await values(url, "up") == ["0"]
        target.text = 'jobs{of="a"} 6\n'
        await until(lambda: values(url, "jobs"), ["6"])


@pytest.mark.parametrize("kind", grounds())
async def test_a_rate_is_known_after_two_scrapes(kind: str, target: Target, tmp_path: Path) -> None:
    async with scraping(kind, target, tmp_path) as url:
        for number in range(1, 9):
            target.text = f"hits_total {2 * number}\n"  # two a scrape, which are ten a second
            await scraped(target, 1)
        [rate] = await values(url, "rate(hits_total[10s])")
        assert 0 < float(rate) < 2
        assert await values(url, "increase(hits_total[10s]) > bool 10") == ["1"]


@given(
    st.dictionaries(st.sampled_from(["a", "pod", "le_2", "_"]), st.text(max_size=8), max_size=3),
    st.floats(),
)
def test_whatever_stands_in_a_label_is_read_as_it_was_written(given: dict[str, str], value: float) -> None:
    series = labels("jobs", **given)
    [(read, number, at)] = samples(f"{spelled(series)} {value!r}\n")
    assert read == series
    assert number == value or (number != number and value != value)
    assert at is None


@pytest.mark.parametrize(
    "line", ["jobs", "jobs{", 'jobs{a="b} 1', "jobs{a=b} 1", "jobs one", "1jobs 1", 'jobs{a="b"c="d"} 1']
)
def test_a_line_that_is_no_sample_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"sample|labels|float"):
        list(samples(line))


def test_what_is_older_than_is_kept_goes_with_its_series() -> None:
    store = Store(keep=60)
    scraper = Scraper(store, "http://pod/metrics", "cluster", 1)
    for second in range(600):
        scraper.take(f'jobs{{pod="{second // 100}"}} {second}\n', second * 1000)
    kept = list(store.all())
    assert {dict(series.labels).get("pod") for series in kept} == {"5", None}  # None: `up`
    assert all(60 <= len(series.window(0, 10**9)) <= 70 for series in kept)
    value = Evaluation(store).at(parse("sum(jobs)"), 599_000)
    assert value == [((), 599.0)]


async def test_faults_break_what_they_say_and_nothing_else(target: Target) -> None:
    target.text = "jobs 3\n"
    async with (
        Prometheus(target.url, interval=0.05) as prometheus,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session,
    ):
        url = f"{prometheus.url}/api/v1/query?query=jobs"

        async def told(**fault: object) -> None:
            method = "POST" if fault else "DELETE"
            async with session.request(method, f"{prometheus.url}/play/faults", json=fault or None) as answer:
                assert answer.status == 200

        await until(lambda: values(prometheus.url, "jobs"), ["3"])
        await told(kind="outage")
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(url)
        await told()
        await told(kind="html")
        async with session.get(url) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        await told()
        await told(kind="http_500")
        async with session.get(url) as answer:
            assert answer.status == 500
        await told()
        await told(kind="nodata")
        assert await values(prometheus.url, "jobs") == []
        await told()
        await told(kind="hang", seconds=0.3)
        assert await values(prometheus.url, "jobs") == ["3"]  # once it is over
        async with session.get(f"{prometheus.url}/-/healthy") as answer:
            assert await answer.text() == "Prometheus Server is Healthy.\n"
        async with session.post(f"{prometheus.url}/play/faults", json={"kind": "quake"}) as answer:
            assert answer.status == 400
        async with session.get(f"{prometheus.url}/play/queries") as answer:
            queries = (await answer.json())["queries"]
        assert {"kind": "query", "query": "jobs"} in queries


async def test_a_form_is_read_as_well_as_an_address(target: Target) -> None:
    async with Prometheus() as prometheus, aiohttp.ClientSession() as session:
        given = {"query": "vector(7)", "start": "10", "end": "12", "step": "1"}
        async with session.post(f"{prometheus.url}/api/v1/query_range", data=given) as answer:
            result = (await answer.json())["data"]["result"]
        assert result == [{"metric": {}, "values": [[10, "7"], [11, "7"], [12, "7"]]}]


async def test_a_query_that_is_nested_without_end_is_refused_and_the_next_one_answered() -> None:
    async with Prometheus() as prometheus, aiohttp.ClientSession() as session:
        query = "(" * 2000 + "1" + ")" * 2000
        async with session.post(f"{prometheus.url}/api/v1/query", data={"query": query}) as answer:
            assert (answer.status, (await answer.json())["errorType"]) == (422, "execution")
        assert await values(prometheus.url, "vector(1)") == ["1"]
