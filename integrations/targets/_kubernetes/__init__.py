"""The parts of the Kubernetes deploy target. Nobody but `integrations.targets.kubernetes` imports them."""
