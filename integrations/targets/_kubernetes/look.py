"""One look at one Deployment: how far a rollout of it is, whose pods are whose, and why it gets no further."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.values import Phase, Progress, Revision
from integrations.targets._kubernetes import evidence
from integrations.targets._kubernetes.api import Json
from integrations.targets._kubernetes.rollout import Claim, held_up, rollout_status
from integrations.targets._kubernetes.shares import made_by, pods_of, ready_in, share
from integrations.targets._kubernetes.templates import number
from integrations.targets._kubernetes.workload import Workload


class Look(NamedTuple):
    """What was seen: ReplicaSets of the new version and the others."""

    progress: Progress
    deployment: Json
    new: list[Json]
    old: list[Json]


async def look(workload: Workload, claim: Claim, deployment: Json | None = None) -> Look:
    """Look at a rollout. `deployment` where it has just been read."""
    deployment = deployment or await workload.read()
    sets = await workload.replica_sets(deployment)
    new = numbered(sets, claim.number)
    claim = claim._replace(replica_set=new["metadata"]["name"] if new else "")
    phase, text = rollout_status(deployment, claim)
    progress = Progress(phase=phase, text=text, wanted=deployment["spec"].get("replicas", 1))
    fresh, others = ([new] if new else []), [one for one in sets if one is not new]
    progress = beside_each_other(progress, fresh, others)
    if new and progress.wanted and phase not in (Phase.DONE, Phase.SUPERSEDED):
        progress = await _with_evidence(workload, progress, deployment, new)
    return Look(progress, deployment, fresh, others)


def beside_each_other(progress: Progress, new: Sequence[Json], old: Sequence[Json]) -> Progress:
    """With the counts and names of both copies, and the share of traffic where it goes evenly to all that are ready."""
    counts = {"new": made_by(new), "old": made_by(old), "ready": ready_in(new)}
    told = {"new_selector": pods_of(new), "old_selector": pods_of(old)}
    return progress.model_copy(update={**counts, **told, "weight": share(ready_in(new), ready_in(old))})


def claim_of(revision: Revision) -> Claim:
    """Which rollout of its Deployment a revision is; its number stands behind the colour, where it has one."""
    record = revision.restore
    return Claim(int(revision.id.rpartition(":")[2]), str(record.get("uid", "")), str(record.get("deploy", "")))


def numbered(sets: Sequence[Json], revision: int) -> Json | None:
    """The ReplicaSet of that revision."""
    return next((one for one in sets if number(one) == revision), None)


async def _with_evidence(workload: Workload, progress: Progress, deployment: Json, new: Json) -> Progress:
    pods = await workload.pods(new)
    trouble = await evidence.failing(workload, pods)
    if trouble is None and progress.phase is Phase.FAILED:
        trouble = await evidence.overdue(workload, deployment, pods, progress.text)
    if trouble is None:
        return progress.model_copy(update={"text": " ".join(filter(None, [progress.text, held_up(deployment, pods)]))})
    text = f"{trouble.reason} in {trouble.pod or 'no pod'}"
    return progress.model_copy(update={"phase": Phase.FAILED, "trouble": trouble, "text": text})
