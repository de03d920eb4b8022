"""A canary: a copy of the Deployment beside it, with its share of the traffic by replicas or by an HTTPRoute."""

import asyncio
from dataclasses import dataclass
from typing import NamedTuple

from bot.blocks import code
from bot.errors import Code, Refusal
from bot.values import Fence
from integrations.targets._kubernetes import route as routes
from integrations.targets._kubernetes.api import Json
from integrations.targets._kubernetes.clone import TRACK, canary_service, canary_template, clone, selects
from integrations.targets._kubernetes.clone import called as copy_of
from integrations.targets._kubernetes.goal import Goal
from integrations.targets._kubernetes.look import Look, look
from integrations.targets._kubernetes.moves import Lost, Move, Remove, Scale, Seen, Wait, Weigh, away, towards
from integrations.targets._kubernetes.notes import (
    CAUSE,
    FENCE,
    admit,
    annotations,
    called,
    fence_note,
    fence_of,
    with_notes,
)
from integrations.targets._kubernetes.objects import DEPLOYMENTS, ROUTES, SERVICES, Objects
from integrations.targets._kubernetes.rollout import Claim
from integrations.targets._kubernetes.route import Ends
from integrations.targets._kubernetes.templates import number, template
from integrations.targets._kubernetes.workload import Workload

MOST_MOVES = 4  # in one look: each is followed by another look at what became of it


class Gateway(NamedTuple):
    """The HTTPRoute that splits the traffic, where it lies, and between whom."""

    objects: Objects
    name: str
    ends: Ends


@dataclass(frozen=True)
class State:
    """One look at the copy."""

    seen: Seen
    copy: Json | None
    look: Look | None
    route: Json | None


class Canary:
    """The copy of one Deployment. `gateway` None: traffic goes evenly to all pods of the Service."""

    def __init__(self, workload: Workload, container: str, gateway: Gateway | None) -> None:
        self.main, self.container, self.gateway = workload, container, gateway
        self.objects, self.name = workload.objects, copy_of(workload.name)
        self.workload = Workload(workload.objects, self.name)

    async def make(self, main: Json, goal: Goal, fence: Fence, cause: str) -> None:
        """See to it that the copy is there with the goal's image; it gets its traffic later, by `carry_on`."""
        notes = {FENCE: fence_note(fence), CAUSE: cause}
        if self.gateway:
            await self._service(self.gateway, main, goal, notes)
        there = await self.objects.find(DEPLOYMENTS, self.name)
        wanted = canary_template(main, self.container, goal.image)
        if there is None:
            try:
                made = await self.objects.create(DEPLOYMENTS, clone(main, self.container, goal.image, 0, notes))
                await self._still_wanted(made, fence)
            except Refusal as refusal:
                if refusal.code is not Code.CONFLICT:
                    raise  # otherwise somebody has been faster: a twin, or a hand, whose fence is looked at now
        elif template(there) != wanted and self.gateway:
            # What an older deploy has left must not bring its share of the traffic to another version.
            await self._weigh(self.gateway, 0, fence)

        def patch(copy: Json) -> list[Json] | None:
            if told := foreign(copy):
                raise Refusal(Code.CONFLICT, told, "Delete it, or give it another name.")
            if template(copy) == wanted and fence_of(copy) == fence:
                return None
            replicas = copy["spec"].get("replicas", 1) if template(copy) == wanted else 0
            return [
                {"op": "test", "path": "/metadata/resourceVersion", "value": copy["metadata"]["resourceVersion"]},
                {"op": "add", "path": "/metadata/annotations", "value": {**annotations(copy), **notes}},
                {"op": "replace", "path": "/spec/template", "value": wanted},
                {"op": "replace", "path": "/spec/replicas", "value": replicas},
            ]

        await self.objects.change(DEPLOYMENTS, self.name, fence, patch)
        if self.gateway:
            await self._claim_route(self.gateway, fence)

    async def _still_wanted(self, made: Json, fence: Fence) -> None:
        """What is made can't be refused by a fence that it does not carry yet: if others have taken over since we
        looked, they may be through with it, and it would stay for ever."""
        try:
            admit(await self.main.read(), fence)
        except Refusal:
            its_own = {key: made["metadata"][key] for key in ("name", "uid")}  # controllers have written on it since
            await self.objects.delete(DEPLOYMENTS, {"metadata": its_own})
            raise

    async def carry_on(self, main: Json, goal: Goal) -> tuple[State, Move | None]:
        """Make the moves towards the goal that can be made now, under the fence that stands on the main Deployment.

        Returns what was seen last, and what is still to come: None where all is as the goal says.
        """
        fence = fence_of(main) or Fence(deploy=goal.deploy, epoch=0)
        state = await self.look(main, goal)
        for _ in range(MOST_MOVES):
            move = away(state.seen) if goal.leave else towards(state.seen, goal.weight)
            if move is None or isinstance(move, Wait | Lost):
                return state, move
            try:
                await self._move(move, state, fence)
            except Refusal as refusal:  # its controllers have written into what was to be deleted: look again
                if refusal.code is not Code.CONFLICT or not isinstance(move, Remove):
                    raise
            state = await self.look(main, goal)
        return state, Wait("The canary is on its way.")

    async def look(self, main: Json, goal: Goal) -> State:
        """Look at the copy, and at the route."""
        copy, route = await asyncio.gather(self.objects.find(DEPLOYMENTS, self.name), self._route())
        found = await look(self.workload, Claim(number(copy)), copy) if copy else None
        wanted = 0 if goal.leave else goal.weight
        seen = Seen(
            stable=main["spec"].get("replicas", 1),
            enough=serves_alone(main),
            copy=copy["spec"].get("replicas", 1) if copy else None,
            pods=(copy.get("status") or {}).get("replicas", 0) if copy else 0,
            up=found is not None and found.progress.phase == "done",
            weight=routes.weight(route, self.gateway.ends, wanted) if route and self.gateway else None,
            accepted=route is None or routes.accepted(route),
            refused=routes.refused(route) if route else "",
        )
        return State(seen, copy, found, route)

    async def _move(self, move: Move, state: State, fence: Fence) -> None:
        notes = {FENCE: fence_note(fence)}
        if isinstance(move, Scale):
            spec = {"spec": {"replicas": move.replicas}}
            await self.objects.change(
                DEPLOYMENTS,
                self.name,
                fence,
                lambda copy: with_notes(notes, copy["metadata"]["resourceVersion"]) | spec,
            )
        elif isinstance(move, Weigh) and self.gateway:
            await self._weigh(self.gateway, move.weight, fence)
        elif isinstance(move, Remove) and state.copy:
            admit(state.copy, fence)
            await self.objects.delete(DEPLOYMENTS, state.copy)

    async def _weigh(self, gateway: Gateway, weight: int, fence: Fence) -> None:
        def patch(route: Json) -> Json:
            rules = {"spec": {"rules": routes.weighted(route, gateway.ends, weight)}}
            return with_notes({FENCE: fence_note(fence)}, route["metadata"]["resourceVersion"]) | rules

        await gateway.objects.change(ROUTES, gateway.name, fence, patch)

    async def _claim_route(self, gateway: Gateway, fence: Fence) -> None:
        def patch(route: Json) -> Json | None:
            if fence_of(route) == fence:
                return None
            return with_notes({FENCE: fence_note(fence)}, route["metadata"]["resourceVersion"])

        await gateway.objects.change(ROUTES, gateway.name, fence, patch)

    async def _service(self, gateway: Gateway, main: Json, goal: Goal, notes: dict[str, str]) -> None:
        service = await self.objects.get(SERVICES, gateway.ends.main)
        pods = canary_template(main, self.container, goal.image)
        if told := unsplit(service, pods):
            raise Refusal(Code.INVALID, told)
        made = canary_service(service, gateway.ends.canary, notes)
        there = await self.objects.find(SERVICES, gateway.ends.canary)
        if there is None:
            await self.objects.create(SERVICES, made)
        elif not selects(there, pods) or selects(there, template(main)):
            raise Refusal(Code.CONFLICT, f"{called(there)} does not select exactly the canary's pods.", "Look at it.")

    async def _route(self) -> Json | None:
        return await self.gateway.objects.get(ROUTES, self.gateway.name) if self.gateway else None


def foreign(copy: Json) -> str:
    """That a Deployment has the copy's name without being it; empty where it is ours."""
    return "" if fence_of(copy) else f"{called(copy)} is there, but the bot has not made it."


def unsplit(service: Json, pods: Json) -> str:
    """Why a route can't split the traffic: the main Service sends to the canary's pods too. Empty where it does not."""
    if not selects(service, pods):
        return ""
    return (
        f"Service {code(service['metadata']['name'])} selects the canary's pods too, so a route's weights would be "
        f"wrong: add the label {code(f'{TRACK}: stable')} to the pods, and to what the Service selects."
    )


def serves_alone(main: Json) -> bool:
    """Whether the main Deployment has what it wants without the copy, or all that it has is as it wants it."""
    status, wanted = main.get("status") or {}, main["spec"].get("replicas", 1)
    available, total = status.get("availableReplicas", 0), status.get("replicas", 0)
    whole = status.get("updatedReplicas", 0) == total >= wanted
    observed = status.get("observedGeneration", 0) >= main["metadata"].get("generation", 0)
    return bool(observed and (available >= wanted or (whole and available > 0)))
