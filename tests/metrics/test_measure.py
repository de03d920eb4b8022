"""What a gate looks at is measured of the right copy, at the right time, once; and what can't be says why."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Code, Refusal, Unavailable
from bot.metrics.measure import Measure, beside, needed, selector
from bot.metrics.model import Evidence, Gate, Metrics, Observed
from bot.ports import MetricsBackend
from bot.values import Series
from integrations.metrics.prometheus import Options, connect
from playground.prometheus.promql.nodes import NAME, Matcher, Selector
from playground.prometheus.promql.parser import parse
from tests.integrations.prometheus_ground import NOW, Sample, grounds, labels, opened

AT = datetime.fromtimestamp(NOW, UTC)
SINCE = AT - timedelta(minutes=2)
BEFORE = (AT - timedelta(minutes=10), AT - timedelta(minutes=5))
PLACE = {"namespace": "shop", "service": "api"}
NEW, OLD = {"pod": "api-canary-.*"}, {"pod": "api-[0-9a-f]+-.*"}
REQUESTS = "sum(rate(http_requests_total{$selector}[$window]))"
ODD = 'a "quoted" \\name\n\t\x01 ü€😀 {$selector} `'
METRICS = Metrics.model_validate(
    {
        "resolution": "10s",
        "signals": {
            "requests": {"query": REQUESTS, "unit": "per_second"},
            "errors": {
                "query": f'sum(rate(http_requests_total{{code=~"5..",$selector}}[$window])) / {REQUESTS}',
                "unit": "ratio",
            },
            "again": {"query": REQUESTS},
            "each": {"query": "rate(http_requests_total{$selector}[$window])"},
            "broken": {"query": "sum(rate("},
        },
    }
)


def gate(*limits: str) -> Gate:
    return Gate.model_validate({"limits": [{"signal": name, "above": 0.05} for name in limits or ("errors",)]})


def samples() -> list[Sample]:
    """Two old pods with four requests a second each, and since five minutes ago a canary with two, half of which fail;
    elsewhere another service of the same name."""
    rates = {"api-7c9-a": (4.0, 0.0), "api-7c9-b": (4.0, 0.0), "api-canary-x": (1.0, 1.0)}
    found: list[Sample] = []
    for pod, (good, bad) in rates.items():
        for second in range(-900, 10):
            if "canary" in pod and second < -300:
                continue
            for code, rate in (("200", good), ("500", bad)):
                series = labels("http_requests_total", **PLACE, pod=pod, code=code)
                found.append((series, (NOW + second) * 1000, rate * (second + 900)))
    other = labels("http_requests_total", namespace="staging", service="api", pod="api-canary-y", code="500")
    odd = labels("http_requests_total", namespace=ODD, code="200")
    found += [(odd, (NOW + second) * 1000, 3.0 * (second + 900)) for second in range(-900, 10)]
    return [*found, *((other, (NOW + second) * 1000, 100.0 * second) for second in range(0, 10))]


class Counted:
    """A backend, and what it was asked."""

    def __init__(self, backend: MetricsBackend) -> None:
        self._backend = backend
        self.asked: list[tuple[str, datetime, datetime, float]] = []

    async def range(self, query: str, start: datetime, end: datetime, step: float) -> list[Series]:
        self.asked.append((query, start, end, step))
        return await self._backend.range(query, start, end, step)

    async def instant(self, query: str, at: datetime) -> list[Series]:
        return await self._backend.instant(query, at)

    async def close(self) -> None:
        await self._backend.close()


class Away:
    """A backend that does what it is told instead of answering."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def range(self, query: str, start: datetime, end: datetime, step: float) -> list[Series]:
        if self.error:
            raise self.error
        await asyncio.Event().wait()
        return []

    async def instant(self, query: str, at: datetime) -> list[Series]:
        return []

    async def close(self) -> None: ...


@pytest.fixture(params=grounds())
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Counted]:
    async with opened(request.param, tmp_path, samples()) as ground, connected(ground.url) as backend:
        yield Counted(backend)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[MetricsBackend]:
    backend = connect(Options(url=url))
    yield backend
    await backend.close()


async def measured(backend: MetricsBackend | None, *signals: str, deadline: float = 30, **changes: Any) -> Evidence:
    asked: dict[str, Any] = {
        "labels": PLACE,
        "new": NEW,
        "old": OLD,
        "since": SINCE,
        "at": AT,
        "before": BEFORE,
    } | changes
    return await Measure(backend, METRICS, deadline).gather(gate(*signals), **asked)


async def test_both_copies_are_measured_at_the_same_time_and_the_whole_before(backend: Counted) -> None:
    evidence = await measured(backend)
    assert (evidence.at, evidence.since, evidence.resolution, evidence.errors) == (AT, SINCE, 10.0, 0)
    assert list(evidence.signals) == ["errors", "requests"]
    requests, errors = evidence.signals["requests"], evidence.signals["errors"]
    assert [at for at, _ in requests.new] == [at for at, _ in requests.old] == list(range(NOW - 110, NOW + 1, 10))
    assert [value for _, value in requests.new] == pytest.approx([2.0] * 12)
    assert [value for _, value in requests.old] == pytest.approx([8.0] * 12)
    assert [value for _, value in errors.new] == pytest.approx([0.5] * 12)
    assert [value for _, value in errors.old] == pytest.approx([0.0] * 12)
    assert [at for at, _ in requests.before] == list(range(NOW - 590, NOW - 299, 10))
    assert [value for _, value in requests.before] == pytest.approx([8.0] * 30)
    assert evidence.new_requests == pytest.approx(240)
    assert evidence.old_requests == pytest.approx(960)


async def test_without_copies_the_whole_is_the_new_one(backend: Counted) -> None:
    evidence = await measured(backend, new={}, old={})
    requests = evidence.signals["requests"]
    assert [value for _, value in requests.new] == pytest.approx([10.0] * 12)
    assert requests.old == ()
    assert evidence.new_requests == pytest.approx(1200)
    assert evidence.old_requests is None


async def test_a_place_may_be_called_anything(backend: Counted) -> None:
    evidence = await measured(backend, labels={"namespace": ODD}, new={}, old={})
    assert [value for _, value in evidence.signals["requests"].new] == pytest.approx([3.0] * 12)


async def test_what_has_no_data_has_no_points_and_no_error(backend: Counted) -> None:
    evidence = await measured(backend, new={"pod": "nobody-.*"})
    assert evidence.signals["errors"].new == ()
    assert not evidence.signals["errors"].error
    assert evidence.signals["errors"].old
    assert evidence.new_requests == 0
    assert evidence.errors == 0


async def test_what_two_signals_ask_alike_is_asked_once(backend: Counted) -> None:
    evidence = await measured(backend, "errors", "again")
    assert evidence.signals["again"] == evidence.signals["requests"]
    assert len(backend.asked) == len(set(backend.asked)) == 6  # two signals, three sides


async def test_a_query_that_gives_several_series_is_no_measurement(backend: Counted) -> None:
    evidence = await measured(backend, "each")
    assert evidence.signals["each"].error == "the query gives 2 series instead of one; wrap it in sum(…)"
    assert evidence.signals["each"].new == ()
    assert evidence.errors == 1


async def test_a_query_that_is_wrong_says_what_prometheus_says_and_spoils_no_other(backend: Counted) -> None:
    evidence = await measured(backend, "broken", "errors")
    assert "unclosed left parenthesis" in evidence.signals["broken"].error
    assert evidence.signals["errors"].new
    assert evidence.errors == 1


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Unavailable("Prometheus", "did not answer within 10 s"), "Prometheus: did not answer within 10 s"),
        (Refusal(Code.INVALID, "no &lt;b&gt; here"), "no <b> here"),
        (None, "the metrics backend did not answer within 0.05 s"),
    ],
)
async def test_a_backend_that_is_away_is_an_error_of_each_signal(error: Exception | None, told: str) -> None:
    evidence = await measured(Away(error), deadline=0.05)
    assert {one.error for one in evidence.signals.values()} == {told}
    assert {one.new for one in evidence.signals.values()} == {()}
    assert (evidence.new_requests, evidence.old_requests, evidence.errors) == (None, None, 1)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"backend": None}, "no metrics backend is configured"),
        ({"labels": {}}, "no labels say which metrics are this place's"),
        ({"labels": {"a b": "c"}}, "'a b' can't be the name of a label"),
        ({"new": {'pod="x"} or up{a': "c"}}, "can't be the name of a label"),
    ],
)
async def test_what_is_not_set_up_is_said_and_nothing_is_asked(changes: dict[str, Any], told: str) -> None:
    away = Counted(Away())
    evidence = await measured(**{"backend": away} | changes)
    assert all(told in one.error for one in evidence.signals.values())
    assert away.asked == []


async def test_a_signal_that_is_not_defined_is_said() -> None:
    evidence = await measured(Away(Unavailable("Prometheus", "away")), "nothing")
    assert evidence.signals["nothing"].error == "there is no signal nothing in metrics.signals"


async def test_a_bug_in_a_backend_stays_a_bug() -> None:
    with pytest.raises(ZeroDivisionError):
        await measured(Away(ZeroDivisionError()))


async def test_a_gate_that_has_just_begun_asks_for_no_half_samples() -> None:
    away = Counted(Away())
    evidence = await measured(away, since=AT - timedelta(seconds=9), before=None)
    assert away.asked == []
    assert evidence.signals["errors"] == Observed()


async def test_a_gate_that_lasts_for_days_does_not_ask_for_days() -> None:
    away = Counted(Away(Unavailable("Prometheus", "away")))
    await measured(away, since=AT - timedelta(days=30), before=None)
    assert all((end - start) / timedelta(seconds=step) <= 1000 for _, start, end, step in away.asked)


def test_a_gate_needs_what_it_decides_by() -> None:
    given = Gate.model_validate(
        {"limits": [{"signal": "a", "above": 1}], "compare": [{"signal": "b"}, {"signal": "a"}], "requests": "c"}
    )
    assert needed(given) == ["a", "b", "c"]


names = st.from_regex(r"[a-z_][a-zA-Z0-9_]{0,8}", fullmatch=True).filter(lambda name: name != NAME)
values = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@given(st.dictionaries(names, values, min_size=1, max_size=3))
def test_whatever_stands_in_a_label_the_selector_means_exactly_that(given: dict[str, str]) -> None:
    read = parse(f"up{{{selector(given, {'pod': 'api-.*'})}}}")
    exact = tuple(Matcher(name, "=", value) for name, value in given.items())
    assert read == Selector((Matcher(NAME, "=", "up"), *exact, Matcher("pod", "=~", "api-.*")))


def seen(*values: float | None) -> Any:
    return tuple((NOW - 10.0 * (len(values) - 1 - place), value) for place, value in enumerate(values))


def test_on_a_card_stands_the_last_minute_of_both_copies() -> None:
    errors = Observed(new=seen(9, 9, 1, 1, 1, None, 4, 3), old=seen(*[0.5] * 20))
    evidence = Evidence(at=AT, since=SINCE, resolution=10, signals={"errors": errors, "p99": Observed(error="away")})
    assert beside(evidence) == {"new": {"errors": 2.0, "p99": None}, "old": {"errors": 0.5, "p99": None}}


def test_without_an_old_copy_the_card_shows_what_was_before() -> None:
    errors = Observed(new=seen(2, 2), before=seen(1, 3))
    evidence = Evidence(at=AT, since=SINCE, resolution=10, signals={"errors": errors})
    assert beside(evidence) == {"new": {"errors": 2.0}, "old": {"errors": 2.0}}


def test_a_sample_longer_than_a_minute_is_still_on_the_card() -> None:
    evidence = Evidence(at=AT, since=SINCE, resolution=600, signals={"errors": Observed(new=((NOW - 599.0, 7.0),))})
    assert beside(evidence)["new"] == {"errors": 7.0}
