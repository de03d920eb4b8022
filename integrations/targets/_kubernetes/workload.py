"""The calls that one Deployment needs, and no others: the Role in ops/kubernetes grants exactly these."""

from collections.abc import Callable

from bot.blocks import clip
from bot.errors import Refusal, Unavailable
from integrations.targets._kubernetes.api import Cluster, Json
from integrations.targets._kubernetes.templates import POD_HASH, number, selector

MANAGER = "quarterdeck"
MOST_PODS = 100
LOG_SECONDS = 3.0
LOG_LINES = 20


class Workload:
    """One Deployment, its ReplicaSets and their pods. `timeout` is in seconds, for each call."""

    def __init__(self, cluster: Cluster, namespace: str, name: str, timeout: float) -> None:
        self._cluster, self._timeout = cluster, timeout
        self._apps, self._core = f"/apis/apps/v1/namespaces/{namespace}", f"/api/v1/namespaces/{namespace}"
        self._path = f"{self._apps}/deployments/{name}"

    async def read(self) -> Json:
        """The Deployment."""
        return await self._cluster.get(self._path, timeout=self._timeout)

    async def patch(self, body: Json | list[Json], *, dry_run: bool = False) -> Json:
        """Change the Deployment and return it; or only ask whether the API server would."""
        query = [("fieldManager", MANAGER), *([("dryRun", "All")] if dry_run else [])]
        return await self._cluster.patch(self._path, body, query, timeout=self._timeout)

    async def replica_sets(self, deployment: Json) -> list[Json]:
        """Those that the Deployment controls, newest revision first."""
        query = [("labelSelector", selector(deployment["spec"]["selector"]))]
        found = await self._cluster.get(f"{self._apps}/replicasets", query, timeout=self._timeout)
        return sorted(filter(_owned_by(deployment), found["items"]), key=number, reverse=True)

    async def pods(self, replica_set: Json) -> list[Json]:
        """The first hundred pods of a ReplicaSet by name, without those that are going."""
        labels = replica_set["spec"]["template"]["metadata"]["labels"]
        query = [("labelSelector", f"{POD_HASH}={labels[POD_HASH]}"), ("limit", str(MOST_PODS))]
        found = await self._cluster.get(f"{self._core}/pods", query, timeout=self._timeout)
        mine = filter(_owned_by(replica_set), found["items"])
        return sorted((pod for pod in mine if "deletionTimestamp" not in pod["metadata"]), key=_name)

    async def warnings(self, pod: Json) -> list[Json]:
        """The pod's warning Events, oldest first; empty where they may not be read."""
        query = [("fieldSelector", f"involvedObject.uid={pod['metadata']['uid']},type=Warning")]
        try:
            found = await self._cluster.get(f"{self._core}/events", query, timeout=self._timeout)
        except Refusal:
            return []
        return sorted(found["items"], key=lambda event: event.get("lastTimestamp") or "")

    async def log(self, pod: str, container: str, *, previous: bool) -> tuple[str, ...]:
        """The container's last lines, or those of its previous run. Evidence is worth no failure: empty without it."""
        query = [("container", container), ("tailLines", str(LOG_LINES)), ("limitBytes", "16384")]
        query += [("previous", "true")] if previous else []
        timeout = min(LOG_SECONDS, self._timeout)
        try:
            text = await self._cluster.text(f"{self._core}/pods/{pod}/log", query, timeout=timeout)
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
