"""Histories of commits: a module per vendor, named by `type` in config/services.yml, below a service's source."""
