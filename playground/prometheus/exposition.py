"""The Prometheus text format 0.0.4, as a scrape reads it."""

import re
from collections.abc import Iterator
from functools import lru_cache

from playground.prometheus.promql.nodes import NAME, Labels

_LINE = re.compile(r"([A-Za-z_:][\w:]*\s*(?:\{.*\})?)\s+([^\s]+)(?:\s+(-?\d+))?", re.ASCII)
_LABEL = re.compile(r'\s*([A-Za-z_]\w*)\s*=\s*"((?:\\.|[^"\\])*)"\s*(?:,|$)', re.ASCII)
_ESCAPED = re.compile(r"\\(.)")


def samples(text: str) -> Iterator[tuple[Labels, float, int | None]]:
    """Each sample: its labels, the name among them, its value and, where it says one, its time in milliseconds.

    Raises ValueError naming the line that is none.
    """
    for line in text.split("\n"):  # and at nothing else that Python would call a line's end
        line = line.strip(" \t\r")
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if not match:
            raise ValueError(f"is no sample: {line!r}")
        series, value, at = match.groups()
        yield _series(series), float(value.replace("Inf", "inf")), int(at) if at else None


@lru_cache(maxsize=20_000)  # each scrape spells the same series again
def _series(text: str) -> Labels:
    name, _, inside = text.partition("{")
    labels = {NAME: name.strip(), **_labels(inside.removesuffix("}"), text)}
    return tuple(sorted((key, said) for key, said in labels.items() if said))


def _labels(inside: str, text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(inside.rstrip()):
        match = _LABEL.match(inside, at)
        if not match:
            raise ValueError(f"has labels that are none: {text!r}")
        found[match.group(1)] = _ESCAPED.sub(lambda one: "\n" if one.group(1) == "n" else one.group(1), match.group(2))
        at = match.end()
    return found
