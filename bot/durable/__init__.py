"""Durable flows: straight-line async functions that survive a crash at any line. The one package that knows DBOS.

A flow runs from its last finished step after any restart, so everything that it does or reads stands in a `step`, and
everything that it waits for in a `wait_for`. Between them it only computes: no clock, no chance, no I/O.
"""

from bot.durable.engine import Durable, Failed
from bot.durable.flows import patched, running, sleep, step, wait_for
from bot.durable.outcome import JSON

__all__ = ["JSON", "Durable", "Failed", "patched", "running", "sleep", "step", "wait_for"]
