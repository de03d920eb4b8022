"""The cluster as it starts: a shop in two environments, each service in its second version, all of it ready."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from playground.cluster.api.access import TOKENS
from playground.cluster.api.kinds import (
    DEPLOYMENT,
    NAMESPACE,
    NODE,
    ROLE,
    ROLE_BINDING,
    SERVICE,
    Kind,
    Object,
    name_of,
    namespace_of,
)
from playground.cluster.api.registry import Registry
from playground.cluster.controllers.conditions import is_complete
from playground.cluster.controllers.kubelet import NODES
from playground.cluster.controllers.manager import Manager
from playground.cluster.traffic import Traffic

AUTHOR = "kubectl"
CHANGE_CAUSE = "kubernetes.io/change-cause"


class Workload(NamedTuple):
    """A service and its history: `versions` oldest first, the last one runs."""

    name: str
    versions: tuple[str, ...]
    replicas: dict[str, int]
    rps: dict[str, float]


PRODUCTION, STAGING = "shop-production", "shop-staging"
NAMESPACES = (PRODUCTION, STAGING)
WORKLOADS = (
    Workload("api", ("v1.0", "v1.1"), {PRODUCTION: 3, STAGING: 1}, {PRODUCTION: 30.0, STAGING: 1.0}),
    Workload("web", ("v1.9", "v2.0"), {PRODUCTION: 2, STAGING: 1}, {PRODUCTION: 50.0, STAGING: 2.0}),
)
BOT = "quarterdeck"
BOT_RULES = (  # as ops/kubernetes/rights grants them
    ("apps", "deployments", ("get", "patch")),
    ("apps", "replicasets", ("list",)),
    ("", "pods", ("list",)),
    ("", "pods/log", ("get",)),
    ("", "events", ("list",)),
)


def image(service: str, version: str) -> str:
    return f"registry.example.com/shop/{service}:{version}"


def deployment(service: str, version: str, replicas: int) -> Object:
    """A Deployment as its authors would write it."""
    labels = {"app": service}
    container = {"name": service, "image": image(service, version), "ports": [{"containerPort": 8080}]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "metadata": {"name": service, "labels": labels, "annotations": {CHANGE_CAUSE: f"{service} {version}"}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def service(name: str) -> Object:
    return {
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]},
    }


class Builder:
    """Lets the past happen: everything is made and rolled out by the controllers themselves, in no time."""

    def __init__(self, registry: Registry, manager: Manager, traffic: Traffic) -> None:
        self._registry, self._manager, self._traffic = registry, manager, traffic

    def build(self) -> None:
        clock = self._registry.clock
        clock.offset = -timedelta(days=30)
        for node in NODES:
            self._create(NODE, "", {"metadata": {"name": node}, "status": {"conditions": []}})
        for namespace in ("default", "kube-system", *NAMESPACES):
            self._create(NAMESPACE, "", {"metadata": {"name": namespace}})
        for namespace in NAMESPACES:
            self._grant(namespace)
            for workload in WORKLOADS:
                self._traffic.set_rate(namespace, workload.name, workload.rps[namespace])
                self._create(SERVICE, namespace, service(workload.name))
                first = deployment(workload.name, workload.versions[0], workload.replicas[namespace])
                self._create(DEPLOYMENT, namespace, first)
        self._pass_time()
        for number in range(1, max(len(one.versions) for one in WORKLOADS)):
            clock.offset = -timedelta(days=6 / number)
            self._roll_out(number)
            self._pass_time()
        clock.offset = timedelta()

    def _create(self, kind: Kind, namespace: str, thing: Object) -> None:
        self._registry.create(kind, namespace, thing, AUTHOR)

    def _grant(self, namespace: str) -> None:
        rules = [{"apiGroups": [group], "resources": [what], "verbs": [*verbs]} for group, what, verbs in BOT_RULES]
        self._create(ROLE, namespace, {"metadata": {"name": BOT}, "rules": rules})
        reference = {"apiGroup": ROLE.group, "kind": ROLE.name, "name": BOT}
        subjects = [{"kind": "User", "name": TOKENS[BOT].name}]
        binding = {"metadata": {"name": BOT}, "roleRef": reference, "subjects": subjects}
        self._create(ROLE_BINDING, namespace, binding)

    def _roll_out(self, number: int) -> None:
        for namespace in NAMESPACES:
            for name, versions, replicas, _ in WORKLOADS:
                if number < len(versions):
                    wanted = deployment(name, versions[number], replicas[namespace])
                    self._registry.update(DEPLOYMENT, namespace, name, _becoming(wanted), AUTHOR)

    def _pass_time(self) -> None:
        """Until all is rolled out, and the pods of before are gone."""
        for _ in range(200):
            self._manager.settle()
            self._registry.clock.skip(0.5)
            if all(self._is_done(one) for one in self._registry.store.all(DEPLOYMENT)):
                break
        self._registry.clock.skip(2.0)
        self._manager.settle()

    def _is_done(self, thing: Object) -> bool:
        current = self._registry.store.get(DEPLOYMENT, namespace_of(thing), name_of(thing))
        return current is not None and is_complete(current, current["status"])


def _becoming(wanted: Object) -> Callable[[Object], None]:
    def change(thing: Object) -> None:
        thing["metadata"]["annotations"] |= wanted["metadata"]["annotations"]
        thing["spec"]["template"] = wanted["spec"]["template"]

    return change
