"""What the simulated traffic has of chance is what it should be: rates, shares of errors and latencies come out as the
behaviour says, and the same again for the same seed."""

import math
import random
from statistics import mean, variance

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from playground.cluster.traffic import Backend, Behaviour, Meter
from playground.cluster.traffic.behaviour import behaviour_of
from playground.cluster.traffic.exposition import exposition
from playground.cluster.traffic.sampling import BUCKETS, latency_buckets, poisson

OLD = Backend("shop", "api", "api-1", "v1.1")
NEW = Backend("shop", "api", "api-canary-1", "v1.2-err20-lat150")


def metered(seed: int = 1, rps: float = 50.0, new: float = 0.2) -> Meter:
    meter = Meter(seed)
    meter.set_rate("shop", "api", rps)
    meter.set_shares("shop", "api", {OLD: 1 - new, NEW: new})
    return meter


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("v1.2", Behaviour()),
        ("v1.2-slow", Behaviour()),
        ("v1.2-slow-queries", Behaviour(latency=0.8)),
        ("v1.2-errors", Behaviour(errors=0.2)),
        ("v1.3-err2", Behaviour(errors=0.02)),
        ("v1.3-err0.5-lat150", Behaviour(errors=0.005, latency=0.06)),
        ("v1.3-lat50-cpu300", Behaviour(latency=0.02, cpu=0.012)),
        ("v1.3-err250", Behaviour(errors=1.0)),
        ("v1.3-err2x", Behaviour()),
        ("plate150", Behaviour()),
        ("", Behaviour()),
    ],
)
def test_a_tag_says_how_a_version_serves(tag: str, expected: Behaviour) -> None:
    found = behaviour_of(tag)
    assert (found.latency, found.errors, found.cpu) == pytest.approx((expected.latency, expected.errors, expected.cpu))
    assert found.spread == expected.spread


@pytest.mark.parametrize("expected", [0.2, 3.0, 40.0, 1300.0])
def test_arrivals_have_the_mean_and_the_variance_of_a_poisson_distribution(expected: float) -> None:
    rng, size = random.Random(3), 4000
    drawn = [poisson(rng, expected) for _ in range(size)]
    error = math.sqrt(expected / size)
    assert mean(drawn) == pytest.approx(expected, abs=4 * error)
    assert variance(drawn) == pytest.approx(expected, rel=0.12)


def test_nothing_is_expected_and_nothing_comes() -> None:
    assert [poisson(random.Random(1), mean) for mean in (0.0, -1.0)] == [0, 0]


@given(st.floats(0.0005, 20), st.floats(0.01, 2))
def test_the_buckets_of_a_latency_hold_all_of_it(median: float, spread: float) -> None:
    buckets = latency_buckets(median, spread)
    assert len(buckets) == len(BUCKETS) + 1
    assert sum(bucket.share for bucket in buckets) == pytest.approx(1)
    whole = sum(bucket.share * bucket.mean for bucket in buckets)
    assert whole == pytest.approx(median * math.exp(spread**2 / 2), rel=1e-6)
    for bucket, low, high in zip(buckets, (0.0, *BUCKETS), (*BUCKETS, math.inf), strict=True):
        assert bucket.share < 1e-9 or low * 0.999 <= bucket.mean <= high * 1.001


def test_a_latency_that_never_varies_stays_in_its_bucket() -> None:
    assert [bucket.mean for bucket in latency_buckets(0.06, 0.0) if bucket.share] == [0.06]


def test_the_buckets_agree_with_drawing_each_request() -> None:
    rng, size = random.Random(5), 50_000
    drawn = [rng.lognormvariate(math.log(0.04), 0.5) for _ in range(size)]
    for bucket, low, high in zip(latency_buckets(0.04, 0.5), (0.0, *BUCKETS), (*BUCKETS, math.inf), strict=True):
        share = sum(low < one <= high for one in drawn) / size
        assert share == pytest.approx(bucket.share, abs=4 * math.sqrt(0.25 / size))


def test_what_is_counted_is_what_the_versions_are_like() -> None:
    meter = metered()
    for _ in range(360):
        meter.advance(10)
    old, new = meter.counters(OLD), meter.counters(NEW)
    assert old.requests == pytest.approx(50 * 0.8 * 3600, rel=0.02)
    assert new.requests == pytest.approx(50 * 0.2 * 3600, rel=0.02)
    assert new.failed / new.requests == pytest.approx(0.2, abs=0.01)
    assert old.failed / old.requests == pytest.approx(0.001, abs=0.0005)
    assert (new.seconds / new.requests) / (old.seconds / old.requests) == pytest.approx(1.5, rel=0.02)
    assert sum(new.buckets) == new.requests
    assert old.cpu == pytest.approx(36 + old.requests * 0.004)


def test_samples_are_noisy_as_in_life() -> None:
    meter = metered(rps=25, new=0.2)
    counts = []
    for _ in range(400):
        before = meter.counters(NEW).requests
        meter.advance(10)
        counts.append(meter.counters(NEW).requests - before)
    assert mean(counts) == pytest.approx(50, rel=0.05)
    assert variance(counts) == pytest.approx(50, rel=0.3)


def test_the_same_seed_counts_the_same_and_another_does_not() -> None:
    def counted(seed: int) -> str:
        meter = metered(seed)
        for seconds in (10, 0.3, 7):
            meter.advance(seconds)
        return exposition(meter)

    assert counted(1) == counted(1)
    assert counted(1) != counted(2)


def test_one_service_does_not_change_what_another_has_of_chance() -> None:
    alone, beside = metered(), metered()
    beside.set_rate("shop", "web", 10)
    beside.set_shares("shop", "web", {Backend("shop", "web", "web-1", "v2"): 1.0})
    for meter in (alone, beside):
        meter.advance(60)
    assert alone.counters(NEW) == beside.counters(NEW)


def test_a_share_that_nobody_gets_is_unserved() -> None:
    meter = Meter()
    meter.set_rate("shop", "api", 100)
    meter.set_shares("shop", "api", {OLD: 0.75})
    meter.advance(100)
    assert meter.loads["shop", "api"].unserved == pytest.approx(2500, rel=0.1)
    assert meter.counters(OLD).requests == pytest.approx(7500, rel=0.1)


def test_who_gets_nothing_any_more_keeps_what_it_counted_until_it_is_gone() -> None:
    meter = metered()
    meter.advance(10)
    before = meter.counters(NEW).requests
    meter.set_shares("shop", "api", {OLD: 1.0})
    meter.advance(10)
    assert meter.counters(NEW).requests == before > 0
    meter.forget("shop", NEW.pod)
    assert meter.backends() == [OLD]


def test_a_behaviour_that_is_set_goes_before_the_tag_and_leaves_the_rest() -> None:
    meter = metered()
    meter.behaviours.set("api", "v1.2-err20-lat150", errors=0.5)
    meter.behaviours.set("api", "v1.2-err20-lat150", cpu=0.1)
    found = meter.behaviours.of("api", "v1.2-err20-lat150")
    assert (found.errors, found.cpu, found.latency) == pytest.approx((0.5, 0.1, 0.06))
    assert meter.behaviours.of("web", "v1.2-err20-lat150").errors == 0.2


def test_the_text_is_what_prometheus_reads() -> None:
    meter = metered()
    odd = Backend("shop", "api", 'a"b\\c', "v\n1")
    meter.set_shares("shop", "api", {OLD: 0.5, NEW: 0.4, odd: 0.1})
    meter.advance(30)
    pod = {
        "metadata": {"namespace": "shop", "name": "api-1"},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }
    families = {one.name: one for one in text_string_to_metric_families(exposition(meter, [pod]))}
    assert {name: family.type for name, family in families.items()} == {
        "http_requests": "counter",
        "http_request_duration_seconds": "histogram",
        "process_cpu_seconds": "counter",
        "http_requests_unserved": "counter",
        "kube_pod_status_ready": "gauge",
    }
    requests = {
        (one.labels["pod"], one.labels["version"], one.labels["code"]): one.value
        for one in families["http_requests"].samples
    }
    counters = meter.counters(NEW)
    assert requests[NEW.pod, NEW.version, "500"] == counters.failed
    assert requests[odd.pod, odd.version, "200"] == meter.counters(odd).served
    histogram = [one for one in families["http_request_duration_seconds"].samples if one.labels["pod"] == NEW.pod]
    within = [one.value for one in histogram if one.name.endswith("_bucket")]
    assert within == sorted(within)
    assert within[-1] == counters.requests
    assert [one.value for one in histogram if one.name.endswith(("_sum", "_count"))] == [
        pytest.approx(counters.seconds, abs=1e-5),
        counters.requests,
    ]
    assert [one.value for one in families["kube_pod_status_ready"].samples] == [1.0]
