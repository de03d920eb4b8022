"""A forge on loopback: the shop's repositories, with as much of GitHub's API as it takes to compare two versions."""

from playground.forge.forge import Forge

__all__ = ["Forge"]
