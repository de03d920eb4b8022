"""How versions serve. A tag says it, part by part, unless it was set: v1.3-err2-lat150 fails 2 % of its requests and
takes 150 % of the usual time."""

import re
from dataclasses import dataclass, replace
from functools import lru_cache

_PART = re.compile(r"(?:^|-)(err|lat|cpu)(\d+(?:\.\d+)?)(?=-|$)")


@dataclass(frozen=True)
class Behaviour:
    """How a version serves. Latencies are log-normal: `latency` is their median in seconds, `spread` the standard
    deviation of their logarithm. `errors` is the share of requests that fail, `cpu` the CPU seconds of each request."""

    latency: float = 0.04
    spread: float = 0.5
    errors: float = 0.001
    cpu: float = 0.004


@lru_cache(maxsize=1024)
def behaviour_of(tag: str) -> Behaviour:
    """What a tag asks for: `err<n>` fails n % of its requests; `lat<n>` and `cpu<n>` take n % of the usual time and
    CPU; `slow-` takes 20 times as long, `errors` fails every fifth request."""
    usual = Behaviour()
    latency, errors, cpu = usual.latency, usual.errors, usual.cpu
    if "slow-" in tag:
        latency *= 20
    if "errors" in tag:
        errors = 0.2
    for part, amount in _PART.findall(tag):
        share = float(amount) / 100
        match part:
            case "err":
                errors = min(share, 1.0)
            case "lat":
                latency *= share
            case _:
                cpu *= share
    return replace(usual, latency=latency, errors=errors, cpu=cpu)


class Behaviours:
    """How each version of each service serves: as its tag says, or as it was set."""

    def __init__(self) -> None:
        self._set: dict[tuple[str, str], dict[str, float]] = {}

    def of(self, service: str, version: str) -> Behaviour:
        return replace(behaviour_of(version), **self._set.get((service, version), {}))

    def set(self, service: str, version: str, **parts: float) -> None:
        """Change fields of a version's Behaviour, in every namespace; what is not named stays as it is."""
        self._set.setdefault((service, version), {}).update(parts)
