"""What a switch between two colours would do and what stands in its way, by asking without changing anything."""

import asyncio

from bot.errors import Refusal
from bot.values import Change, Check, StrategyKind
from integrations.targets._kubernetes.api import Json
from integrations.targets._kubernetes.asking import configured, permission, refused, room, scaled_by, stands
from integrations.targets._kubernetes.checks import checks, fenced_off
from integrations.targets._kubernetes.colours import Colours
from integrations.targets._kubernetes.difference import altered
from integrations.targets._kubernetes.endpoints import slices
from integrations.targets._kubernetes.objects import SERVICES
from integrations.targets._kubernetes.templates import Recorded, image_in, rehearsal_patch, version_patch
from integrations.targets._kubernetes.turn import dressed, other_of, switch_patch


class ColoursPlan:
    """The questions about two Deployments and their Service. Everything that can be asked at once is."""

    def __init__(self, place: Colours, where: str) -> None:
        self._place, self._where = place, where
        self._objects, self._container = place.objects, place.container

    async def preflight(self, change: Change, image: str) -> list[Check]:
        """See the port."""
        try:
            service, live = await self._place.service()
            main, idle = await asyncio.gather(
                self._place.workloads[live].read(), self._place.workloads[other_of(live)].read()
            )
        except Refusal as refusal:
            return [refused("exists", refusal)]
        where = f"{main['metadata']['name']} of {self._where} serves"
        lines = [
            Check(name="exists", passed=True, text=where),
            *checks(main, self._container, image),
            *fenced_off(service),
        ]
        if image_in(main, self._container) is None:
            return lines
        more = max(0, main["spec"].get("replicas", 1) - (idle.get("status") or {}).get("replicas", 0))
        running, space, scaling, allowed = await asyncio.gather(
            stands(self._place.workloads[live], main, self._container),
            room(self._objects, main, more),
            scaled_by(self._objects, main),
            permission(
                self._place.workloads[live].patch(
                    {"spec": {"replicas": main["spec"].get("replicas", 1)}}, dry_run=True
                ),
                self._place.workloads[other_of(live)].patch(self._patch(main, image), dry_run=True),
                self._objects.patch(SERVICES, self._place.pair.service, self._switch(service, live), dry_run=True),
                slices(self._objects, self._place.pair.service),
            ),
        )
        return [*lines, *running, *scaling, self._way(change, idle), space, allowed]

    async def difference(self, change: Change, image: str) -> list[str]:
        """See the port."""
        main, live = await self._place.main()
        to = other_of(live)
        idle = await self._place.workloads[to].read()
        after = await self._place.workloads[to].patch(self._patch(main, image), dry_run=True)
        switch = f"Service {self._place.pair.service}: {self._place.pair.label}: {live} → {to}"
        return [f"{idle['metadata']['name']}: {line}" for line in altered(idle, after)] + [switch]

    async def rehearse(self, record: Recorded) -> list[Check]:
        """See the port."""
        try:
            service, live = await self._place.service()
            colour = record.colour if record.colour in self._place.workloads else live
            deployment = await self._place.workloads[colour].read()
        except Refusal as refusal:
            return [refused("exists", refusal)]
        its_own = dressed(record, self._place.pair.label, colour)
        accepted, config = await asyncio.gather(
            permission(
                self._place.workloads[colour].patch(rehearsal_patch(deployment, its_own), dry_run=True),
                self._objects.patch(SERVICES, self._place.pair.service, self._switch(service, live), dry_run=True),
            ),
            configured(self._objects, record.template),
        )
        return [Check(name="recorded", passed=True, text=f"{colour} runs it, or can again"), config, accepted]

    def _way(self, change: Change, idle: Json) -> Check:
        name = idle["metadata"]["name"]
        if change.strategy is not StrategyKind.BLUE_GREEN:
            text = f"{change.strategy} is not how a place with two colours changes: its strategy is blue_green"
        elif image_in(idle, self._container) is None:
            text = f"{name}, which takes over, has no container {self._container}"
        elif idle["spec"].get("paused"):
            text = f"{name}, which takes over, is paused"
        else:
            return Check(name="strategy", passed=True, text=f"{name} takes over")
        return Check(name="strategy", passed=False, text=text)

    def _patch(self, main: Json, image: str) -> Json:
        return version_patch(self._container, image, {}, None, {"replicas": main["spec"].get("replicas", 1)})

    def _switch(self, service: Json, live: str) -> list[Json]:
        return switch_patch(service, self._place.pair.label, other_of(live))
