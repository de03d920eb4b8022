"""Counters as Prometheus reads them: its text format, version 0.0.4."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from playground.cluster.api.kinds import Object, condition_of, name_of, namespace_of
from playground.cluster.traffic.meter import Backend, Meter
from playground.cluster.traffic.sampling import BUCKETS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def exposition(meter: Meter, pods: Iterable[Object] = ()) -> str:
    """All metrics: of each backend, of each load, and which of the pods are ready."""
    return "".join(f"{line}\n" for line in _lines(meter, list(pods)))


def _lines(meter: Meter, pods: list[Object]) -> Iterator[str]:
    counted = [(backend, meter.counters(backend)) for backend in meter.backends()]
    yield from _head("http_requests_total", "counter", "Requests that a pod has served, by status code.")
    for backend, counters in counted:
        for code, count in (("200", counters.served), ("500", counters.failed)):
            yield _sample("http_requests_total", backend._asdict() | {"code": code}, count)
    yield from _head("http_request_duration_seconds", "histogram", "How long requests took.")
    for backend, counters in counted:
        yield from _histogram(backend, counters.buckets, counters.seconds)
    yield from _head("process_cpu_seconds_total", "counter", "CPU time that a pod has used.")
    for backend, counters in counted:
        yield _sample("process_cpu_seconds_total", backend._asdict(), round(counters.cpu, 6))
    yield from _head("http_requests_unserved_total", "counter", "Requests that no pod was ready for.")
    for (namespace, service), load in sorted(meter.loads.items()):
        yield _sample("http_requests_unserved_total", {"namespace": namespace, "service": service}, load.unserved)
    yield from _head("kube_pod_status_ready", "gauge", "Whether a pod is ready to serve.")
    for pod in pods:
        condition = condition_of(pod, "Ready")
        labels = {"namespace": namespace_of(pod), "pod": name_of(pod), "condition": "true"}
        yield _sample("kube_pod_status_ready", labels, int(bool(condition and condition["status"] == "True")))


def _histogram(backend: Backend, buckets: list[int], seconds: float) -> Iterator[str]:
    name, labels = "http_request_duration_seconds", backend._asdict()
    for bound, count in zip((*map(str, BUCKETS), "+Inf"), accumulate(buckets), strict=True):
        yield _sample(f"{name}_bucket", labels | {"le": bound}, count)
    yield _sample(f"{name}_sum", labels, round(seconds, 6))
    yield _sample(f"{name}_count", labels, sum(buckets))


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def _sample(name: str, labels: Mapping[str, str], value: float) -> str:
    shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
    return f"{name}{{{shown}}} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
