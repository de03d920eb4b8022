"""Kubernetes as a deploy target: one Deployment, rolled out by a patch of one container's image."""

import html
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.blocks import code
from bot.errors import Code, Refusal
from bot.ports import DeployTarget
from bot.values import Change, Check, Fence, Job, JobLook, Phase, Place, Progress, Revision, Snapshot
from integrations.targets._kubernetes import evidence
from integrations.targets._kubernetes.api import Cluster, Json
from integrations.targets._kubernetes.change import Changes
from integrations.targets._kubernetes.checks import checks, older
from integrations.targets._kubernetes.rollout import Claim, held_up, rollout_status
from integrations.targets._kubernetes.shares import made_by, pods_of, ready_in, share
from integrations.targets._kubernetes.templates import (
    CAUSE,
    FENCE,
    Recorded,
    fence_note,
    fence_of,
    image_for,
    image_in,
    number,
    recorded,
    restore_patch,
    template_hash,
    version_patch,
)
from integrations.targets._kubernetes.workload import Workload

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)]


class Options(BaseModel):
    """Where a service runs. `image` is the repository: `{image}:{version}` is rolled out, or `{image}@{version}`
    where the version is a digest. `timeout` is in seconds, for each call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["kubernetes"] = "kubernetes"
    context: str | None = None
    namespace: Name
    deployment: Name
    container: Name
    image: Annotated[str, Field(pattern=r"^([^@\s]+/)?[^@:/\s]+$")]
    kubeconfig: Path | None = None
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0


def connect(places: Mapping[Place, Options]) -> dict[Place, DeployTarget]:
    """A target for each place; places in the same cluster share one connection, opened when first needed."""
    clusters: dict[tuple[Path | None, str | None], Cluster] = {}
    targets: dict[Place, DeployTarget] = {}
    for place, options in places.items():
        key = (options.kubeconfig, options.context)
        targets[place] = Target(clusters.setdefault(key, Cluster(*key)), options)
    return targets


class Target:
    """One Deployment, as `bot.ports.DeployTarget`."""

    def __init__(self, cluster: Cluster, options: Options) -> None:
        self._cluster, self._options, self._closed = cluster, options, False
        self._workload = Workload(cluster, options.namespace, options.deployment, options.timeout)
        self._changes = Changes(self._workload, options.container, options.timeout)
        cluster.hold()

    async def close(self) -> None:
        """See the port."""
        if not self._closed:
            self._closed = True
            await self._cluster.release()

    async def inspect(self) -> Snapshot:
        """See the port. While a rollout is on its way, `revision` is what is being rolled out."""
        options, deployment = self._options, await self._workload.read()
        if image_in(deployment, options.container) is None:
            raise Refusal(Code.NOT_FOUND, f"{code(options.deployment)} has no container {code(options.container)}.")
        fence = fence_of(deployment)
        revision = recorded(deployment, options.container, deployment["metadata"]["uid"], fence.deploy if fence else "")
        ready = (deployment.get("status") or {}).get("readyReplicas", 0)
        return Snapshot(revision=revision, replicas=deployment["spec"].get("replicas", 1), ready=ready)

    async def preflight(self, change: Change) -> list[Check]:
        """See the port. The last line asks the API server itself, by a dry run of the very patch."""
        options, image = self._options, image_for(self._options.image, change.version, change.digest)
        try:
            deployment = await self._workload.read()
        except Refusal as refusal:
            return [_refused("exists", refusal)]
        where = f"{options.deployment} in {options.namespace}, {self._cluster.name}"
        lines = [Check(name="exists", passed=True, text=where), *checks(deployment, options.container, image)]
        if image_in(deployment, options.container) is None:
            return lines
        try:
            new = _numbered(await self._workload.replica_sets(deployment), number(deployment))
            stuck = await evidence.failing(self._workload, await self._workload.pods(new)) if new else None
            await self._workload.patch(version_patch(options.container, image, {}), dry_run=True)
        except Refusal as refusal:
            return [*lines, _refused("permission", refusal)]
        lines.append(older(deployment, options.container, stuck))
        return [*lines, Check(name="permission", passed=True, text="the API server accepts a dry run of the change")]

    async def apply(self, change: Change, fence: Fence, cause: str) -> Revision:
        """See the port."""
        if change.weight < 100:
            raise Refusal(Code.INVALID, f"This target can't give {code(change.version)} a part of the traffic.")
        container, image = self._options.container, image_for(self._options.image, change.version, change.digest)
        notes = {FENCE: fence_note(fence), CAUSE: cause}

        def wanted(owner: Json) -> bool:
            return image_in(owner, container) == image

        def patch(deployment: Json) -> Json:
            return version_patch(container, image, notes, deployment["metadata"]["resourceVersion"])

        return await self._changes.earlier(fence, wanted) or await self._changes.begin(fence, wanted, patch)

    async def restore(self, revision: Revision, fence: Fence, cause: str) -> Revision:
        """See the port. The whole recorded pod template comes back; what lies outside it (ConfigMaps, Secrets, the
        number of replicas) does not."""
        try:
            record = Recorded.model_validate(revision.restore)
        except ValueError:
            raise Refusal(Code.INVALID, f"Revision {code(revision.id)} was not recorded by this target.") from None
        notes = {FENCE: fence_note(fence), CAUSE: cause}

        def wanted(owner: Json) -> bool:
            return template_hash(owner) == record.hash

        def patch(deployment: Json) -> list[Json]:
            return restore_patch(deployment, record, notes)

        return await self._changes.earlier(fence, wanted) or await self._changes.begin(fence, wanted, patch)

    async def difference(self, change: Change) -> list[str]:
        """See the port."""
        return []

    async def rehearse(self, revision: Revision) -> list[Check]:
        """See the port."""
        return []

    async def tidy(self, revision: Revision, fence: Fence, cause: str) -> None:
        """See the port."""

    async def start_job(self, job: Job, fence: Fence, cause: str) -> str:
        """See the port."""
        raise Refusal(Code.INVALID, "This target runs no jobs.")

    async def look_at_job(self, name: str) -> JobLook:
        """See the port."""
        raise Refusal(Code.NOT_FOUND, f"There is no job {code(name)}.")

    async def observe(self, revision: Revision) -> Progress:
        """See the port."""
        deployment = await self._workload.read()
        sets = await self._workload.replica_sets(deployment)
        new = _numbered(sets, int(revision.id))
        phase, text = rollout_status(deployment, _claim(revision, new))
        progress = _seen(Progress(phase=phase, text=text, wanted=deployment["spec"].get("replicas", 1)), sets, new)
        if new is None or not progress.wanted or phase in (Phase.DONE, Phase.SUPERSEDED):
            return progress
        pods = await self._workload.pods(new)
        trouble = await evidence.failing(self._workload, pods)
        if trouble is None and phase is Phase.FAILED:
            trouble = await evidence.overdue(self._workload, deployment, pods, text)
        if trouble is None:
            return progress.model_copy(update={"text": " ".join(filter(None, [text, held_up(deployment, pods)]))})
        update = {"phase": Phase.FAILED, "trouble": trouble, "text": f"{trouble.reason} in {trouble.pod or 'no pod'}"}
        return progress.model_copy(update=update)


def _claim(revision: Revision, replica_set: Json | None) -> Claim:
    record = revision.restore
    name = replica_set["metadata"]["name"] if replica_set else ""
    return Claim(int(revision.id), str(record.get("uid", "")), str(record.get("deploy", "")), name)


def _numbered(sets: Sequence[Json], revision: int) -> Json | None:
    return next((one for one in sets if number(one) == revision), None)


def _seen(progress: Progress, sets: Sequence[Json], new: Json | None) -> Progress:
    fresh = [new] if new else []
    others = [one for one in sets if one is not new]
    counts = {"new": made_by(fresh), "old": made_by(others), "ready": ready_in(fresh)}
    told = {"new_selector": pods_of(fresh), "old_selector": pods_of(others)}
    return progress.model_copy(update={**counts, **told, "weight": share(ready_in(fresh), ready_in(others))})


def _refused(name: str, refusal: Refusal) -> Check:
    # A check carries the words as the API said them; a refusal has them escaped for Slack.
    return Check(name=name, passed=False, text=html.unescape(refusal.text))
