"""Series with everything in them that makes PromQL hard: resets, gaps, late and early ends, what is no number."""

import math
from random import Random

from tests.integrations.prometheus_ground import NOW, Sample, labels

MINUTES = 20
BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
PODS = ("api-7c9-a", "api-7c9-b", "api-canary-5d4-c")
ODD = 'a "quoted"\\back\nslash ü'


def samples(seed: int = 1) -> list[Sample]:
    """All of them, around NOW; the same for the same seed."""
    random = Random(seed)
    found: list[Sample] = []
    for pod in PODS:
        found += _requests(random, pod)
        found += _durations(random, pod)
        found += [(labels("pod_info", pod=pod, version=version_of(pod)), at, 1.0) for at in _times(random)]
    found += _gauges(random)
    return found


def version_of(pod: str) -> str:
    return "v1.2" if "canary" in pod else "v1.1"


def _times(random: Random, step: float = 5.0, gaps: bool = True) -> list[int]:
    """Around NOW, with some jitter; sometimes a scrape is missing."""
    start, end = (NOW - MINUTES * 30) * 1000, (NOW + MINUTES * 30) * 1000
    regular = range(start, end, round(step * 1000))
    return [at + random.randint(0, 40) for at in regular if not gaps or random.random() > 0.04]


def _requests(random: Random, pod: str) -> list[Sample]:
    found: list[Sample] = []
    for code, rate in (("200", 8.0), ("500", 0.3)):
        times = _times(random)
        if "canary" in pod:
            times = times[len(times) // 3 :]  # born later
        if pod.endswith("-b"):
            times = times[: len(times) * 3 // 5]  # and gone for more than the five minutes that count
        count, last = 0.0, times[0]
        for at in times:
            if random.random() < 0.01:
                count = 0.0  # restarted
            count += sum(random.random() < 0.5 for _ in range(int(rate * 2 * (at - last) / 1000) + 1))
            last = at
            series = labels("http_requests_total", namespace="shop", service="api", pod=pod, code=code)
            found.append((series, at, count))
    return found


def _durations(random: Random, pod: str) -> list[Sample]:
    counts = dict.fromkeys((*BUCKETS, math.inf), 0)
    total = 0.0
    found: list[Sample] = []
    common = {"namespace": "shop", "service": "api", "pod": pod}
    for at in _times(random, 10.0):
        for _ in range(random.randint(0, 12)):
            took = random.lognormvariate(-2, 1)
            total += took
            for bound in counts:
                counts[bound] += took <= bound
        for bound, count in counts.items():
            le = "+Inf" if bound == math.inf else repr(bound)
            found.append((labels("http_request_duration_seconds_bucket", le=le, **common), at, float(count)))
        found.append((labels("http_request_duration_seconds_sum", **common), at, total))
        found.append((labels("http_request_duration_seconds_count", **common), at, float(counts[math.inf])))
    return found


def _gauges(random: Random) -> list[Sample]:
    found: list[Sample] = []
    for room in ("cellar", "attic", ODD):
        for at in _times(random, 15.0, gaps=False):
            found.append((labels("temperature", room=room), at, round(random.gauss(0, 15), 2)))
    strange = (math.nan, math.inf, -math.inf, 0.0, 1e-9, 1e22)
    for number, at in enumerate(_times(random, 30.0, gaps=False)):
        found.append((labels("strange", kind="turns"), at, strange[number % len(strange)]))
        found.append((labels("strange", kind="nan"), at, math.nan))
    found.append((labels("once"), NOW * 1000, 42.0))  # seen for exactly five minutes
    return found
