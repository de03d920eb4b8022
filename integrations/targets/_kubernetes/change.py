"""Changing what one Deployment runs, under a fence: read, decide, patch what was read, wait for its revision."""

import asyncio
from collections.abc import Callable, Mapping

from bot.blocks import code
from bot.errors import Code, Refusal, Unavailable
from bot.values import Fence, Revision
from integrations.targets._kubernetes.api import SYSTEM, Json
from integrations.targets._kubernetes.goal import made_by_deploy
from integrations.targets._kubernetes.notes import CAUSE, admit, called, missing, with_notes
from integrations.targets._kubernetes.objects import ATTEMPTS, DEPLOYMENTS, PAUSE, Body
from integrations.targets._kubernetes.templates import image_in, number, recorded, same
from integrations.targets._kubernetes.workload import Workload

Notes = Mapping[str, str | None]


class Changes:
    """The changes to one Deployment. `without` are labels that tell it from its twin, not what it runs."""

    def __init__(self, workload: Workload, container: str, *without: str) -> None:
        self._workload, self._container, self._without = workload, container, without

    async def earlier(self, fence: Fence, wanted: Callable[[Json], bool]) -> Revision | None:
        """What this deploy has started here before, if something else has been started since.

        The controller copies the Deployment's fence to each ReplicaSet that it makes, and so keeps the proof; on the
        Deployment it may be gone: `kubectl rollout undo` puts the older one back.
        """
        deployment = await self.admitted(fence)
        if wanted(deployment):
            return None
        sets = await self._workload.replica_sets(deployment)
        mine = next((one for one in sets if made_by_deploy(one, fence) and wanted(one)), None)
        return self._recorded(mine, deployment, fence) if mine else None

    async def begin(
        self, fence: Fence, wanted: Callable[[Json], bool], patch: Callable[[Json], Body], notes: Notes
    ) -> Revision:
        """Make the Deployment run what is `wanted`, unless it does: then only write the notes, the fence among them.

        Writes by the controllers are read again and the patch repeated; a change of what runs, made meanwhile by
        somebody else, is a conflict.
        """
        first: Json | None = None
        for _ in range(ATTEMPTS):
            deployment = await self.admitted(fence)
            if first and not same(first, deployment):
                raise Refusal(Code.CONFLICT, f"Somebody else has just changed {called(deployment)}.", "Look first.")
            first = deployment
            body = _take_over(deployment, notes) if wanted(deployment) else patch(deployment)
            if body is None:
                return await self._taken_up(deployment, fence)
            try:
                patched = await self._workload.patch(body)
            except Refusal as refusal:
                if not await self._workload.objects.moved(DEPLOYMENTS, refusal, body, deployment):
                    raise
                await asyncio.sleep(PAUSE)
            else:
                return await self._taken_up(patched, fence)
        raise Refusal(Code.CONFLICT, f"{called(first or {})} kept changing under our hands.", "Try again.")

    async def admitted(self, fence: Fence) -> Json:
        """The Deployment, if `fence` may change it and a change would roll out. Raises Refusal."""
        deployment = await self._workload.read()
        admit(deployment, fence)
        if image_in(deployment, self._container) is None:
            raise Refusal(Code.NOT_FOUND, f"{called(deployment)} has no container {code(self._container)}.")
        if deployment["spec"].get("paused"):
            raise Refusal(Code.CONFLICT, f"{called(deployment)} is paused: nothing would roll out.", "Resume it first.")
        return deployment

    async def _taken_up(self, deployment: Json, fence: Fence) -> Revision:
        """Wait until the controller has given this very template a ReplicaSet and a number."""
        timeout = self._workload.objects.timeout
        try:
            async with asyncio.timeout(timeout):
                while True:
                    now = await self._workload.read()
                    if (now.get("status") or {}).get("observedGeneration", 0) >= deployment["metadata"]["generation"]:
                        sets = await self._workload.replica_sets(now)
                        new = next((one for one in sets if same(one, deployment)), None)
                        if new and 0 < number(new) <= number(now):
                            return self._recorded(new, now, fence)
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            text = f"the Deployment controller did not take the change up within {timeout:g} s"
            raise Unavailable(SYSTEM, text) from None

    def _recorded(self, owner: Json, deployment: Json, fence: Fence) -> Revision:
        return recorded(owner, self._container, deployment["metadata"]["uid"], fence.deploy, *self._without)


def _take_over(deployment: Json, notes: Notes) -> Json | None:
    lacking = {name: text for name, text in missing(deployment, notes).items() if name != CAUSE}
    return with_notes(lacking, deployment["metadata"]["resourceVersion"]) if lacking else None
