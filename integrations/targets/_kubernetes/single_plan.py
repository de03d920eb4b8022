"""What a change of one Deployment would do and what stands in its way, by asking without changing anything."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from bot.answers import plainly
from bot.errors import Code, Refusal
from bot.values import Change, Check, StrategyKind
from integrations.targets._kubernetes import route as routes
from integrations.targets._kubernetes.api import Json
from integrations.targets._kubernetes.asking import configured, permission, refused, room, scaled_by, stands
from integrations.targets._kubernetes.canary import Gateway, foreign, unsplit
from integrations.targets._kubernetes.checks import checks, fenced_off, gap
from integrations.targets._kubernetes.clone import canary_service, canary_template, clone
from integrations.targets._kubernetes.difference import altered
from integrations.targets._kubernetes.goal import goal_of
from integrations.targets._kubernetes.notes import with_notes
from integrations.targets._kubernetes.objects import DEPLOYMENTS, ROUTES, SERVICES
from integrations.targets._kubernetes.quantity import extra_replicas
from integrations.targets._kubernetes.ratio import behind_route, beside
from integrations.targets._kubernetes.single import Single
from integrations.targets._kubernetes.templates import (
    Recorded,
    image_in,
    rehearsal_patch,
    replacing,
    version_patch,
)

CANARY = StrategyKind.CANARY


class SinglePlan:
    """The questions about one Deployment. Everything that can be asked at once is."""

    def __init__(self, place: Single, where: str) -> None:
        self._place, self._where = place, where
        self._workload, self._container, self._canary = place.workload, place.container, place.canary
        self._objects = place.workload.objects

    async def preflight(self, change: Change, image: str) -> list[Check]:
        """See the port."""
        try:
            main = await self._workload.read()
        except Refusal as refusal:
            return [refused("exists", refusal)]
        lines = [
            Check(name="exists", passed=True, text=self._where),
            *checks(main, self._container, image),
            *fenced_off(main),
        ]
        if image_in(main, self._container) is None:
            return lines
        more = _more(main, change, routed=self._canary.gateway is not None)
        running, space, scaling, way, left, allowed = await asyncio.gather(
            stands(self._workload, main, self._container),
            room(self._objects, main, more),
            scaled_by(self._objects, main),
            self._way(main, change, image),
            self._left_over(main, change),
            permission(*self._dry_runs(main, change, image)),
        )
        return [*lines, *running, *scaling, *way, *left, space, allowed]

    async def difference(self, change: Change, image: str) -> list[str]:
        """See the port."""
        main = await self._place.main()
        after = await self._workload.patch(self._patch(main, change, image), dry_run=True)
        first = [f"beside it first: Deployment {self._canary.name}"] if change.strategy is CANARY else []
        return [*first, *altered(main, after)]

    async def rehearse(self, record: Recorded) -> list[Check]:
        """See the port."""
        try:
            main = await self._workload.read()
        except Refusal as refusal:
            return [refused("exists", refusal)]
        same = main["metadata"]["uid"] == record.uid
        text = "what was recorded is of this Deployment" if same else "the Deployment was made anew since: look first"
        accepted, config = await asyncio.gather(
            permission(self._workload.patch(rehearsal_patch(main, record), dry_run=True)),
            configured(self._objects, record.template),
        )
        return [Check(name="recorded", passed=same, text=text), config, accepted]

    async def _left_over(self, main: Json, change: Change) -> list[Check]:
        """What an older deploy, or somebody else, has left where a canary's copy stands."""
        goal = goal_of(main)
        copy = await self._objects.find(DEPLOYMENTS, self._canary.name) if change.strategy is CANARY else None
        if copy and (told := foreign(copy)):
            return [Check(name="copy", passed=False, text=plainly(told))]
        if goal is None:
            return []
        text = f"{self._canary.name} of deploy {goal.deploy or 'before'} is still there: this takes it over, or away"
        return [Check(name="copy", passed=True, text=text)]

    async def _way(self, main: Json, change: Change, image: str) -> list[Check]:
        if change.strategy is StrategyKind.BLUE_GREEN:
            text = "blue_green needs two Deployments: name them in the target's option blue_green"
            return [Check(name="strategy", passed=False, text=text)]
        if change.strategy is not CANARY:
            return [gap(main, change.strategy)]
        if self._canary.gateway is None:
            text = "a canary by replicas: what share they really get is shown, half of the traffic at most"
            return [Check(name="strategy", passed=True, text=text)]
        try:
            told = await self._route(self._canary.gateway, main, image)
        except Refusal as refusal:
            return [refused("strategy", refusal)]
        return [Check(name="strategy", passed=not told, text=told or f"a canary by route {self._canary.gateway.name}")]

    async def _route(self, gateway: Gateway, main: Json, image: str) -> str:
        """What keeps the route from splitting the traffic; empty where nothing does."""
        route, service = await asyncio.gather(
            gateway.objects.get(ROUTES, gateway.name), self._objects.get(SERVICES, gateway.ends.main)
        )
        if not routes.weights(route, gateway.ends):
            return f"no rule of route {gateway.name} sends to Service {gateway.ends.main}"
        if others := routes.others(route, gateway.ends):
            return f"route {gateway.name} sends to {', '.join(others)} too: its weights can't be shared with them"
        if not routes.accepted(route):
            return routes.refused(route) or f"no gateway has accepted route {gateway.name}"
        return plainly(unsplit(service, canary_template(main, self._container, image)))

    def _patch(self, main: Json, change: Change, image: str) -> Json:
        spec, _ = replacing(main, change.strategy)
        return version_patch(self._container, image, {}, None, spec)

    def _dry_runs(self, main: Json, change: Change, image: str) -> list[Awaitable[Any]]:
        asked: list[Awaitable[Any]] = [self._workload.patch(self._patch(main, change, image), dry_run=True)]
        if change.strategy is not CANARY:
            return asked
        copy, notes = clone(main, self._container, image, 0, {}), with_notes({})
        asked += [
            self._made(copy),
            self._objects.patch(DEPLOYMENTS, self._canary.name, notes, dry_run=True),
            self._deleted(),
        ]
        if gateway := self._canary.gateway:
            asked += [gateway.objects.patch(ROUTES, gateway.name, notes, dry_run=True), self._service_made(gateway)]
        return asked

    async def _made(self, copy: Json) -> None:
        try:
            await self._objects.create(DEPLOYMENTS, copy, dry_run=True)
        except Refusal as refusal:
            if refusal.code is not Code.CONFLICT:  # one of that name is there: it may be made, then
                raise

    async def _deleted(self) -> None:
        nobody = {"name": self._canary.name, "uid": "nobody"}  # whatever becomes of the dry run, this is never deleted
        try:
            await self._objects.delete(DEPLOYMENTS, {"metadata": nobody}, dry_run=True)
        except Refusal as refusal:
            if refusal.code is not Code.CONFLICT:
                raise

    async def _service_made(self, gateway: Gateway) -> None:
        if await self._objects.find(SERVICES, gateway.ends.canary) is None:
            service = await self._objects.get(SERVICES, gateway.ends.main)
            await self._objects.create(SERVICES, canary_service(service, gateway.ends.canary, {}), dry_run=True)


def _more(main: Json, change: Change, *, routed: bool) -> int:
    """How many replicas more than now the change can't do without."""
    replicas = main["spec"].get("replicas", 1)
    if change.strategy is StrategyKind.RECREATE:
        return 0
    if change.strategy is CANARY:
        count = behind_route if routed else beside
        return max(count(replicas, change.weight % 100 or 1), extra_replicas(main))
    return extra_replicas(main)
