"""Versions that were rolled back: whether one is meant, and what is said about them. Pure."""

import re
from collections.abc import Mapping, Sequence

from bot.blocks import Message, clip, code, context, escape, message, section, when
from bot.deploy.model import Quarantine
from bot.values import Check

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
MOST = 15  # lines of a list

Links = Mapping[str, str]  # subject of a deploy -> where its card can be read


def holds(quarantine: Quarantine, version: str, image: str) -> bool:
    """Whether this version, or this image under another name, is what was rolled back.

    `image` is as the target pulls it ("registry.example.com/shop/api@sha256:…"), or a digest alone, or empty where
    nobody knows it yet. Two images are the same when their digests are; where one is unknown, when they are the same
    words.
    """
    if version == quarantine.version:
        return True
    meant, bad = _digest(image, version), _digest(quarantine.image, quarantine.version)
    return meant == bad if meant and bad else bool(image) and image == quarantine.image


def not_quarantined(found: Quarantine | None) -> Check:
    """The preflight line."""
    if found is None:
        return Check(name="quarantine", passed=True, text="never rolled back, or let out again")
    lift = f'/deploy lift {found.service} {found.version} "<reason>"'
    text = f"{found.version} was rolled back by {_number(found)}: {clip(found.reason.rstrip('. '), 160)}. Then: {lift}"
    return Check(name="quarantine", passed=False, text=text)


def quarantine(service: str, found: Sequence[Quarantine], links: Links) -> Message:
    """What is refused, newest first; of everything when `service` is empty."""
    of = f" of {code(service)}" if service else ""
    if not found:
        return message(section(f"No version{of} is in quarantine."))
    lines = [section(_line(one, links)) for one in found[:MOST]]
    more = [context(f"And {len(found) - MOST} more.")] if len(found) > MOST else []
    usage = code('/deploy lift <service> <version> "<reason>"')
    return message(section(f"*In quarantine{of}*, newest first"), *lines, *more, context(f"{usage} lets one out."))


def lifted(of: Quarantine) -> Message:
    """Somebody let a version out; for the channel."""
    out = f"{code(of.version)} of *{escape(of.service)}* is out of quarantine:"
    by = f"{escape(of.lifted_name)} says “{escape(clip(of.lifted_reason, 600))}”."
    return message(section(f"{out} {by}\nIt had been rolled back by {_number(of)}: {_why(of)}"))


def _line(one: Quarantine, links: Links) -> str:
    link = links.get(one.subject, "")
    number = f"<{link}|{_number(one)}>" if link else _number(one)
    return f"*{escape(one.service)}* {code(one.version)} — rolled back by {number} {when(one.at)}: {_why(one)}"


def _why(one: Quarantine) -> str:
    return f"{escape(clip(one.reason.rstrip('. '), 400))}."


def _number(one: Quarantine) -> str:
    return escape(one.subject.replace(":", " #"))


def _digest(*texts: str) -> str:
    """The first digest that one of these carries; empty where none does."""
    return next((found[0] for text in texts if (found := DIGEST.search(text))), "")
