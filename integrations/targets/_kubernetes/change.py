"""Changing one Deployment under a fence: read it, decide, patch exactly what was read, wait for its revision."""

import asyncio
from collections.abc import Callable

from bot.blocks import code
from bot.errors import Code, Refusal, Unavailable
from bot.values import Fence, Revision
from integrations.targets._kubernetes.api import SYSTEM, Json
from integrations.targets._kubernetes.templates import (
    FENCE,
    fence_note,
    fence_of,
    image_in,
    notes_patch,
    number,
    recorded,
    same,
)
from integrations.targets._kubernetes.workload import Workload

Body = Json | list[Json]

ATTEMPTS = 10  # the controllers write a Deployment's status several times a second while it rolls out
PAUSE = 0.1


class Changes:
    """The changes to one Deployment. `timeout` is in seconds, for the controller to take a change up."""

    def __init__(self, workload: Workload, container: str, timeout: float) -> None:
        self._workload, self._container, self._timeout = workload, container, timeout

    async def earlier(self, fence: Fence, wanted: Callable[[Json], bool]) -> Revision | None:
        """What this deploy has started here before, if something else has been started since.

        The controller copies the Deployment's fence to each ReplicaSet that it makes, and so keeps the proof.
        """
        deployment = await self._admitted(fence)
        if not _begun_by(deployment, fence) or wanted(deployment):
            return None
        sets = await self._workload.replica_sets(deployment)
        mine = next((one for one in sets if _begun_by(one, fence) and wanted(one)), None)
        return self._recorded(mine, deployment, fence) if mine else None

    async def begin(self, fence: Fence, wanted: Callable[[Json], bool], patch: Callable[[Json], Body]) -> Revision:
        """Make the Deployment run what is `wanted`, unless it does: then only take over the fence.

        Writes by the controllers are read again and the patch repeated; a change of what runs, made meanwhile by
        somebody else, is a conflict.
        """
        first: Json | None = None
        for _ in range(ATTEMPTS):
            deployment = await self._admitted(fence)
            if first and not same(first, deployment):
                raise Refusal(Code.CONFLICT, f"Somebody else has just changed {self._name(deployment)}.", "Look first.")
            first = deployment
            body = _take_over(deployment, fence) if wanted(deployment) else patch(deployment)
            if body is None:
                return await self._taken_up(deployment, fence)
            try:
                patched = await self._workload.patch(body)
            except Refusal as refusal:
                if not await self._moved(refusal, body, deployment):
                    raise
                await asyncio.sleep(PAUSE)
            else:
                return await self._taken_up(patched, fence)
        raise Refusal(Code.CONFLICT, f"{self._name(first or {})} kept changing under our hands.", "Try again.")

    async def _admitted(self, fence: Fence) -> Json:
        deployment = await self._workload.read()
        name, seen = self._name(deployment), fence_of(deployment)
        if seen and (seen.epoch > fence.epoch or (seen.epoch == fence.epoch and seen.deploy != fence.deploy)):
            text = f"Deploy {code(seen.deploy)} (epoch {seen.epoch}) has taken over {name}"
            raise Refusal(Code.FENCED, f"{text}; {code(fence.deploy)} (epoch {fence.epoch}) may not change it.")
        if image_in(deployment, self._container) is None:
            raise Refusal(Code.NOT_FOUND, f"{name} has no container {code(self._container)}.")
        if deployment["spec"].get("paused"):
            raise Refusal(Code.CONFLICT, f"{name} is paused: nothing would roll out.", "Resume it first.")
        return deployment

    async def _moved(self, refusal: Refusal, body: Body, deployment: Json) -> bool:
        if refusal.code is Code.CONFLICT:
            return True
        # A failed `test` of a JSON patch is told as 422 without a reason, so we have to look ourselves.
        if refusal.code is not Code.INVALID or not isinstance(body, list):
            return False
        now = await self._workload.read()
        return bool(now["metadata"]["resourceVersion"] != deployment["metadata"]["resourceVersion"])

    async def _taken_up(self, deployment: Json, fence: Fence) -> Revision:
        """Wait until the controller has given this very template a ReplicaSet and a number."""
        try:
            async with asyncio.timeout(self._timeout):
                while True:
                    now = await self._workload.read()
                    if (now.get("status") or {}).get("observedGeneration", 0) >= deployment["metadata"]["generation"]:
                        sets = await self._workload.replica_sets(now)
                        new = next((one for one in sets if same(one, deployment)), None)
                        if new and 0 < number(new) <= number(now):
                            return self._recorded(new, now, fence)
                    await asyncio.sleep(PAUSE)
        except TimeoutError:
            text = f"the Deployment controller did not take the change up within {self._timeout:g} s"
            raise Unavailable(SYSTEM, text) from None

    def _recorded(self, owner: Json, deployment: Json, fence: Fence) -> Revision:
        return recorded(owner, self._container, deployment["metadata"]["uid"], fence.deploy)

    def _name(self, deployment: Json) -> str:
        metadata = deployment["metadata"]
        return code(f"{metadata['namespace']}/{metadata['name']}")


def _begun_by(thing: Json, fence: Fence) -> bool:
    seen = fence_of(thing)
    return seen is not None and seen.deploy == fence.deploy


def _take_over(deployment: Json, fence: Fence) -> Json | None:
    if fence_of(deployment) == fence:
        return None
    return notes_patch({FENCE: fence_note(fence)}, deployment["metadata"]["resourceVersion"])
