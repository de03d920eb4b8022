"""What happened, in order: Web API calls, envelopes, acknowledgements, acts. One JSON object per line."""

import json
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from playground.slack.errors import Json

KEPT = 20_000  # entries in memory; the file has them all


class Journal:
    """Keeps the last entries and, given a path, writes all of them there as they come."""

    def __init__(self, path: Path | None) -> None:
        self._entries: deque[Json] = deque(maxlen=KEPT)
        self._file: IO[str] | None = path.open("a", encoding="utf-8") if path else None

    def note(self, kind: str, **what: Any) -> None:
        """Write down that something of this kind happened now."""
        entry = {"at": datetime.now(UTC).isoformat(), "kind": kind, **what}
        self._entries.append(entry)
        if self._file:
            self._file.write(_line(entry))
            self._file.flush()

    def calls(self, method: str = "") -> list[Json]:
        """The Web API calls so far, oldest first; of one method, if given."""
        shown = ("at", "method", "args", "ok", "error", "status")
        calls = (entry for entry in self._entries if entry["kind"] == "api" and method in ("", entry["method"]))
        return [{key: entry[key] for key in shown if key in entry} for entry in calls]

    def text(self) -> Iterator[str]:
        """The entries as JSON lines."""
        return map(_line, self._entries)

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()


def _line(entry: Json) -> str:
    return json.dumps(entry, ensure_ascii=False, default=str) + "\n"
