"""A canary's way: giving it a part of the traffic, watching it beside the main Deployment, letting go of it."""

import asyncio

from bot.blocks import code
from bot.errors import Code, Refusal, Unavailable
from bot.values import Change, Fence, Phase, Progress, Revision, StrategyKind
from integrations.targets._kubernetes.api import SYSTEM, Json
from integrations.targets._kubernetes.canary import Canary, State
from integrations.targets._kubernetes.change import Changes
from integrations.targets._kubernetes.clone import canary_template
from integrations.targets._kubernetes.goal import Goal, goal_of
from integrations.targets._kubernetes.look import beside_each_other
from integrations.targets._kubernetes.moves import Lost, copies
from integrations.targets._kubernetes.notes import FENCE, GOAL, fence_note, fence_of, missing, with_notes
from integrations.targets._kubernetes.objects import DEPLOYMENTS, PAUSE
from integrations.targets._kubernetes.shares import ready_in, share
from integrations.targets._kubernetes.templates import Recorded, image_in, number, recorded, template, version_of
from integrations.targets._kubernetes.workload import Workload


class Beside:
    """What happens to a canary while the main Deployment stays, and at its end."""

    def __init__(self, workload: Workload, container: str, canary: Canary) -> None:
        self.workload, self.container, self.canary = workload, container, canary
        self._changes = Changes(workload, container)

    async def apply(self, main: Json, change: Change, image: str, fence: Fence, cause: str) -> Revision:
        """Give a copy of the new version a part of the traffic. `main` has just been read and may be changed."""
        if change.strategy is not StrategyKind.CANARY:
            text = f"{code(change.strategy)} can't give {code(change.version)} a part of the traffic here."
            raise Refusal(Code.INVALID, text, f"{code('canary')} can.")
        old = goal_of(main)
        base = old.base if old and old.deploy == fence.deploy and old.beside else number(main)
        goal = Goal(deploy=fence.deploy, image=image, weight=change.weight, base=base)
        revision = self._revision(main, goal)
        if base != number(main):  # somebody has changed what runs meanwhile: nothing is overwritten, `observe` says so
            return revision
        main = await self._note(main, fence, {FENCE: fence_note(fence), GOAL: goal.model_dump_json()})
        await self.canary.make(main, goal, fence, cause)
        await self.canary.carry_on(main, goal)
        return revision

    async def observe(self, main: Json, record: Recorded, goal: Goal) -> Progress:
        """One look at a part of the traffic; makes the moves that can be made now."""
        if text := _superseded(main, record, goal):
            return Progress(phase=Phase.SUPERSEDED, text=text)
        state, move = await self.canary.carry_on(main, goal)
        if state.copy is None or isinstance(move, Lost):
            return Progress(phase=Phase.FAILED, text=move.text if isinstance(move, Lost) else "The canary is gone.")
        if template(state.copy) != canary_template(main, self.container, goal.image):
            return Progress(phase=Phase.SUPERSEDED, text=f"Somebody else has changed {self.canary.name}.")
        progress = await self._progress(main, goal, state)
        if progress.trouble:
            return progress
        runs = version_of(image_in(main, self.container) or "")
        text = f"{version_of(goal.image)} serves beside {runs}." if move is None else getattr(move, "text", "")
        return progress.model_copy(update={"phase": Phase.DONE if move is None else Phase.WAITING, "text": text})

    async def take_away(self, main: Json) -> str:
        """Make the moves that can be made now until the copy is gone; what is still awaited, empty at the end."""
        goal = goal_of(main)
        if goal is None:
            return ""
        _, move = await self.canary.carry_on(main, goal)
        if move is not None:
            return getattr(move, "text", "The canary is going.")
        await self._note(main, fence_of(main) or Fence(deploy=goal.deploy, epoch=0), {GOAL: None})
        return ""

    async def until_gone(self) -> None:
        """Take the copy away and wait for that. Raises Unavailable where it takes too long; then call it again."""
        timeout = self.workload.objects.timeout
        try:
            async with asyncio.timeout(timeout):
                going = await self.take_away(await self.workload.read())
                while going:
                    await asyncio.sleep(PAUSE)
                    going = await self.take_away(await self.workload.read())
        except TimeoutError:
            raise Unavailable(SYSTEM, f"{self.canary.name} has not gone within {timeout:g} s") from None

    async def _progress(self, main: Json, goal: Goal, state: State) -> Progress:
        stable, copy = await self.workload.replica_sets(main), state.look
        if copy is None:
            return Progress(phase=Phase.WAITING, text="")
        progress, ready = beside_each_other(copy.progress, copy.new, stable), ready_in(copy.new)
        routed = state.seen.weight
        weight = share(ready, ready_in(stable)) if routed is None else float(routed) if ready else 0.0
        return progress.model_copy(update={"wanted": copies(state.seen, goal.weight), "weight": weight})

    async def _note(self, main: Json, fence: Fence, notes: dict[str, str | None]) -> Json:
        def patch(deployment: Json) -> Json | None:
            lacking = missing(deployment, notes)
            return with_notes(lacking, deployment["metadata"]["resourceVersion"]) if lacking else None

        return await self.workload.objects.change(DEPLOYMENTS, main["metadata"]["name"], fence, patch)

    def _revision(self, main: Json, goal: Goal) -> Revision:
        """What the main Deployment is to run in the end, and the part that is asked for now."""
        pods = template(main)
        listed = [
            one | {"image": goal.image} if one["name"] == self.container else one for one in pods["spec"]["containers"]
        ]
        spec = {"template": pods | {"spec": pods["spec"] | {"containers": listed}}}
        later = {"metadata": main["metadata"], "spec": spec}
        revision = recorded(later, self.container, main["metadata"]["uid"], goal.deploy)
        restore = revision.restore | {"goal": goal.model_dump()}
        return revision.model_copy(update={"id": self.canary.name, "restore": restore})


def _superseded(main: Json, record: Recorded, goal: Goal) -> str:
    fence, now = fence_of(main), goal_of(main)
    if main["metadata"]["uid"] != record.uid:
        return "The Deployment was deleted and made anew."
    if fence and fence.deploy != record.deploy:
        return f"Deploy {fence.deploy} has taken over."
    if number(main) != goal.base:
        return f"Revision {number(main)} has replaced revision {goal.base} beside the canary."
    return "" if now == goal else "Another share of the traffic has been asked for since."
