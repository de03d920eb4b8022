"""One Deployment with its ReplicaSets and their pods."""

from collections.abc import Callable

from bot.blocks import clip
from bot.errors import Refusal, Unavailable
from integrations.targets._kubernetes.api import Json
from integrations.targets._kubernetes.objects import DEPLOYMENTS, EVENTS, PODS, REPLICA_SETS, Body, Objects
from integrations.targets._kubernetes.templates import POD_HASH, number, selector

MOST_PODS = 100
LOG_SECONDS = 3.0
LOG_LINES = 20


class Workload:
    """One Deployment."""

    def __init__(self, objects: Objects, name: str) -> None:
        self.objects, self.name = objects, name

    async def read(self) -> Json:
        """The Deployment."""
        return await self.objects.get(DEPLOYMENTS, self.name)

    async def patch(self, body: Body, *, dry_run: bool = False) -> Json:
        """Change the Deployment and return it; or only ask whether the API server would."""
        return await self.objects.patch(DEPLOYMENTS, self.name, body, dry_run=dry_run)

    async def replica_sets(self, deployment: Json) -> list[Json]:
        """Those that the Deployment controls, newest revision first."""
        query = [("labelSelector", selector(deployment["spec"]["selector"]))]
        found = await self.objects.list(REPLICA_SETS, query)
        return sorted(filter(_owned_by(deployment), found), key=number, reverse=True)

    async def pods(self, replica_set: Json) -> list[Json]:
        """The first hundred pods of a ReplicaSet by name, without those that are going."""
        labels = replica_set["spec"]["template"]["metadata"]["labels"]
        query = [("labelSelector", f"{POD_HASH}={labels[POD_HASH]}"), ("limit", str(MOST_PODS))]
        mine = filter(_owned_by(replica_set), await self.objects.list(PODS, query))
        return sorted((pod for pod in mine if "deletionTimestamp" not in pod["metadata"]), key=_name)

    async def warnings(self, pod: Json) -> list[Json]:
        """The pod's warning Events, oldest first; empty where they may not be read."""
        query = [("fieldSelector", f"involvedObject.uid={pod['metadata']['uid']},type=Warning")]
        try:
            found = await self.objects.list(EVENTS, query)
        except Refusal:
            return []
        return sorted(found, key=lambda event: event.get("lastTimestamp") or "")

    async def log(self, pod: str, container: str, *, previous: bool) -> tuple[str, ...]:
        """The container's last lines, or those of its previous run. Evidence is worth no failure: empty without it."""
        return await last_lines(self.objects, pod, container, previous=previous)


async def last_lines(objects: Objects, pod: str, container: str, *, previous: bool = False) -> tuple[str, ...]:
    """The last lines of a container's log; empty where it can't be read."""
    query = [("container", container), ("tailLines", str(LOG_LINES)), ("limitBytes", "16384")]
    query += [("previous", "true")] if previous else []
    timeout = min(LOG_SECONDS, objects.timeout)
    try:
        text = await objects.cluster.text(objects.path(PODS, pod, "log"), query, timeout=timeout)
    except (Refusal, Unavailable):
        return ()
    return tuple(clip(line, 300) for line in text.splitlines()[-LOG_LINES:])


def _owned_by(owner: Json) -> Callable[[Json], bool]:
    uid = owner["metadata"]["uid"]
    return lambda thing: any(
        one["uid"] == uid and one.get("controller") for one in thing["metadata"].get("ownerReferences") or []
    )


def _name(thing: Json) -> str:
    return str(thing["metadata"]["name"])
