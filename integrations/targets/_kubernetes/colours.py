"""A place that is two Deployments behind one Service, which sends to one colour of them: blue-green."""

import asyncio
from typing import NamedTuple

from bot.blocks import code
from bot.errors import Code, Refusal
from bot.values import Change, Fence, Phase, Progress, Revision, Snapshot, StrategyKind
from integrations.targets._kubernetes.api import Json
from integrations.targets._kubernetes.change import Changes
from integrations.targets._kubernetes.endpoints import serving
from integrations.targets._kubernetes.look import Look, claim_of, look
from integrations.targets._kubernetes.notes import (
    CAUSE,
    FENCE,
    GOAL,
    admit,
    annotations,
    called,
    fence_note,
    fence_of,
    noted,
    with_notes,
)
from integrations.targets._kubernetes.objects import DEPLOYMENTS, SERVICES, Objects
from integrations.targets._kubernetes.shares import made_by, pods_of, share
from integrations.targets._kubernetes.templates import (
    Recorded,
    image_in,
    recorded,
    restore_patch,
    template_hash,
    version_patch,
)
from integrations.targets._kubernetes.turn import (
    BLUE,
    GREEN,
    Turn,
    coloured,
    dressed,
    other_of,
    superseded,
    switch_patch,
    turned,
)
from integrations.targets._kubernetes.workload import Workload


class Pair(NamedTuple):
    """The Service, the label by which it chooses, and the Deployment of each colour."""

    service: str
    label: str
    names: dict[str, str]


class Colours:
    """Two Deployments. What runs here is the one that the Service sends to."""

    def __init__(self, objects: Objects, pair: Pair, container: str) -> None:
        self.objects, self.pair, self.container = objects, pair, container
        self.workloads = {colour: Workload(objects, name) for colour, name in pair.names.items()}
        self._changes = {
            colour: Changes(workload, container, pair.label) for colour, workload in self.workloads.items()
        }

    async def service(self) -> tuple[Json, str]:
        """The Service, and the colour that it sends to. Raises Refusal where that is none of the two."""
        service = await self.objects.get(SERVICES, self.pair.service)
        colour = (service["spec"].get("selector") or {}).get(self.pair.label, "")
        if colour not in self.workloads:
            wanted = f"{code(f'{self.pair.label}: {BLUE}')} or {code(GREEN)}"
            raise Refusal(Code.INVALID, f"Service {called(service)} does not select {wanted}.")
        return service, colour

    async def main(self) -> tuple[Json, str]:
        """The Deployment that serves, and its colour."""
        _, colour = await self.service()
        deployment = await self.workloads[colour].read()
        if image_in(deployment, self.container) is None:
            raise Refusal(Code.NOT_FOUND, f"{called(deployment)} has no container {code(self.container)}.")
        return deployment, colour

    async def inspect(self) -> Snapshot:
        """See the port."""
        deployment, colour = await self.main()
        fence, uid = fence_of(deployment), deployment["metadata"]["uid"]
        revision = recorded(deployment, self.container, uid, fence.deploy if fence else "", self.pair.label)
        ready = (deployment.get("status") or {}).get("readyReplicas", 0)
        snapshot = Snapshot(revision=revision, replicas=deployment["spec"].get("replicas", 1), ready=ready)
        return snapshot.model_copy(update={"revision": coloured(revision, colour)})

    async def apply(self, change: Change, image: str, fence: Fence, cause: str) -> Revision:
        """See the port."""
        if change.strategy is not StrategyKind.BLUE_GREEN or change.weight not in (0, 100):
            text = f"{code(change.strategy)} with {change.weight} % can't be done between two colours."
            raise Refusal(Code.INVALID, text, f"{code('blue_green')} knows 0 and the whole.")
        turn = await self._turn(fence, weight=change.weight)
        notes = {FENCE: fence_note(fence), CAUSE: cause}

        def wanted(owner: Json) -> bool:
            return image_in(owner, self.container) == image and owner["spec"].get("replicas", 1) >= turn.replicas

        def patch(deployment: Json) -> Json:
            read = deployment["metadata"]["resourceVersion"]
            return version_patch(self.container, image, notes, read, {"replicas": turn.replicas})

        changes = self._changes[turn.to]
        begun = await changes.earlier(fence, wanted) or await changes.begin(fence, wanted, patch, notes)
        return coloured(begun, turn.to, turn)

    async def restore(self, record: Recorded, fence: Fence, cause: str) -> Revision:
        """See the port. The colour that serves stays where it runs this already; else the other one takes over."""
        turn = await self._turn(fence, back_to=record)
        notes = {FENCE: fence_note(fence), CAUSE: cause}
        its_own = dressed(record, self.pair.label, turn.to)

        def wanted(owner: Json) -> bool:
            enough = owner["spec"].get("replicas", 1) >= turn.replicas
            return template_hash(owner, self.pair.label) == record.hash and enough

        def patch(deployment: Json) -> list[Json]:
            return restore_patch(deployment, its_own, notes, turn.replicas)

        changes = self._changes[turn.to]
        begun = await changes.earlier(fence, wanted) or await changes.begin(fence, wanted, patch, notes)
        return coloured(begun, turn.to, turn)

    async def observe(self, revision: Revision, record: Recorded) -> Progress:
        """See the port. Sends the traffic over when the new colour is ready, and lets go of the other one then."""
        if record.goal is None:  # nobody asked for anything: it was found to run
            return (await look(self.workloads[record.colour], claim_of(revision))).progress
        service, live = await self.service()
        turn, there = Turn.model_validate(record.goal), noted(service, Turn)
        to = self.workloads[turn.to]
        seen, other = await asyncio.gather(look(to, claim_of(revision)), self.workloads[other_of(turn.to)].read())
        if text := superseded(service, live, record, turn, there):
            return seen.progress.model_copy(update={"phase": Phase.SUPERSEDED, "text": text})
        progress = await self._shared(seen, other, turn)
        if progress.phase is not Phase.DONE:
            return progress
        text = await self._next(seen, other, service, turn)
        return progress.model_copy(update={"phase": Phase.WAITING, "text": text}) if text else progress

    async def tidy(self, fence: Fence) -> None:
        """See the port. The other colour is scaled to nothing; its Deployment stays for the next time."""
        service, live = await self.service()
        admit(service, fence)
        await self._let_go(other_of(live), fence)

    async def _next(self, seen: Look, other: Json, service: Json, turn: Turn) -> str:
        """Make the next move after the new colour is ready; what is awaited then, empty at the end."""
        if turn.weight < 100:
            return ""
        fence = fence_of(service) or Fence(deploy=turn.deploy, epoch=0)
        if service["spec"]["selector"][self.pair.label] != turn.to or not turned(service):
            await self._switch(turn, fence)
            return f"Service {self.pair.service} is told to send to {turn.to}."
        new, rest = await serving(self.objects, self.pair.service, seen.new)
        if rest or not new:
            return f"Waiting until Service {self.pair.service} sends to {turn.to} alone."
        if not turn.alone:
            return ""
        if other["spec"].get("replicas", 1):
            await self._let_go(other_of(turn.to), fence)
        return "The other colour's replicas are going." if (other.get("status") or {}).get("replicas") else ""

    async def _switch(self, turn: Turn, fence: Fence) -> None:
        """Make the Service send to the new colour. The note that it was so goes along in the same patch."""

        def patch(service: Json) -> list[Json]:
            done = turn.model_copy(update={"switched": True})
            kept = annotations(service) | {GOAL: done.model_dump_json(), FENCE: fence_note(fence)}
            note = {"op": "add", "path": "/metadata/annotations", "value": kept}
            return [*switch_patch(service, self.pair.label, turn.to), note]

        await self.objects.change(SERVICES, self.pair.service, fence, patch)

    async def _let_go(self, colour: str, fence: Fence) -> None:
        def patch(deployment: Json) -> Json | None:
            if not deployment["spec"].get("replicas", 1):
                return None
            read = deployment["metadata"]["resourceVersion"]
            return with_notes({FENCE: fence_note(fence)}, read) | {"spec": {"replicas": 0}}

        await self.objects.change(DEPLOYMENTS, self.pair.names[colour], fence, patch)

    async def _turn(self, fence: Fence, weight: int = 100, back_to: Recorded | None = None) -> Turn:
        """Note on the Service what is wanted, and return it; what this deploy has noted before is gone on with."""
        _, live = await self.service()
        serves = await self.workloads[live].read()
        same = back_to is not None and template_hash(serves, self.pair.label) == back_to.hash
        wanted = Turn(
            deploy=fence.deploy,
            to=live if same else other_of(live),
            weight=weight,
            replicas=serves["spec"].get("replicas", 1),
            hash=back_to.hash if back_to else "",
            alone=back_to is not None,
        )

        def patch(service: Json) -> Json | None:
            nonlocal wanted
            begun = noted(service, Turn)
            if begun and (begun.deploy, begun.hash) == (wanted.deploy, wanted.hash):
                wanted = begun.model_copy(update={"weight": weight})
            if begun == wanted and fence_of(service) == fence:
                return None
            read = service["metadata"]["resourceVersion"]
            return with_notes({FENCE: fence_note(fence), GOAL: wanted.model_dump_json()}, read)

        await self.objects.change(SERVICES, self.pair.service, fence, patch)
        return wanted

    async def _shared(self, seen: Look, other: Json, turn: Turn) -> Progress:
        old, (new, rest) = await asyncio.gather(
            self.workloads[other_of(turn.to)].replica_sets(other), serving(self.objects, self.pair.service, seen.new)
        )
        update = {"old": made_by(old), "weight": share(new, rest), "old_selector": pods_of(old)}
        return seen.progress.model_copy(update=update)
