"""`make bench`: what Quarterdeck costs, measured on the playground beside what it stands on, in one run.

Each module measures one thing: `async def measure(folder) -> dict[str, Figure]`. Nothing here asserts; the figures are
written to docs/benchmarks.json and docs/benchmarks.md, and people judge.
"""
