"""The fields of each kind of object, and their types.

A type is int, str, bool, dict (a map of anything), ANY (taken as it is), MAP (of strings), INT_OR_STR, [type], or
{field: type}.
"""

from typing import Any

from playground.cluster.api.kinds import (
    AUTOSCALER,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    CONFIG_MAP,
    DEPLOYMENT,
    ENDPOINT_SLICE,
    ENDPOINTS,
    EVENT,
    HTTP_ROUTE,
    JOB,
    LEASE,
    NAMESPACE,
    NODE,
    POD,
    REPLICA_SET,
    RESOURCE_QUOTA,
    ROLE,
    ROLE_BINDING,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    Kind,
)

ANY, MAP, INT_OR_STR = object, dict[str, str], (int, str)


def _all(kind: Any, *names: str) -> dict[str, Any]:
    return dict.fromkeys(names, kind)


_REFERENCE = _all(str, "apiVersion", "kind", "name", "namespace", "uid", "resourceVersion", "fieldPath")
METADATA = {
    **_all(str, "name", "generateName", "namespace", "uid", "resourceVersion", "selfLink", "creationTimestamp"),
    **{"labels": MAP, "annotations": MAP, "generation": int, "deletionTimestamp": str, "finalizers": [str]},
    **{"deletionGracePeriodSeconds": int, "managedFields": ANY},
    "ownerReferences": [_REFERENCE | _all(bool, "controller", "blockOwnerDeletion")],
}
_CONDITION = {
    **_all(str, "type", "status", "reason", "message", "lastTransitionTime", "lastUpdateTime", "lastProbeTime"),
    **{"lastHeartbeatTime": str, "observedGeneration": int},
}
_SELECTOR = {"matchLabels": MAP, "matchExpressions": [{"key": str, "operator": str, "values": [str]}]}
_PROBE = {
    **_all(dict, "httpGet", "tcpSocket", "exec", "grpc"),
    **_all(int, "initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"),
    "terminationGracePeriodSeconds": int,
}
_CONFIG_SOURCE = {"name": str, "key": str, "optional": bool}
_VALUE_SOURCE = _all(dict, "fieldRef", "resourceFieldRef", "secretKeyRef") | {"configMapKeyRef": _CONFIG_SOURCE}
_CONTAINER = {
    **_all(str, "name", "image", "workingDir", "imagePullPolicy", "restartPolicy"),
    **{"command": [str], "args": [str], "resources": dict, "lifecycle": dict, "securityContext": dict},
    "ports": [{"name": str, "containerPort": int, "hostPort": int, "protocol": str, "hostIP": str}],
    "env": [{"name": str, "value": str, "valueFrom": _VALUE_SOURCE}],
    "envFrom": [{"prefix": str, "configMapRef": _CONFIG_SOURCE, "secretRef": _CONFIG_SOURCE}],
    **{"volumeMounts": [dict], "volumeDevices": [dict]},
    **_all(_PROBE, "livenessProbe", "readinessProbe", "startupProbe"),
    **_all(str, "terminationMessagePath", "terminationMessagePolicy"),
    **_all(bool, "stdin", "stdinOnce", "tty"),
}
_POD = {
    **_all([_CONTAINER], "containers", "initContainers", "ephemeralContainers"),
    **_all([dict], "volumes", "imagePullSecrets", "tolerations", "hostAliases", "readinessGates"),
    "topologySpreadConstraints": [dict],
    **_all(str, "restartPolicy", "dnsPolicy", "serviceAccountName", "serviceAccount", "nodeName", "hostname"),
    **_all(str, "subdomain", "schedulerName", "priorityClassName", "preemptionPolicy", "runtimeClassName"),
    **_all(int, "terminationGracePeriodSeconds", "activeDeadlineSeconds", "priority"),
    **_all(bool, "hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "setHostnameAsFQDN", "hostUsers"),
    **_all(bool, "automountServiceAccountToken", "enableServiceLinks"),
    **{"nodeSelector": MAP, **_all(dict, "affinity", "securityContext", "dnsConfig", "overhead", "os")},
}
_STATE = {
    "waiting": _all(str, "reason", "message"),
    "running": {"startedAt": str},
    "terminated": _all(str, "reason", "message", "startedAt", "finishedAt", "containerID")
    | _all(int, "exitCode", "signal"),
}
_CONTAINER_STATUS = {
    **_all(str, "name", "image", "imageID", "containerID"),
    **{"ready": bool, "started": bool, "restartCount": int, "state": _STATE, "lastState": _STATE},
}
_POD_STATUS = {
    **_all(str, "phase", "reason", "message", "podIP", "hostIP", "startTime", "qosClass", "nominatedNodeName"),
    **{"conditions": [_CONDITION], "podIPs": [{"ip": str}], "hostIPs": [{"ip": str}]},
    **_all([_CONTAINER_STATUS], "containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"),
}
_WORKLOAD = {
    **{"replicas": int, "minReadySeconds": int, "selector": _SELECTOR},
    "template": {"metadata": METADATA, "spec": _POD},
}
_ROLLOUT = {
    "strategy": {"type": str, "rollingUpdate": _all(INT_OR_STR, "maxSurge", "maxUnavailable")},
    **{"revisionHistoryLimit": int, "progressDeadlineSeconds": int, "paused": bool},
}
_WORKLOAD_STATUS = {
    **_all(int, "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas"),
    **_all(int, "unavailableReplicas", "fullyLabeledReplicas", "collisionCount"),
    "conditions": [_CONDITION],
}
_JOB = {
    **_all(int, "parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"),
    **{"selector": _SELECTOR, "manualSelector": bool, "suspend": bool, "completionMode": str},
    "template": {"metadata": METADATA, "spec": _POD},
}
_JOB_STATUS = {
    **_all(int, "active", "succeeded", "failed", "ready"),
    **{"conditions": [_CONDITION], "startTime": str, "completionTime": str},
}
_AUTOSCALER = {
    "scaleTargetRef": _all(str, "kind", "name", "apiVersion"),
    **_all(int, "minReplicas", "maxReplicas", "targetCPUUtilizationPercentage"),
}
_AUTOSCALER_STATUS = {
    **_all(int, "currentReplicas", "desiredReplicas", "currentCPUUtilizationPercentage", "observedGeneration"),
    "lastScaleTime": str,
}
_PORT = {**_all(str, "name", "protocol", "appProtocol"), "port": int, "targetPort": INT_OR_STR, "nodePort": int}
_SERVICE = {
    **{"ports": [_PORT], "selector": MAP},
    **_all(str, "clusterIP", "type", "sessionAffinity", "externalName", "loadBalancerIP", "externalTrafficPolicy"),
    **_all(str, "internalTrafficPolicy", "ipFamilyPolicy"),
    **_all([str], "clusterIPs", "externalIPs", "ipFamilies", "loadBalancerSourceRanges"),
    **{"healthCheckNodePort": int, "publishNotReadyAddresses": bool, "sessionAffinityConfig": dict},
}
_ADDRESS = {"ip": str, "hostname": str, "nodeName": str, "targetRef": _REFERENCE}
_SUBSET = {**_all([_ADDRESS], "addresses", "notReadyAddresses"), "ports": [_PORT]}
_ENDPOINT = {
    **{"addresses": [str], "conditions": _all(bool, "ready", "serving", "terminating"), "targetRef": _REFERENCE},
    **{**_all(str, "nodeName", "hostname", "zone"), "topology": MAP, "deprecatedTopology": MAP, "hints": dict},
}
_EVENT = {
    **_all(str, "reason", "message", "type", "firstTimestamp", "lastTimestamp", "eventTime", "action"),
    **_all(str, "reportingComponent", "reportingInstance"),
    **{"involvedObject": _REFERENCE, "related": _REFERENCE, "source": _all(str, "component", "host")},
    **{"count": int, "series": dict},
}
_RULE = _all([str], "verbs", "apiGroups", "resources", "resourceNames", "nonResourceURLs")
_BINDING = {
    "subjects": [_all(str, "kind", "name", "namespace", "apiGroup")],
    "roleRef": _all(str, "kind", "name", "apiGroup"),
}
_PARENT = {**_all(str, "group", "kind", "namespace", "name", "sectionName"), "port": int}
_BACKEND = {**_all(str, "group", "kind", "namespace", "name"), **_all(int, "port", "weight"), "filters": [dict]}
_RULE_OF_ROUTE = {**_all([dict], "matches", "filters"), "backendRefs": [_BACKEND], "timeouts": dict, "name": str}
_ROUTE = {"parentRefs": [_PARENT], "hostnames": [str], "rules": [_RULE_OF_ROUTE]}
_ROUTE_STATUS = {"parents": [{"parentRef": _PARENT, "controllerName": str, "conditions": [_CONDITION]}]}
_LEASE = {**_all(str, "holderIdentity", "acquireTime", "renewTime"), **_all(int, "leaseDurationSeconds")}

FIELDS: dict[Kind, dict[str, Any]] = {
    NAMESPACE: {"spec": {"finalizers": [str]}, "status": {"phase": str, "conditions": [_CONDITION]}},
    NODE: {"spec": dict, "status": dict},
    POD: {"spec": _POD, "status": _POD_STATUS},
    SERVICE: {"spec": _SERVICE, "status": dict},
    ENDPOINTS: {"subsets": [_SUBSET]},
    EVENT: _EVENT,
    CONFIG_MAP: {"data": MAP, "binaryData": MAP, "immutable": bool},
    SECRET: {**_all(MAP, "data", "stringData"), "type": str, "immutable": bool},
    RESOURCE_QUOTA: {
        "spec": {"hard": MAP, "scopes": [str], "scopeSelector": dict},
        "status": _all(MAP, "hard", "used"),
    },
    SERVICE_ACCOUNT: {**_all([dict], "secrets", "imagePullSecrets"), "automountServiceAccountToken": bool},
    DEPLOYMENT: {"spec": _WORKLOAD | _ROLLOUT, "status": _WORKLOAD_STATUS},
    REPLICA_SET: {"spec": _WORKLOAD, "status": _WORKLOAD_STATUS},
    JOB: {"spec": _JOB, "status": _JOB_STATUS},
    AUTOSCALER: {"spec": _AUTOSCALER, "status": _AUTOSCALER_STATUS},
    HTTP_ROUTE: {"spec": _ROUTE, "status": _ROUTE_STATUS},
    ENDPOINT_SLICE: {"addressType": str, "endpoints": [_ENDPOINT], "ports": [_PORT]},
    LEASE: {"spec": _LEASE | {"leaseTransitions": int}},
    ROLE: {"rules": [_RULE]},
    CLUSTER_ROLE: {"rules": [_RULE], "aggregationRule": dict},
    ROLE_BINDING: _BINDING,
    CLUSTER_ROLE_BINDING: _BINDING,
}
