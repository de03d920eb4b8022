"""A Prometheus that scrapes the playground's cluster and answers PromQL over Prometheus' HTTP API."""

from playground.prometheus.prometheus import Prometheus

__all__ = ["Prometheus"]
