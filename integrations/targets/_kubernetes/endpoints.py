"""Whom a Service really sends to: its EndpointSlices."""

from collections.abc import Sequence

from bot.errors import Code, Refusal
from integrations.targets._kubernetes.api import Json
from integrations.targets._kubernetes.objects import OLD_SLICES, SLICES, Objects
from integrations.targets._kubernetes.shares import LONGEST

SERVICE_NAME = "kubernetes.io/service-name"


async def serving(objects: Objects, service: str, sets: Sequence[Json]) -> tuple[int, int]:
    """How many ready addresses of the Service are pods of these ReplicaSets, and how many are not."""
    prefixes = tuple(f"{one['metadata']['name']}-"[:LONGEST] for one in sets)
    ready = [one for slice_ in await slices(objects, service) for one in slice_.get("endpoints") or [] if _ready(one)]
    mine = [one for one in ready if prefixes and (one.get("targetRef") or {}).get("name", "").startswith(prefixes)]
    return len(mine), len(ready) - len(mine)


async def slices(objects: Objects, service: str) -> list[Json]:
    """The Service's EndpointSlices."""
    query = [("labelSelector", f"{SERVICE_NAME}={service}")]
    try:
        return await objects.list(SLICES, query)
    except Refusal as refusal:
        if refusal.code is not Code.NOT_FOUND:
            raise
        return await objects.list(OLD_SLICES, query)


def _ready(endpoint: Json) -> bool:
    # Left out means ready, says the API.
    return (endpoint.get("conditions") or {}).get("ready") is not False
