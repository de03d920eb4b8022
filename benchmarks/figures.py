"""What was measured: docs/benchmarks.json, and docs/benchmarks.md made from it."""

import json
import os
import platform
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
JSON_FILE, PAGE = DOCS / "benchmarks.json", DOCS / "benchmarks.md"
COMMAND = "make bench"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `compared_with` is what it is to be held against, `how` what was done to measure it."""

    value: float
    unit: str
    compared_with: str
    how: str


def read(file: Path = JSON_FILE) -> dict[str, Figure]:
    """The figures of the last run; none before the first."""
    found = json.loads(file.read_text()) if file.exists() else {}
    return {name: Figure(**figure) for name, figure in found.items()}


def write(figures: dict[str, Figure]) -> None:
    """Both files, anew."""
    said = {name: asdict(figure) for name, figure in figures.items()}
    JSON_FILE.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n")
    intro = f"Made by `{COMMAND}` on {machine()}. The same figures for machines: [benchmarks.json](benchmarks.json)."
    PAGE.write_text("\n\n".join(["# Benchmarks", intro, table(figures)]) + "\n")


def table(figures: dict[str, Figure]) -> str:
    """The figures as Markdown."""
    lines = ["| what | measured | compared with | how |", "|---|---|---|---|"]
    for name, figure in figures.items():
        measured = f"{figure.value:g} {figure.unit}".strip()
        lines.append(f"| `{name}` | {measured} | {figure.compared_with} | {figure.how} |")
    return "\n".join(lines)


def machine() -> str:
    """Where it was measured."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"{system}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
