"""What is said about locks, to everybody in the channel."""

from bot.blocks import Message, escape, message, section
from bot.lock.model import Lock


def locked(lock: Lock) -> Message:
    """A place is closed."""
    return message(section(f"*{escape(lock.place)} is locked* by {escape(lock.name)}: {escape(lock.reason)}"))


def unlocked(lock: Lock, by: str) -> Message:
    """A place is open again."""
    return message(
        section(f"*{escape(lock.place)} is open again:* {escape(by)} released the lock of {escape(lock.name)}.")
    )
