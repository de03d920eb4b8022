"""Image registries: a module per protocol, named by `type` in config/default.yml, below registry."""
