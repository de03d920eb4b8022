"""What one verdict costs."""

from datetime import timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.canaries import RESOLUTION, SINCE, World, samples
from benchmarks.figures import Figure
from bot.metrics.model import Gate, Signal
from bot.metrics.rules import judge

SIGNALS, SAMPLES, VERDICTS = 5, 60, 200


async def measure(folder: Path) -> dict[str, Figure]:
    """A gate of five comparisons, asked again and again; `folder` is not needed."""
    one = samples(World(), 1)
    names = [f"latency{number}" for number in range(SIGNALS)]
    evidence = one.model_copy(
        update={
            "at": SINCE + timedelta(seconds=RESOLUTION * SAMPLES),
            "signals": dict.fromkeys(names, one.signals["latency"]) | {"requests": one.signals["requests"]},
        }
    )
    gate = Gate.model_validate({"compare": [{"signal": name} for name in names]})
    signals = {name: Signal(query="latency") for name in names}
    took = []
    for _ in range(VERDICTS):
        start = perf_counter()
        judge(gate, signals, evidence)
        took.append((perf_counter() - start) * 1e6)
    return {
        "judge_us_per_verdict": Figure(
            value=round(median(took)),
            unit="µs",
            compared_with=f"below 5,000 µs; the slowest: {max(took):,.0f} µs",
            how=f"{SIGNALS} signals compared, {SAMPLES} samples of each version; median of {VERDICTS} verdicts",
        )
    }
