"""Metrics backends: a module per vendor, named by `type` in config/default.yml, below metrics.backend."""
