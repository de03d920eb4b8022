"""`python -m tests.durable.worker <url> <folder> <who> <starts as JSON> <sweep>`: a replica that a test can kill."""

import asyncio
import json
import sys
from pathlib import Path

from tests.durable.scene import work

if __name__ == "__main__":
    url, folder, who, starts, sweep = sys.argv[1:]
    asyncio.run(work(url, Path(folder), who, json.loads(starts), float(sweep)))
