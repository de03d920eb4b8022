"""What docs/judge.md states holds on the playground's traffic: some of its canaries, run anew."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta

import pytest

from benchmarks.judged import FALSE_ALARM, FALSE_PASS, PAGE
from benchmarks.playground_canaries import API, KINDS, PAY, End, Kind, Truth, canary, settings
from benchmarks.playground_judged import Rate
from benchmarks.shop import Ground, Shop
from bot.metrics.measure import Measure

GATES = 6 * FALSE_ALARM  # three steps with two comparisons each
VERDICTS = PAGE.parent / "guides" / "verdicts.md"


@pytest.mark.parametrize("where", [API, PAY], ids=["replicas", "route"])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_is_as_good_is_promoted_and_what_is_worse_is_stopped(kind: Kind, where: Ground) -> None:
    told = canary(where, kind.tag, 1_000, settings())
    assert told.end == (End.PROMOTED if kind.truth == Truth.GOOD else End.STOPPED)
    assert not told.asked


def test_nobody_comes_where_there_is_too_little_to_tell() -> None:
    told = canary(replace(PAY, rps=0.5), "v1.2", 1, settings())
    assert (told.end, told.asked, told.step) == (End.UNDECIDED, True, 1)


def test_the_page_keeps_what_it_states() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for what, stated in (("False passes", FALSE_PASS), ("False alarms", GATES)):
        found = re.search(rf"- {what}: (\d+) of (\d+) ", page)
        assert found, what
        rate = Rate(int(found[1]), int(found[2]))
        assert rate.number == 100
        assert rate.share <= stated
        assert f"- {what}: {rate}." in page


def test_the_guide_shows_the_same_times_as_the_page() -> None:
    lines = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| [\d.]+ requests/s \|", line)
    ]
    assert len(lines) == 4
    guide = VERDICTS.read_text(encoding="utf-8")
    assert all(line in guide for line in lines)


def test_the_same_seed_ends_the_same_way_and_another_does_not() -> None:
    under = settings()
    one, again, other = (canary(API, "v1.2-err20.1", seed, under) for seed in (1, 1, 2))
    assert one == again
    assert one != other


@pytest.mark.parametrize(
    ("where", "shares"), [(API, (0.25, 0.25, 0.5)), (PAY, (0.05, 0.25, 0.5))], ids=["replicas", "route"]
)
def test_the_new_version_gets_the_share_that_its_weight_comes_to(where: Ground, shares: tuple[float, ...]) -> None:
    shop = Shop(where, "v1.2", seed=3)
    for weight, share in zip((5, 25, 50), shares, strict=True):
        before = shop.requests
        shop.weigh(weight)
        shop.pass_time(600)
        assert shop.requests - before == pytest.approx(where.rps * 600 * share, rel=0.08)


@pytest.mark.parametrize("where", [API, PAY], ids=["replicas", "route"])
def test_what_is_measured_of_a_copy_is_what_it_serves(where: Ground) -> None:
    under, shop = settings(), Shop(where, "v1.2-err20-lat300", seed=4)
    shop.weigh(50)
    shop.pass_time(60)
    since, before = shop.now, shop.requests
    shop.pass_time(600)
    window = (since - timedelta(seconds=60), since)
    gate = under.gates["standard"]
    asking = Measure(shop.metrics, under.metrics).gather(gate, shop.labels, shop.new, shop.old, since, shop.now, window)
    seen = asyncio.run(asking)
    errors, p50 = seen.signals["errors"], seen.signals["p50"]
    assert seen.new_requests == pytest.approx(shop.requests - before, rel=0.05)
    assert _mean(errors.new) == pytest.approx(0.2, abs=0.03)
    assert _mean(errors.old) == pytest.approx(0.001, abs=0.002)
    assert _mean(p50.new) / _mean(p50.old) == pytest.approx(3, rel=0.1)


def _mean(points: tuple[tuple[float, float | None], ...]) -> float:
    values = [value for _, value in points if value is not None]
    return sum(values) / len(values)
