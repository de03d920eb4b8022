"""A place that is one Deployment: rolling, recreate, and the way of a canary to the whole."""

from bot.blocks import code
from bot.errors import Code, Refusal
from bot.values import Change, Fence, Phase, Progress, Revision, Snapshot, StrategyKind
from integrations.targets._kubernetes.api import Json
from integrations.targets._kubernetes.beside import Beside
from integrations.targets._kubernetes.canary import Canary, State
from integrations.targets._kubernetes.change import Changes
from integrations.targets._kubernetes.goal import Goal, goal_of, whole
from integrations.targets._kubernetes.look import Look, beside_each_other, claim_of, look
from integrations.targets._kubernetes.notes import CAUSE, FENCE, GOAL, called, fence_note, fence_of, missing, with_notes
from integrations.targets._kubernetes.objects import DEPLOYMENTS
from integrations.targets._kubernetes.shares import ready_in, share
from integrations.targets._kubernetes.templates import (
    Recorded,
    image_in,
    number,
    put_back,
    recorded,
    replacing,
    restore_patch,
    template_hash,
    version_patch,
)
from integrations.targets._kubernetes.workload import Workload


class Single:
    """One Deployment, and its canary where there is one."""

    def __init__(self, workload: Workload, container: str, canary: Canary) -> None:
        self.workload, self.container, self.canary = workload, container, canary
        self._changes, self._beside = Changes(workload, container), Beside(workload, container, canary)

    async def main(self) -> Json:
        """The Deployment that is what runs here. Raises Refusal where it has not the container."""
        deployment = await self.workload.read()
        if image_in(deployment, self.container) is None:
            raise Refusal(Code.NOT_FOUND, f"{called(deployment)} has no container {code(self.container)}.")
        return deployment

    async def inspect(self) -> Snapshot:
        """See the port."""
        deployment = await self.main()
        fence = fence_of(deployment)
        revision = recorded(deployment, self.container, deployment["metadata"]["uid"], fence.deploy if fence else "")
        ready = (deployment.get("status") or {}).get("readyReplicas", 0)
        return Snapshot(revision=revision, replicas=deployment["spec"].get("replicas", 1), ready=ready)

    async def apply(self, change: Change, image: str, fence: Fence, cause: str) -> Revision:
        """See the port."""
        main = await self._changes.admitted(fence)
        if change.weight < 100:
            return await self._beside.apply(main, change, image, fence, cause)
        goal = goal_of(main)

        def wanted(owner: Json) -> bool:
            return image_in(owner, self.container) == image

        if goal and goal.deploy == fence.deploy and goal.beside and not wanted(main) and goal.base != number(main):
            text = f"Somebody else has changed {called(main)} since its canary began."
            raise Refusal(Code.CONFLICT, text, "Look first.")
        # The canary goes on serving while the main Deployment takes its version over. Any other way ends it.
        leave = change.strategy is not StrategyKind.CANARY
        notes = _notes(fence, cause, whole(goal, fence, image, leave=leave))

        def patch(deployment: Json) -> Json:
            spec, before = replacing(deployment, change.strategy)
            read = deployment["metadata"]["resourceVersion"]
            return version_patch(self.container, image, {**notes, **before}, read, spec)

        earlier = await self._changes.earlier(fence, wanted)
        return earlier or await self._changes.begin(fence, wanted, patch, notes)

    async def restore(self, record: Recorded, fence: Fence, cause: str) -> Revision:
        """See the port. The whole recorded pod template comes back; what lies outside it does not."""
        goal = whole(goal_of(await self._changes.admitted(fence)), fence, leave=True)
        notes = _notes(fence, cause, goal)

        def wanted(owner: Json) -> bool:
            return template_hash(owner) == record.hash

        def patch(deployment: Json) -> list[Json]:
            return restore_patch(deployment, record, notes)

        if earlier := await self._changes.earlier(fence, wanted):
            return earlier
        begun = await self._changes.begin(fence, wanted, patch, notes)
        if goal:
            await self._beside.take_away(await self.workload.read())
        return begun

    async def tidy(self, fence: Fence) -> None:
        """See the port."""
        main = await self._changes.admitted(fence)
        spec, before = put_back(main)
        goal = whole(goal_of(main), fence, leave=True)
        if not (spec or goal):
            return
        notes: dict[str, str | None] = {FENCE: fence_note(fence), **before, **_goal_note(goal)}

        def patch(deployment: Json) -> Json | None:
            if not missing(deployment, notes):
                return None
            return with_notes(notes, deployment["metadata"]["resourceVersion"]) | ({"spec": spec} if spec else {})

        await self.workload.objects.change(DEPLOYMENTS, self.workload.name, fence, patch)
        if goal:
            await self._beside.until_gone()

    async def observe(self, revision: Revision, record: Recorded) -> Progress:
        """See the port."""
        main = await self.workload.read()
        if record.goal:
            return await self._beside.observe(main, record, Goal.model_validate(record.goal))
        goal, seen = goal_of(main), await look(self.workload, claim_of(revision), main)
        if goal is None or seen.progress.phase is Phase.SUPERSEDED:
            return seen.progress
        if not goal.leave:
            return _with_copy(seen, await self.canary.look(main, goal))
        going = await self._beside.take_away(main)
        if not going or seen.progress.phase is not Phase.DONE:
            return seen.progress
        return seen.progress.model_copy(update={"phase": Phase.WAITING, "text": going})


def _notes(fence: Fence, cause: str, goal: Goal | None) -> dict[str, str | None]:
    return {FENCE: fence_note(fence), CAUSE: cause, **_goal_note(goal)}


def _goal_note(goal: Goal | None) -> dict[str, str]:
    return {GOAL: goal.model_dump_json()} if goal else {}


def _with_copy(seen: Look, state: State) -> Progress:
    """A rollout of the main Deployment beside which the canary still serves the same version."""
    copy = state.look.new if state.look else []
    progress = beside_each_other(seen.progress, [*seen.new, *copy], seen.old)
    part, routed = share(ready_in(seen.new), ready_in(seen.old)), state.seen.weight
    if routed is None or part is None:
        return progress
    return progress.model_copy(update={"weight": round(routed + (100 - routed) * part / 100, 1)})
