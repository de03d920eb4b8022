"""`python -m benchmarks [canaries judge …]`: measure all, or only what is named (see MEASURES), and write it down."""

import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks import asking, figures, judge, playground_judged, returning, starting, waiting

MEASURES = {
    "asking": asking.measure,
    "starting": starting.measure,
    "waiting": waiting.measure,
    "judge": judge.measure,
    "canaries": playground_judged.measure,
    "returning": returning.measure,
}


async def main(names: list[str]) -> None:
    """Figures that are not measured anew stay as they are."""
    found = figures.read()
    for name in names or MEASURES:
        with tempfile.TemporaryDirectory(prefix="quarterdeck-bench-") as folder:
            measured = await MEASURES[name](Path(folder))
        found |= measured
        for what, figure in measured.items():
            print(f"{what}: {figure.value:g} {figure.unit} ({figure.compared_with})", flush=True)
    figures.write(found)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
