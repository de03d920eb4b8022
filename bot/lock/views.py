"""What is said about locks and freezes, to everybody in the channel and to those whom it concerns."""

from collections.abc import Sequence

from bot.blocks import Block, Message, clip, code, context, escape, header, listed, message, section, when
from bot.lock.model import Freeze, Lock
from bot.lock.rules import Frozen

SHOWN = 15  # freezes in the list


def locked(lock: Lock) -> Message:
    """A place is closed."""
    until = f"until {when(lock.until)}" if lock.until else "until it is released"
    said = f"*{escape(lock.place)} is locked* by {_name(lock)} {until}: {escape(lock.reason)}"
    return message(section(said), context(f"{code(typed('unlock', lock.place))} opens it again."))


def taken_over(lock: Lock, before: Lock) -> Message:
    """A place stays closed, but for somebody else."""
    until = f"until {when(lock.until)}" if lock.until else "until it is released"
    said = f"*{escape(lock.place)} is locked* by {_name(lock)}, who took it over from {_name(before)}, {until}"
    return message(section(f"{said}: {escape(lock.reason)}"))


def unlocked(lock: Lock, by: str) -> Message:
    """A place is open again: somebody released the lock."""
    whose = "it" if by == lock.name else f"the lock of {_name(lock)}"
    return message(section(f"*{escape(lock.place)} is open again:* {escape(clip(by, 40))} released {whose}."))


def over(lock: Lock) -> Message:
    """A place is open again: the lock has ended by itself."""
    said = f"*{escape(lock.place)} is open again:* the lock of {_name(lock)} has ended ({escape(lock.reason)})."
    return message(section(said))


def ending(lock: Lock) -> Message:
    """To the holder, in time."""
    assert lock.until is not None, "only what has an end is about to end"
    longer = code(typed("lock", lock.place, f'"{lock.reason}"', "for 1h"))
    return message(section(f"Your lock of *{escape(lock.place)}* ends {when(lock.until)}. To keep it, type {longer}."))


def robbed(before: Lock, lock: Lock) -> Message:
    """To whoever held it before."""
    said = f"{_name(lock)} has taken over your lock of *{escape(lock.place)}* ({escape(before.reason)})"
    return message(section(f"{said}: {escape(lock.reason)}"))


def opened(lock: Lock, by: str) -> Message:
    """To the holder, whose lock somebody else released."""
    said = f"{escape(clip(by, 40))} has released your lock of *{escape(lock.place)}* ({escape(lock.reason)})."
    return message(section(said))


def frozen_now(freeze: Freeze) -> Message:
    """Nothing may be changed there any more."""
    said = f"*{_where(freeze)} is frozen* until {when(freeze.until)} by {escape(clip(freeze.name, 40))}"
    thaw = " ".join(filter(None, ("/unfreeze", freeze.service, freeze.environment)))
    return message(
        section(f"{said}: {escape(freeze.reason)}"),
        context(f"What is being rolled out goes on; nothing new begins. {code(thaw)} ends it."),
    )


def thawed(freeze: Freeze, by: str) -> Message:
    """Changes are let in again."""
    whose = "it" if by == freeze.name else f"the freeze of {escape(clip(freeze.name, 40))}"
    said = (
        f"*{_where(freeze)} is not frozen any more:* {escape(clip(by, 40))} lifted {whose} ({escape(freeze.reason)})."
    )
    return message(section(said))


def freezes(holding: Sequence[Frozen], coming: Sequence[Frozen], days: int) -> Message:
    """What is frozen, and what will be within so many days."""
    now = [f"• *{_scope(one)}* until {when(one.until)}: {_why(one)}" for one in holding]
    later = [f"• *{_scope(one)}* from {when(one.start)} until {when(one.until)}: {_why(one)}" for one in coming]
    blocks: list[Block] = [header("Frozen now"), *_lines(now, "Nothing is frozen.")]
    return message(*blocks, header(f"Within {days} days"), *_lines(later, "No freeze is planned."))


def in_force(locks: Sequence[Lock], holding: Sequence[Frozen]) -> list[str]:
    """What keeps people from changing something now, a line each (mrkdwn)."""
    frozen = [f"*{_scope(one)}* is frozen until {when(one.until)}: {_why(one)}" for one in holding]
    return frozen + [_held(lock) for lock in locks]


def _held(lock: Lock) -> str:
    until = f" until {when(lock.until)}" if lock.until else ""
    return f"*{escape(lock.place)}* is locked by {_name(lock)}{until}: {escape(clip(lock.reason, 80))}"


def _lines(lines: Sequence[str], nothing: str) -> list[Block]:
    rest = [f"… and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    shown = [*lines[:SHOWN], *rest] or [nothing]
    return [section("\n".join(shown[at : at + 5])) for at in range(0, len(shown), 5)]  # five at their longest fit


def _why(one: Frozen) -> str:
    by = escape(clip(one.by, 40)) if one.by else "calendar"
    return f"{escape(clip(one.reason, 80))} ({by})"


def _scope(one: Frozen) -> str:
    environments = "everywhere" if one.environments == "all" else clip(listed(one.environments, 4), 100)
    if one.services == "all":
        return "everything" if one.environments == "all" else environments
    within = environments if one.environments == "all" else f"in {environments}"
    return f"{clip(listed(one.services, 4), 100)} {within}"


def _where(freeze: Freeze) -> str:
    return escape(f"{freeze.service}/{freeze.environment}" if freeze.service else freeze.environment)


def typed(verb: str, place: str, *rest: str) -> str:
    """What somebody types about the lock of a place."""
    return " ".join(["/deploy", verb, *place.split("/"), *rest])


def _name(lock: Lock) -> str:
    return escape(clip(lock.name, 40))
