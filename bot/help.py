"""A command's manual, from the same docstring that the command reference is made from."""

from types import ModuleType

from bot.blocks import Message, code, escape, message, section
from bot.discovery import usage


def manual(module: ModuleType) -> Message:
    """What can be typed, a line each."""
    lines = [f"{code(typed)} — {escape(said)}" for typed, said in usage(module)]
    return message(section("\n".join(lines)))
