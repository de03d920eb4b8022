"""Objects in another version of their group than the one that they are kept in: to be read alone."""

from collections.abc import Callable

from playground.cluster.api.kinds import AUTOSCALER_V2, ENDPOINT_SLICE_BETA, Kind, Object


def _autoscaler_v2(thing: Object) -> Object:
    spec = {key: value for key, value in thing["spec"].items() if key != "targetCPUUtilizationPercentage"}
    if share := thing["spec"].get("targetCPUUtilizationPercentage"):
        target = {"type": "Utilization", "averageUtilization": share}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    return thing | {"spec": spec, "status": thing["status"] | {"currentMetrics": None, "conditions": None}}


def _slice_v1beta1(thing: Object) -> Object:
    def older(endpoint: Object) -> Object:
        rest = {key: value for key, value in endpoint.items() if key != "nodeName"}
        return rest | {"topology": {"kubernetes.io/hostname": endpoint.get("nodeName", "")}}

    return thing | {"endpoints": [older(one) for one in thing["endpoints"]]}


_CONVERSIONS: dict[Kind, Callable[[Object], Object]] = {
    AUTOSCALER_V2: _autoscaler_v2,
    ENDPOINT_SLICE_BETA: _slice_v1beta1,
}


def as_served(kind: Kind, thing: Object) -> Object:
    """A kept object as this version of its kind has it."""
    if kind not in _CONVERSIONS:
        return thing
    return _CONVERSIONS[kind](thing) | {"apiVersion": kind.api_version}
