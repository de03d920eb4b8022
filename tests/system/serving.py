"""What the cluster did while a deploy went on: who served at every moment, and what is left in the end."""

from collections import Counter

from playground.client import Json
from playground.cluster import Cluster
from playground.cluster.api.kinds import DEPLOYMENT, ENDPOINT_SLICE, HTTP_ROUTE, JOB, POD, REPLICA_SET, Kind
from playground.cluster.api.pod_defaults import image_tag
from playground.cluster.api.store import Change

SERVICE_NAME = "kubernetes.io/service-name"
GOAL = "quarterdeck.dev/goal"
REVISION = "deployment.kubernetes.io/revision"


class Serving:
    """Follows every change of the cluster from now on."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.fewest: dict[tuple[str, str], int] = {}
        self._templates: Counter[tuple[str, str]] = Counter()
        cluster.store.listen(self._see)

    # While it goes on

    def served(self, namespace: str, service: str) -> list[str]:
        """The ready pods that get requests now."""
        names = self._behind(namespace, service)
        slices = self._all(ENDPOINT_SLICE, namespace)
        mine = [one for one in slices if one["metadata"]["labels"].get(SERVICE_NAME) in names]
        ends = [end for one in mine for end in one["endpoints"] if end["conditions"].get("ready")]
        return [str(end["targetRef"]["name"]) for end in ends]

    def unserved(self, namespace: str, service: str) -> int:
        """How many requests found nobody."""
        found = self.cluster.traffic.reading()["services"]
        return next(int(one["unserved"]) for one in found if (one["namespace"], one["service"]) == (namespace, service))

    def templates(self, namespace: str, deployment: str) -> int:
        """How often anybody has changed what a Deployment was told to run."""
        return self._templates[namespace, deployment]

    def revisions(self, namespace: str, deployment: str) -> int:
        """The number of its last rollout."""
        owner = self.deployment(namespace, deployment)["metadata"]["uid"]
        sets = [one["metadata"] for one in self._all(REPLICA_SET, namespace)]
        mine = [one for one in sets if any(ref["uid"] == owner for ref in one.get("ownerReferences", ()))]
        return max(int(one["annotations"][REVISION]) for one in mine)

    def jobs(self, namespace: str) -> list[str]:
        """The names of all Jobs."""
        return [str(one["metadata"]["name"]) for one in self._all(JOB, namespace)]

    def _see(self, change: Change) -> None:
        metadata = change.object["metadata"]
        if change.kind is DEPLOYMENT and change.previous:
            old, new = change.previous["spec"]["template"], change.object["spec"]["template"]
            self._templates[metadata["namespace"], metadata["name"]] += old != new
        if change.kind is ENDPOINT_SLICE or change.kind is HTTP_ROUTE:
            for service in ("api", "web", "cart", "pay"):
                key = metadata["namespace"], service
                number = len(self.served(*key))
                self.fewest[key] = min(number, self.fewest.get(key, number))

    # In the end

    def left(self, namespace: str, service: str) -> list[str]:
        """What should not be there when nothing goes on: pods that are not ready or come from several versions, a copy
        that nobody needs, a share of traffic for it, a goal that nobody follows."""
        deployments = [one for one in self._all(DEPLOYMENT, namespace) if _of(one, service)]
        pods = [
            one
            for one in self._all(POD, namespace)
            if _of(one, service) and "batch.kubernetes.io/job-name" not in one["metadata"]["labels"]
        ]
        wanted = [one for one in deployments if one["spec"]["replicas"]]
        left = [f"{one['metadata']['name']} runs beside others" for one in wanted[1:]]
        left += [f"{name} is left" for one in deployments if (name := one["metadata"]["name"]).endswith("-canary")]
        left += [f"{one['metadata']['name']} has a goal" for one in deployments if GOAL in annotations(one)]
        serving = self.served(namespace, service)
        left += [f"pod {name} does not serve" for one in pods if (name := one["metadata"]["name"]) not in serving]
        if wanted and len(serving) != wanted[0]["spec"]["replicas"]:
            left.append(f"{len(serving)} pods serve instead of {wanted[0]['spec']['replicas']}")
        if len(versions := {self._runs(one) for one in pods}) > 1:
            left.append(f"{', '.join(sorted(versions))} run at once")
        weights = self._weights(namespace, service)
        return left + [f"{name} gets {weight}" for name, weight in weights.items() if (name == service) != bool(weight)]

    def running(self, namespace: str, service: str) -> str:
        """The version that the Deployment which serves was told to run."""
        deployments = [one for one in self._all(DEPLOYMENT, namespace) if _of(one, service)]
        [one] = {self._runs(one["spec"]["template"]) for one in deployments if one["spec"]["replicas"]}
        return one

    def deployment(self, namespace: str, name: str) -> Json:
        """One Deployment."""
        found = self.cluster.store.get(DEPLOYMENT, namespace, name)
        assert found is not None
        return found

    def _behind(self, namespace: str, service: str) -> list[str]:
        weights = self._weights(namespace, service)
        return [name for name, weight in weights.items() if weight] if weights else [service]

    def _weights(self, namespace: str, service: str) -> dict[str, int]:
        route = self.cluster.store.get(HTTP_ROUTE, namespace, service)
        ends = route["spec"]["rules"][0]["backendRefs"] if route else []
        return {end["name"]: end["weight"] for end in ends}

    def _runs(self, owner: Json) -> str:
        return image_tag(owner["spec"]["containers"][0]["image"])

    def _all(self, kind: Kind, namespace: str) -> list[Json]:
        return self.cluster.store.all(kind, namespace)


def annotations(thing: Json) -> dict[str, str]:
    """Its annotations."""
    found: dict[str, str] = thing["metadata"].get("annotations") or {}
    return found


def _of(thing: Json, service: str) -> bool:
    labels = (thing["spec"].get("template") or thing)["metadata"].get("labels") or {}
    return bool(labels.get("app") == service)
