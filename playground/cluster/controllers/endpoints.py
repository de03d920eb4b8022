"""The endpoints controllers: which pods stand behind a Service, as EndpointSlice and as the older Endpoints."""

from collections.abc import Iterable

from playground.cluster.api.kinds import (
    ENDPOINT_SLICE,
    ENDPOINTS,
    POD,
    SERVICE,
    Object,
    is_leaving,
    labels_of,
    name_of,
    namespace_of,
    reference_to,
)
from playground.cluster.api.registry import Registry
from playground.cluster.api.selectors import selects
from playground.cluster.api.store import Change
from playground.cluster.controllers.manager import MANAGER, Key
from playground.cluster.controllers.replicasets import is_ready

SERVICE_NAME = "kubernetes.io/service-name"
MANAGED_BY = "endpointslice.kubernetes.io/managed-by"


class EndpointsController:
    """See the module."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def interest(self, change: Change) -> Iterable[Key]:
        namespace = namespace_of(change.object)
        if change.kind is SERVICE:
            yield namespace, name_of(change.object)
        elif change.kind is POD:
            yield from ((namespace, name_of(one)) for one in self._registry.store.all(SERVICE, namespace))

    def reconcile(self, key: Key) -> None:
        service = self._registry.store.get(SERVICE, *key)
        if not service and self._registry.store.get(ENDPOINTS, *key):
            self._registry.delete(ENDPOINTS, *key, {})
        if not service or not service["spec"].get("selector"):
            return
        selector = {"matchLabels": service["spec"]["selector"]}
        pods = self._registry.store.all(POD, key[0])
        pods = [pod for pod in pods if selects(selector, labels_of(pod)) and pod["status"].get("podIP")]
        self._write_slice(service, pods)
        self._write_endpoints(service, pods)

    def _write_slice(self, service: Object, pods: list[Object]) -> None:
        ports = [
            {"name": port.get("name", ""), "protocol": port["protocol"], "port": _target(port)}
            for port in service["spec"].get("ports") or ()
        ]
        content = {"addressType": "IPv4", "endpoints": [_endpoint(pod) for pod in pods], "ports": ports}
        namespace, name = namespace_of(service), name_of(service)
        known = self._registry.store.all(ENDPOINT_SLICE, namespace)
        labels = {SERVICE_NAME: name, MANAGED_BY: "endpointslice-controller.k8s.io"}
        mine = next((one for one in known if labels.items() <= labels_of(one).items()), None)
        if mine:
            if {key: mine[key] for key in content} != content:
                self._registry.update(ENDPOINT_SLICE, namespace, name_of(mine), lambda thing: thing | content, MANAGER)
            return
        metadata = {"generateName": f"{name}-", "labels": labels, "ownerReferences": [reference_to(SERVICE, service)]}
        self._registry.create(ENDPOINT_SLICE, namespace, {"metadata": metadata} | content, MANAGER)

    def _write_endpoints(self, service: Object, pods: list[Object]) -> None:
        ports = [
            {key: value for key, value in (("name", port.get("name")), ("port", _target(port))) if value}
            | {"protocol": port["protocol"]}
            for port in service["spec"].get("ports") or ()
        ]
        subset: Object = {}
        for field, ready in (("addresses", True), ("notReadyAddresses", False)):
            chosen = [_address(pod) for pod in pods if is_ready(pod) is ready and not is_leaving(pod)]
            if chosen:
                subset[field] = chosen
        content = {"subsets": [subset | {"ports": ports}] if subset else []}
        namespace, name = namespace_of(service), name_of(service)
        if self._registry.store.get(ENDPOINTS, namespace, name):
            self._registry.update(ENDPOINTS, namespace, name, lambda thing: thing | content, MANAGER)
            return
        self._registry.create(ENDPOINTS, namespace, {"metadata": {"name": name}} | content, MANAGER)


def _target(port: Object) -> int:
    return int(port["targetPort"]) if isinstance(port["targetPort"], int) else int(port["port"])


def _reference(pod: Object) -> Object:
    return {"kind": "Pod", "namespace": namespace_of(pod), "name": name_of(pod), "uid": pod["metadata"]["uid"]}


def _endpoint(pod: Object) -> Object:
    leaving, ready = is_leaving(pod), is_ready(pod)
    return {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {"ready": ready and not leaving, "serving": ready, "terminating": leaving},
        "targetRef": _reference(pod),
        "nodeName": pod["spec"]["nodeName"],
    }


def _address(pod: Object) -> Object:
    return {"ip": pod["status"]["podIP"], "nodeName": pod["spec"]["nodeName"], "targetRef": _reference(pod)}
