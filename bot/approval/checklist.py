"""The checklist: what whoever approves must have looked at. Each tick is kept with who and when. Pure."""

from collections.abc import Collection, Sequence
from datetime import datetime

from bot.approval.model import Tick
from bot.blocks import escape
from bot.errors import Code, Refusal
from bot.values import Person


def unticked(checklist: Sequence[str], ticks: Sequence[Tick]) -> list[str]:
    """The items that nobody has ticked, in their order."""
    done = {tick.item for tick in ticks}
    return [item for item in checklist if item not in done]


def look_first(checklist: Sequence[str], ticks: Sequence[Tick]) -> Refusal | None:
    """Why nobody may approve yet; None when everything has been ticked."""
    left = unticked(checklist, ticks)
    if not left:
        return None
    items = "\n".join(f"• {escape(item)}" for item in left)
    return Refusal(Code.INVALID, f"Not approved yet, because nobody has ticked:\n{items}", "Look, tick, then approve.")


def ticked(
    checklist: Sequence[str],
    ticks: Sequence[Tick],
    shown: Collection[int],
    chosen: Collection[int],
    person: Person,
    now: datetime,
) -> list[Tick]:
    """The ticks after a click, in the order of the checklist.

    The click left the boxes `chosen` ticked where `shown` were ticked before, both by position: what changed between
    the two is what this person did. What others have ticked meanwhile stays, and the first tick of an item counts.
    """
    known = {tick.item: tick for tick in ticks}
    for index, item in enumerate(checklist):
        if index in chosen and index not in shown:
            known.setdefault(item, Tick(item=item, person=person.id, name=person.name, at=now))
        if index in shown and index not in chosen:
            known.pop(item, None)
    return [known[item] for item in checklist if item in known]


def boxes(number: int, plan: str, checklist: Sequence[str], ticks: Sequence[Tick]) -> str:
    """The name of the checklist's block: which request, and which boxes it shows as ticked: "boxes:41:ab12…:0,2".

    Slack keeps what a reader has clicked for as long as a block keeps its name; with the ticks in it, everybody sees
    the recorded ones as soon as they change, and a click tells what its maker had before their eyes.
    """
    left = unticked(checklist, ticks)
    shown = ",".join(str(index) for index, item in enumerate(checklist) if item not in left)
    return f"boxes:{number}:{plan}:{shown}"


def unboxed(block_id: str) -> tuple[int, str, frozenset[int]]:
    """The number, the plan and the boxes shown as ticked, from the name of a checklist's block."""
    _, number, plan, shown = block_id.split(":")
    return int(number), plan, frozenset(int(index) for index in shown.split(",") if index)
