"""A cluster that speaks the Kubernetes API: Deployments roll out, pods start, crash and log, traffic flows."""

from playground.cluster.cluster import Cluster

__all__ = ["Cluster"]
