"""Kubernetes as a deploy target: a Deployment rolled out, given a canary, or changing places with another one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.answers import plainly
from bot.blocks import code
from bot.errors import Code, Refusal
from bot.ports import DeployTarget
from bot.values import Change, Check, Fence, Job, JobLook, Phase, Place, Progress, Revision, Snapshot
from integrations.targets._kubernetes import jobs
from integrations.targets._kubernetes.api import Cluster
from integrations.targets._kubernetes.canary import Canary, Gateway
from integrations.targets._kubernetes.clone import called as copy_of
from integrations.targets._kubernetes.colours import Colours, Pair
from integrations.targets._kubernetes.colours_plan import ColoursPlan
from integrations.targets._kubernetes.notes import CAUSE, FENCE, admit, fence_note
from integrations.targets._kubernetes.objects import Objects
from integrations.targets._kubernetes.route import Ends
from integrations.targets._kubernetes.single import Single
from integrations.targets._kubernetes.single_plan import SinglePlan
from integrations.targets._kubernetes.templates import Recorded, image_for
from integrations.targets._kubernetes.turn import BLUE, GREEN
from integrations.targets._kubernetes.workload import Workload

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$", max_length=253)]


class Route(BaseModel):
    """The HTTPRoute that splits a canary's traffic. `service` is the one that it sends to now, by default named like
    the Deployment; `canary_service` is made where it is missing, by default `<service>-canary`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    namespace: Name | None = None
    service: Name | None = None
    canary_service: Name | None = None


class BlueGreen(BaseModel):
    """Two Deployments of which `service` sends to one: its selector has `label` with the value `blue` or `green`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    service: Name
    blue: Name
    green: Name
    label: str = "color"


class Options(BaseModel):
    """Where a service runs. `image` is the repository: `{image}:{version}` is rolled out, pinned by its digest where
    that is known, or `{image}@{version}` where the version is a digest. `timeout` is in seconds, for each call.

    `deployment` may be left out with `blue_green`, which names two.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    type: Literal["kubernetes"] = "kubernetes"
    context: str | None = None
    namespace: Name
    deployment: Name
    container: Name
    image: Annotated[str, Field(pattern=r"^([^@\s]+/)?[^@:/\s]+$")]
    kubeconfig: Path | None = None
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0
    route: Route | None = None
    blue_green: BlueGreen | None = None

    @model_validator(mode="before")
    @classmethod
    def _named_by_its_service(cls, given: Any) -> Any:
        pair = given.get("blue_green") if isinstance(given, dict) else None
        if isinstance(pair, dict) and "deployment" not in given:
            return {**given, "deployment": pair.get("service")}
        return given

    @model_validator(mode="after")
    def _one_way(self) -> "Options":
        if self.route and self.blue_green:
            raise ValueError("route and blue_green exclude each other")
        return self


def connect(places: Mapping[Place, Options]) -> dict[Place, DeployTarget]:
    """A target for each place; places in the same cluster share one connection, opened when first needed."""
    clusters: dict[tuple[Path | None, str | None], Cluster] = {}
    targets: dict[Place, DeployTarget] = {}
    for place, options in places.items():
        key = (options.kubeconfig, options.context)
        targets[place] = Target(clusters.setdefault(key, Cluster(*key)), options)
    return targets


class Target:
    """One service in one namespace, as `bot.ports.DeployTarget`."""

    def __init__(self, cluster: Cluster, options: Options) -> None:
        self._cluster, self._options, self._closed = cluster, options, False
        self._objects = Objects(cluster, options.namespace, options.timeout)
        where = f"{options.deployment} in {options.namespace}, {cluster.name}"
        self._place: Single | Colours
        self._plan: SinglePlan | ColoursPlan
        if options.blue_green:
            self._place = Colours(self._objects, _pair(options.blue_green), options.container)
            self._plan = ColoursPlan(self._place, where)
        else:
            workload = Workload(self._objects, options.deployment)
            canary = Canary(workload, options.container, _gateway(self._objects, options))
            self._place = Single(workload, options.container, canary)
            self._plan = SinglePlan(self._place, where)
        cluster.hold()

    async def close(self) -> None:
        """See the port."""
        if not self._closed:
            self._closed = True
            await self._cluster.release()

    async def inspect(self) -> Snapshot:
        """See the port. While a rollout is on its way, `revision` is what is being rolled out."""
        return await self._place.inspect()

    async def preflight(self, change: Change) -> list[Check]:
        """See the port. The last line asks the API server itself, by dry runs of the very patches."""
        return await self._plan.preflight(change, self._image(change))

    async def difference(self, change: Change) -> list[str]:
        """See the port. Worked out by the API server, in a dry run."""
        return await self._plan.difference(change, self._image(change))

    async def rehearse(self, revision: Revision) -> list[Check]:
        """See the port."""
        try:
            record = _record(revision)
        except Refusal as refusal:
            return [Check(name="recorded", passed=False, text=plainly(refusal.text))]
        return await self._plan.rehearse(record)

    async def apply(self, change: Change, fence: Fence, cause: str) -> Revision:
        """See the port."""
        return await self._place.apply(change, self._image(change), fence, cause)

    async def observe(self, revision: Revision) -> Progress:
        """See the port."""
        try:
            return await self._place.observe(revision, _record(revision))
        except Refusal as refusal:  # of a move that was to be made: somebody was faster
            phases = {Code.FENCED: Phase.SUPERSEDED, Code.CONFLICT: Phase.WAITING}
            if refusal.code not in phases:
                raise
            return Progress(phase=phases[refusal.code], text=plainly(refusal.text))

    async def restore(self, revision: Revision, fence: Fence, cause: str) -> Revision:
        """See the port. The whole recorded pod template comes back; what lies outside it (ConfigMaps, Secrets, the
        number of replicas) does not."""
        return await self._place.restore(_record(revision), fence, cause)

    async def tidy(self, revision: Revision, fence: Fence, cause: str) -> None:
        """See the port."""
        await self._place.tidy(fence)

    async def start_job(self, job: Job, fence: Fence, cause: str) -> str:
        """See the port. A Job with the environment, volumes and account of the container that serves."""
        found = await self._place.main()
        main = found[0] if isinstance(found, tuple) else found
        admit(main, fence)
        name = jobs.job_name(self._options.deployment, job.name, fence.deploy)
        notes = {FENCE: fence_note(fence), CAUSE: cause}
        body = jobs.job_body(name, main, self._options.container, self._image(job.change), job, notes)
        return await jobs.start(self._objects, body, fence)

    async def look_at_job(self, name: str) -> JobLook:
        """See the port."""
        return await jobs.look(self._objects, name)

    def _image(self, change: Change) -> str:
        return image_for(self._options.image, change.version, change.digest)


def _record(revision: Revision) -> Recorded:
    try:
        return Recorded.model_validate(revision.restore)
    except ValueError:
        raise Refusal(Code.INVALID, f"Revision {code(revision.id)} was not recorded by this target.") from None


def _gateway(objects: Objects, options: Options) -> Gateway | None:
    route = options.route
    if route is None:
        return None
    service = route.service or options.deployment
    ends = Ends(service, route.canary_service or copy_of(service))
    there = Objects(objects.cluster, route.namespace or options.namespace, options.timeout)
    return Gateway(there, route.name, ends)


def _pair(given: BlueGreen) -> Pair:
    return Pair(given.service, given.label, {BLUE: given.blue, GREEN: given.green})
