"""The cells of the tables that kubectl prints, in its words."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from playground.cluster.api.kinds import Object, is_leaving
from playground.cluster.api.selectors import selector_text

Cell = Callable[[Object, datetime], Any]


def since(stamp: str | None, now: datetime) -> str:
    """The time since a timestamp: "50s", "3m20s", "2d3h"."""
    try:
        seconds = max(0, int((now - datetime.fromisoformat(stamp or "")).total_seconds()))
    except (TypeError, ValueError):  # none, or one that a client made up
        return "<unknown>"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{seconds}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if hours < 3:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    return f"{days}d{hours % 24}h" if days < 8 and hours % 24 else f"{days}d"


def age(thing: Object, now: datetime) -> str:
    return since(thing["metadata"]["creationTimestamp"], now)


def field(path: str) -> Cell:
    """The value at a path, "<none>" where there is none."""

    def cell(thing: Object, now: datetime) -> str:
        value: Any = thing
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return str(value) if value else "<none>"

    return cell


def count(thing: Object, counter: str) -> int:
    """A counter of the status; absent ones are zero."""
    return int(thing.get("status", {}).get(counter) or 0)


def _containers(thing: Object) -> list[Object]:
    return list(thing["spec"]["template"]["spec"]["containers"])


def template_containers(thing: Object, now: datetime) -> str:
    return ",".join(container["name"] for container in _containers(thing))


def template_images(thing: Object, now: datetime) -> str:
    return ",".join(container["image"] for container in _containers(thing))


def selector(thing: Object, now: datetime) -> str:
    return selector_text(thing["spec"]["selector"])


def pod_ready(thing: Object, now: datetime) -> str:
    ready = [status for status in thing["status"].get("containerStatuses") or () if status.get("ready")]
    return f"{len(ready)}/{len(thing['spec']['containers'])}"


def pod_status(thing: Object, now: datetime) -> str:
    """The worst that a container says, else the phase."""
    if is_leaving(thing):
        return "Terminating"
    reason = str(thing["status"].get("reason") or thing["status"].get("phase"))
    for status in reversed(thing["status"].get("containerStatuses") or ()):
        state = status.get("state") or {}
        if state.get("waiting", {}).get("reason"):
            reason = state["waiting"]["reason"]
        elif "terminated" in state:
            reason = state["terminated"].get("reason") or f"ExitCode:{state['terminated'].get('exitCode')}"
    return reason


def pod_restarts(thing: Object, now: datetime) -> int:
    return sum(status.get("restartCount", 0) for status in thing["status"].get("containerStatuses") or ())


def service_ports(thing: Object, now: datetime) -> str:
    return ",".join(f"{port['port']}/{port['protocol']}" for port in thing["spec"].get("ports") or ()) or "<none>"


def service_selector(thing: Object, now: datetime) -> str:
    pairs = (thing["spec"].get("selector") or {}).items()
    return ",".join(f"{key}={value}" for key, value in sorted(pairs)) or "<none>"


def event_object(thing: Object, now: datetime) -> str:
    involved = thing["involvedObject"]
    return f"{involved.get('kind', '').lower()}/{involved.get('name', '')}"


def event_source(thing: Object, now: datetime) -> str:
    source = thing["source"]
    return ", ".join(source[part] for part in ("component", "host") if source.get(part))


def _few(addresses: list[str]) -> str:
    more = f" + {len(addresses) - 3} more..." if len(addresses) > 3 else ""
    return ",".join(addresses[:3]) + more if addresses else "<none>"


def endpoints(thing: Object, now: datetime) -> str:
    return _few(
        [
            f"{address.get('ip')}:{port.get('port')}"
            for subset in thing.get("subsets") or ()
            for port in subset.get("ports") or ()
            for address in subset.get("addresses") or ()
        ]
    )


def slice_addresses(thing: Object, now: datetime) -> str:
    shown = [address for endpoint in thing["endpoints"] for address in endpoint.get("addresses") or ()]
    return _few(shown) if shown else "<unset>"


def subjects(kind: str) -> Cell:
    """The subjects of a binding that are of one kind."""

    def cell(thing: Object, now: datetime) -> str:
        named = [subject for subject in thing.get("subjects") or () if subject.get("kind") == kind]
        return ", ".join(f"{one['namespace']}/{one['name']}" if "namespace" in one else one["name"] for one in named)

    return cell


def job_duration(thing: Object, now: datetime) -> str:
    """How long a Job took, or has been running."""
    status = thing["status"]
    end = datetime.fromisoformat(status["completionTime"]) if "completionTime" in status else now
    return since(status["startTime"], end) if "startTime" in status else ""


def scaled(thing: Object, now: datetime) -> str:
    """What an autoscaler scales."""
    target = thing["spec"]["scaleTargetRef"]
    return f"{target.get('kind')}/{target.get('name')}"


def hostnames(thing: Object, now: datetime) -> str:
    names = [f'"{name}"' for name in thing["spec"].get("hostnames") or ()]
    return f"[{','.join(names)}]" if names else ""


def quota(thing: Object, now: datetime) -> str:
    """What is used of each limit."""
    status = thing["status"]
    used, hard = status.get("used") or {}, status.get("hard") or {}
    return ", ".join(f"{key}: {used.get(key, 0)}/{most}" for key, most in sorted(hard.items()))
