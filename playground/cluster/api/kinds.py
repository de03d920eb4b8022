"""The kinds of object that the cluster serves, and what their parts are called."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

Object = dict[str, Any]
T = TypeVar("T")

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of object. Kinds are compared by identity: there is one instance of each."""

    name: str
    plural: str
    group: str = ""
    version: str = "v1"
    namespaced: bool = True
    short: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = VERBS
    stored_as: "Kind | None" = None  # another version of the same objects: those are what is kept
    is_custom: bool = False  # known by a CustomResourceDefinition: there or not, and no strategic merge patch

    @property
    def kept(self) -> "Kind":
        """The kind that its objects lie under in the store."""
        return self.stored_as or self

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        """How messages name the resource: "deployments.apps", "pods"."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def title(self) -> str:
        """How messages about invalid objects name the kind: "Deployment.apps", "Pod"."""
        return f"{self.name}.{self.group}" if self.group else self.name

    @property
    def has_status(self) -> bool:
        return "status" in self.subresources


RBAC = "rbac.authorization.k8s.io"
GATEWAY = "gateway.networking.k8s.io"

NAMESPACE = Kind(
    "Namespace",
    "namespaces",
    namespaced=False,
    short=("ns",),
    subresources=("status",),
    verbs=tuple(verb for verb in VERBS if verb != "deletecollection"),
)
NODE = Kind("Node", "nodes", namespaced=False, short=("no",), subresources=("status",))
POD = Kind("Pod", "pods", short=("po",), categories=("all",), subresources=("log", "status"))
SERVICE = Kind("Service", "services", short=("svc",), categories=("all",), subresources=("status",))
ENDPOINTS = Kind("Endpoints", "endpoints", short=("ep",))
EVENT = Kind("Event", "events", short=("ev",))
CONFIG_MAP = Kind("ConfigMap", "configmaps", short=("cm",))
SECRET = Kind("Secret", "secrets")
RESOURCE_QUOTA = Kind("ResourceQuota", "resourcequotas", short=("quota",), subresources=("status",))
SERVICE_ACCOUNT = Kind("ServiceAccount", "serviceaccounts", short=("sa",))
DEPLOYMENT = Kind(
    "Deployment", "deployments", "apps", short=("deploy",), categories=("all",), subresources=("scale", "status")
)
REPLICA_SET = Kind(
    "ReplicaSet", "replicasets", "apps", short=("rs",), categories=("all",), subresources=("scale", "status")
)
JOB = Kind("Job", "jobs", "batch", categories=("all",), subresources=("status",))
AUTOSCALER = Kind(
    "HorizontalPodAutoscaler",
    "horizontalpodautoscalers",
    "autoscaling",
    short=("hpa",),
    categories=("all",),
    subresources=("status",),
)
AUTOSCALER_V2 = replace(AUTOSCALER, version="v2", subresources=(), verbs=("get", "list"), stored_as=AUTOSCALER)
ENDPOINT_SLICE = Kind("EndpointSlice", "endpointslices", "discovery.k8s.io")
ENDPOINT_SLICE_BETA = replace(ENDPOINT_SLICE, version="v1beta1", verbs=("get", "list"), stored_as=ENDPOINT_SLICE)
HTTP_ROUTE = Kind(
    "HTTPRoute", "httproutes", GATEWAY, categories=("gateway-api",), subresources=("status",), is_custom=True
)
LEASE = Kind("Lease", "leases", "coordination.k8s.io")
ROLE = Kind("Role", "roles", RBAC)
ROLE_BINDING = Kind("RoleBinding", "rolebindings", RBAC)
CLUSTER_ROLE = Kind("ClusterRole", "clusterroles", RBAC, namespaced=False)
CLUSTER_ROLE_BINDING = Kind("ClusterRoleBinding", "clusterrolebindings", RBAC, namespaced=False)
ACCESS_REVIEW = Kind(
    "SelfSubjectAccessReview", "selfsubjectaccessreviews", "authorization.k8s.io", namespaced=False, verbs=("create",)
)

KINDS = (
    *(NAMESPACE, NODE, POD, SERVICE, ENDPOINTS, EVENT, CONFIG_MAP, SECRET, RESOURCE_QUOTA, SERVICE_ACCOUNT),
    *(DEPLOYMENT, REPLICA_SET, JOB, AUTOSCALER, AUTOSCALER_V2),
    *(ENDPOINT_SLICE, ENDPOINT_SLICE_BETA, HTTP_ROUTE, LEASE),
    *(ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ACCESS_REVIEW),
)
BY_PATH = {(kind.group, kind.version, kind.plural): kind for kind in KINDS}


def copied(value: T) -> T:
    """A copy of JSON data, all the way down; several times faster than `copy.deepcopy`."""
    return cast(T, _copied(value))


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_copied(inner) for inner in value]
    return value


def name_of(thing: Object) -> str:
    return str(thing["metadata"].get("name", ""))


def namespace_of(thing: Object) -> str:
    return str(thing["metadata"].get("namespace", ""))


def labels_of(thing: Object) -> dict[str, str]:
    return thing["metadata"].get("labels") or {}


def annotations_of(thing: Object) -> dict[str, str]:
    return thing["metadata"].get("annotations") or {}


def is_leaving(thing: Object) -> bool:
    """Whether deletion was asked for and is not over."""
    return "deletionTimestamp" in thing["metadata"]


def owners_of(thing: Object) -> Iterator[Object]:
    yield from thing["metadata"].get("ownerReferences") or ()


def controller_of(thing: Object) -> Object | None:
    """The owner reference of the controller that manages this, if any."""
    return next((owner for owner in owners_of(thing) if owner.get("controller")), None)


def controlled_by(thing: Object, owner: Object) -> bool:
    reference = controller_of(thing)
    return reference is not None and bool(reference["uid"] == owner["metadata"]["uid"])


def reference_to(kind: Kind, owner: Object) -> Object:
    """An owner reference as controllers write it."""
    return {
        "apiVersion": kind.api_version,
        "kind": kind.name,
        "name": name_of(owner),
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def condition_of(thing: Object, kind: str) -> Object | None:
    """The status condition of a type."""
    conditions: list[Object] = thing.get("status", {}).get("conditions") or []
    return next((condition for condition in conditions if condition["type"] == kind), None)
