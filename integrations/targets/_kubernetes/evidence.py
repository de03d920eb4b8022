"""Why a rollout does not come to its end: the new ReplicaSet's pods, their Events and their last log lines."""

from collections.abc import Sequence

from bot.values import Trouble
from integrations.targets._kubernetes.api import Json
from integrations.targets._kubernetes.rollout import (
    OVERDUE,
    container_statuses,
    held_up,
    hopeless,
    pulls,
    ready,
)
from integrations.targets._kubernetes.workload import Workload

MOST_ASKED = 3  # pods whose Events are read in one look: the others fail for the same reason


async def failing(workload: Workload, pods: Sequence[Json]) -> Trouble | None:
    """What keeps the new version from ever running, with the last log lines; None while it may come up."""
    found = hopeless(pods, await _pull_errors(workload, pods))
    return await _with_log(workload, *found) if found else None


async def overdue(workload: Workload, deployment: Json, pods: Sequence[Json], told: str) -> Trouble:
    """What is known when the deadline has passed though no pod is hopeless: `told` is the Deployment's own word."""
    refused = held_up(deployment, pods)
    unready = ((pod, one) for pod in pods if not ready(pod) for one in container_statuses(pod) if not one.get("ready"))
    pod, status = next(unready, (None, {}))
    if pod is None:
        return Trouble(reason=OVERDUE, message=f"{told} {refused}".strip())
    warned = [event.get("message", "") for event in await workload.warnings(pod)]
    running = "running" in (status.get("state") or {})
    seen = "It runs but does not become ready." if running else "It has not started."
    text = f"{told} {refused or (warned[-1] if warned else seen)}"
    trouble = Trouble(reason=OVERDUE, message=text, pod=pod["metadata"]["name"], container=status["name"])
    return await _with_log(workload, pod, trouble)


async def _pull_errors(workload: Workload, pods: Sequence[Json]) -> dict[str, str]:
    waiting = [pod for pod in pods if pulls(pod)][:MOST_ASKED]
    return {pod["metadata"]["name"]: await _pull_error(workload, pod) for pod in waiting}


async def _pull_error(workload: Workload, pod: Json) -> str:
    told = [event.get("message", "") for event in await workload.warnings(pod)]
    return next((text for text in reversed(told) if text.startswith("Failed to pull image")), "")


async def _with_log(workload: Workload, pod: Json, trouble: Trouble) -> Trouble:
    status = next(one for one in container_statuses(pod) if one["name"] == trouble.container)
    state, last = status.get("state") or {}, (status.get("lastState") or {}).get("terminated")
    if not (last or "running" in state or "terminated" in state or status.get("restartCount")):
        return trouble  # it never ran
    crashed = "waiting" in state and bool(last)
    lines = await workload.log(trouble.pod, trouble.container, previous=crashed)
    return trouble.model_copy(update={"log": lines})
