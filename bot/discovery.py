"""Finds commands and integrations by name: a new one is a file, nothing else."""

import importlib
import pkgutil
from types import ModuleType


def commands() -> list[ModuleType]:
    """The modules of commands/, by name. Each has a docstring that says how it is typed, and `register(gate)`."""
    package = importlib.import_module("commands")
    found = (importlib.import_module(f"commands.{info.name}") for info in pkgutil.iter_modules(package.__path__))
    return [module for module in found if not module.__name__.rpartition(".")[2].startswith("_")]


def usage(module: ModuleType) -> list[tuple[str, str]]:
    """What can be typed, from the docstring: its lines of the form "/command words — what it does"."""
    lines = [line.strip() for line in (module.__doc__ or "").splitlines()]
    return [
        (typed.strip(), said.strip())
        for typed, dash, said in (line.partition(" — ") for line in lines)
        if dash and typed[:1] == "/"
    ]


def integration(port: str, vendor: str) -> ModuleType:
    """The module integrations/<port>/<vendor>. Raises LookupError naming those that exist."""
    package = importlib.import_module(f"integrations.{port}")
    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_"))
    if vendor not in names:
        raise LookupError(f"there is no {port} integration {vendor!r}; there are: {', '.join(names)}")
    return importlib.import_module(f"integrations.{port}.{vendor}")
