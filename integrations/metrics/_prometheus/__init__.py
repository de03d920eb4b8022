"""The parts of the Prometheus backend. Nobody but `integrations.metrics.prometheus` imports them."""
