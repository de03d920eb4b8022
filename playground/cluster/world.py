"""The cluster as it starts: a shop in two environments, each service in its second version, all of it ready."""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from playground.cluster.api.access import TOKENS
from playground.cluster.api.kinds import (
    DEPLOYMENT,
    HTTP_ROUTE,
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
    """A Deployment and its history: `versions` oldest first, the last one runs. `labels` are what it selects."""

    name: str
    versions: tuple[str, ...]
    replicas: dict[str, int]
    labels: dict[str, str]


class Entrance(NamedTuple):
    """A Service, and how many requests a second come to it."""

    name: str
    selector: dict[str, str]
    rps: dict[str, float]


PRODUCTION, STAGING = "shop-production", "shop-staging"
NAMESPACES = (PRODUCTION, STAGING)
WORKLOADS = (
    Workload("api", ("v1.0", "v1.1"), {PRODUCTION: 3, STAGING: 1}, {"app": "api"}),
    Workload("web", ("v1.9", "v2.0"), {PRODUCTION: 2, STAGING: 1}, {"app": "web"}),
    Workload("cart-blue", ("v2.9", "v3.0"), {PRODUCTION: 2, STAGING: 1}, {"app": "cart", "color": "blue"}),
    Workload("cart-green", ("v2.9",), {PRODUCTION: 0, STAGING: 0}, {"app": "cart", "color": "green"}),
    Workload("pay", ("v5.0", "v5.1"), {PRODUCTION: 4, STAGING: 1}, {"app": "pay", "track": "stable"}),
)
ENTRANCES = (
    Entrance("api", {"app": "api"}, {PRODUCTION: 30.0, STAGING: 1.0}),
    Entrance("web", {"app": "web"}, {PRODUCTION: 50.0, STAGING: 2.0}),
    Entrance("cart", {"app": "cart", "color": "blue"}, {PRODUCTION: 20.0, STAGING: 1.0}),
    Entrance("pay", {"app": "pay", "track": "stable"}, {PRODUCTION: 40.0, STAGING: 1.0}),
    Entrance("pay-canary", {"app": "pay", "track": "canary"}, {}),
)
ROUTED = {"pay": ("pay", "pay-canary")}  # a route, and the Services that share what comes; the first gets all of it
BOT = "quarterdeck"
BOT_RULES = (  # as ops/kubernetes/rights grants them
    ("apps", "deployments", ("get", "patch")),
    ("apps", "replicasets", ("list",)),
    ("", "pods", ("list",)),
    ("", "pods/log", ("get",)),
    ("", "events", ("list",)),
    ("", "resourcequotas", ("list",)),
    ("autoscaling", "horizontalpodautoscalers", ("list",)),
    ("", "configmaps", ("get",)),
    ("apps", "deployments", ("create", "delete")),
    ("gateway.networking.k8s.io", "httproutes", ("get", "patch")),
    ("", "services", ("get", "create")),
    ("", "services", ("get", "patch")),
    ("discovery.k8s.io", "endpointslices", ("list",)),
    ("batch", "jobs", ("get", "create")),
)


def image(service: str, version: str) -> str:
    return f"registry.example.com/shop/{service}:{version}"


def deployment(workload: Workload, version: str, replicas: int) -> Object:
    """A Deployment as its authors would write it."""
    name, labels, service = workload.name, workload.labels, workload.labels["app"]
    container = {"name": service, "image": image(service, version), "ports": [{"containerPort": 8080}]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "metadata": {"name": name, "labels": labels, "annotations": {CHANGE_CAUSE: f"{service} {version}"}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template},
    }


def service(entrance: Entrance) -> Object:
    return {
        "metadata": {"name": entrance.name},
        "spec": {"selector": entrance.selector, "ports": [{"port": 80, "targetPort": 8080}]},
    }


def route(name: str, services: tuple[str, ...]) -> Object:
    backends = [{"name": one, "port": 80, "weight": 0 if number else 100} for number, one in enumerate(services)]
    spec = {
        "parentRefs": [{"name": "shop"}],
        "hostnames": [f"{name}.example.com"],
        "rules": [{"backendRefs": backends}],
    }
    return {"metadata": {"name": name}, "spec": spec}


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
            for entrance in ENTRANCES:
                self._create(SERVICE, namespace, service(entrance))
            for name, services in ROUTED.items():
                self._create(HTTP_ROUTE, namespace, route(name, services))
            for workload in WORKLOADS:
                first = deployment(workload, workload.versions[0], workload.replicas[namespace])
                self._create(DEPLOYMENT, namespace, first)
        self._pass_time()
        for number in range(1, max(len(one.versions) for one in WORKLOADS)):
            clock.offset = -timedelta(days=6 / number)
            self._roll_out(number)
            self._pass_time()
        clock.offset = timedelta()
        for entrance in ENTRANCES:
            for namespace, rps in entrance.rps.items():
                self._traffic.set_rate(namespace, entrance.name, rps)

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
            for workload in WORKLOADS:
                if number < len(workload.versions):
                    wanted = deployment(workload, workload.versions[number], workload.replicas[namespace])
                    self._registry.update(DEPLOYMENT, namespace, workload.name, _becoming(wanted), AUTHOR)

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
