"""What the bot writes on the objects that it changes, and who may change them. Pure."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from bot.blocks import code
from bot.errors import Code, Refusal
from bot.values import Fence, Value

Json = dict[str, Any]
Note = TypeVar("Note", bound=Value)

CAUSE = "kubernetes.io/change-cause"
FENCE = "quarterdeck.dev/fence"
GOAL = "quarterdeck.dev/goal"  # what a deploy wants of a place that takes more than one move
BEFORE = "quarterdeck.dev/strategy-before"  # what `spec.strategy` was before a recreate
OURS = frozenset({FENCE, GOAL, BEFORE})
BY_HAND = "by-hand"  # who somebody says to be that takes an object out of the bot's hands


def annotations(thing: Json) -> dict[str, str]:
    """Its annotations; empty where it has none."""
    return thing["metadata"].get("annotations") or {}


def fence_of(thing: Json) -> Fence | None:
    """Whose change this is; None where no deploy of ours made it, or a hand has spoilt the note."""
    deploy, _, epoch = annotations(thing).get(FENCE, "").rpartition(":")
    return Fence(deploy=deploy, epoch=int(epoch)) if deploy and epoch.isdecimal() else None


def fence_note(fence: Fence) -> str:
    """The fence as it is written on an object."""
    return f"{fence.deploy}:{fence.epoch}"


def begun_by(thing: Json, fence: Fence) -> bool:
    """Whether the deploy of this fence wrote on it last, in whatever run."""
    seen = fence_of(thing)
    return seen is not None and seen.deploy == fence.deploy


def admit(thing: Json, fence: Fence) -> None:
    """Raises Refusal(FENCED) where a later run, or another deploy of the same epoch, has written on the object."""
    seen = fence_of(thing)
    if seen and (seen.epoch > fence.epoch or (seen.epoch == fence.epoch and seen.deploy != fence.deploy)):
        text = f"Deploy {code(seen.deploy)} (epoch {seen.epoch}) has taken over {called(thing)}"
        raise Refusal(Code.FENCED, f"{text}; {code(fence.deploy)} (epoch {fence.epoch}) may not change it.")


def called(thing: Json) -> str:
    """An object's name for people, as mrkdwn."""
    metadata = thing.get("metadata") or {}
    return code(f"{metadata.get('namespace', '')}/{metadata.get('name', '')}")


def noted(thing: Json, note: type[Note]) -> Note | None:
    """The goal that is noted on the object; None where there is none, or a hand has spoilt it."""
    try:
        return note.model_validate_json(annotations(thing)[GOAL])
    except (KeyError, ValidationError):
        return None


def with_notes(notes: Mapping[str, str | None], resource_version: str | None = None) -> Json:
    """A merge patch that sets annotations (None: takes away) and starts nothing. Refused where the object moved on."""
    metadata: Json = {"annotations": dict(notes)}
    return {"metadata": metadata | ({"resourceVersion": resource_version} if resource_version else {})}


def missing(thing: Json, notes: Mapping[str, str | None]) -> dict[str, str | None]:
    """Those notes that the object does not carry as they are wanted."""
    here = annotations(thing)
    return {name: text for name, text in notes.items() if here.get(name) != text}
