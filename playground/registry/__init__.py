"""An image registry on loopback, as the shop pushes to it."""

from playground.registry.registry import Registry

__all__ = ["Registry"]
