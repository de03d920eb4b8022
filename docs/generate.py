"""Makes docs/commands.md, docs/gallery.md and config/schema.json; `--check` fails when one of them is stale."""

import json
import sys
from pathlib import Path
from urllib.parse import quote

from bot.discovery import commands, usage
from bot.settings import schema_text
from docs.samples import MESSAGES, VIEWS

ROOT = Path(__file__).parent.parent
BUILDER = "https://app.slack.com/block-kit-builder#"


def command_reference() -> str:
    """Everything that can be typed."""
    lines = ["# Commands", "", "Made from the commands' own docstrings by `make docs`.", ""]
    for module in commands():
        for typed, said in usage(module):
            lines.append(f"- `{typed}` — {said}")
    return "\n".join(lines) + "\n"


def gallery() -> str:
    """Every message and form, as text and as a link to Block Kit Builder."""
    lines = ["# Messages", "", "What people see, made from the views by `make docs`.", ""]
    for name, make in MESSAGES.items():
        message = make()
        link = BUILDER + quote(json.dumps({"blocks": message.blocks}, separators=(",", ":")))
        lines += [f"## {name}", "", "```text", message.text, "```", "", f"[Look at it]({link})", ""]
    for name, view in VIEWS.items():
        link = BUILDER + quote(json.dumps(view(), separators=(",", ":")))
        lines += [f"## {name}", "", f"[Look at it]({link})", ""]
    return "\n".join(lines)


def main() -> int:
    """Write the pages, or say which are stale."""
    pages = {
        "docs/commands.md": command_reference(),
        "docs/gallery.md": gallery(),
        "config/schema.json": schema_text(),
    }
    stale = [name for name, text in pages.items() if not (ROOT / name).exists() or (ROOT / name).read_text() != text]
    if "--check" in sys.argv:
        for name in stale:
            print(f"{name} is stale: run `make docs`")
        return 1 if stale else 0
    for name in stale:
        (ROOT / name).write_text(pages[name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
