"""Acknowledgements and processor time with 50 requests in flight, beside the bare Bolt app, turn about.

Both apps are up all the time, as processes of their own, and only one of them has requests at a time.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles

from benchmarks import apps
from benchmarks.crowd import Crowd
from benchmarks.figures import Figure
from benchmarks.process import App
from playground.harness import Playground

IN_FLIGHT = 50
ROUNDS, REQUESTS = 7, 1_000  # an app has one turn in a round, of so many requests
ROUNDS_ALONE, REQUESTS_ALONE = 3, 200  # where one request comes at a time: a bare app takes 10 ms to look for its ack


class Turns:
    """What an app showed in its turns: processor seconds per request of each, and seconds to every ack."""

    def __init__(self, app: App, text: str) -> None:
        self.app, self.text = app, text
        self.cpu: list[float] = []
        self.acks: list[float] = []

    async def take(self, crowd: Crowd, requests: int) -> None:
        """One more turn."""
        before = self.app.cpu()
        self.acks += await crowd.ask(self.app.url + apps.EVENTS, self.text, requests)
        self.cpu.append((self.app.cpu() - before) / requests)

    @property
    def milliseconds(self) -> float:
        """Of processor time per request."""
        return median(self.cpu) * 1000

    @property
    def p99(self) -> float:
        """Milliseconds within which 99 of 100 were acknowledged."""
        return quantiles(self.acks, n=100)[98] * 1000

    def times(self, other: "Turns") -> float:
        """How many times the other's processor time: the median of the rounds' ratios."""
        return median(mine / its for mine, its in zip(self.cpu, other.cpu, strict=True))


async def measure(folder: Path) -> dict[str, Figure]:
    """`/deploy help` to ours, any `/deploy` to the bare app: each is one message to the response_url."""
    async with (
        Playground(folder) as playground,
        apps.bot_over_http(playground, folder / "bot.log") as bot,
        apps.echo_over_http(playground, folder / "echo.log") as echo,
    ):
        await _rounds(bot, echo, IN_FLIGHT, 1, IN_FLIGHT)  # whatever is loaded or asked at the first request
        ours, theirs = await _rounds(bot, echo, IN_FLIGHT, ROUNDS, REQUESTS)
        alone = await _rounds(bot, echo, 1, ROUNDS_ALONE, REQUESTS_ALONE)
    return {"cpu_ratio_vs_bare_bolt": _ratio(ours, theirs, alone), "ack_p99_ms_50_in_flight": _acks(ours, theirs)}


async def _rounds(bot: App, echo: App, in_flight: int, rounds: int, requests: int) -> tuple[Turns, Turns]:
    ours, theirs = Turns(bot, "help"), Turns(echo, "hello")
    async with Crowd(in_flight) as crowd:
        for _ in range(rounds):
            await ours.take(crowd, requests)
            await theirs.take(crowd, requests)
    return ours, theirs


def _ratio(ours: Turns, theirs: Turns, alone: Sequence[Turns]) -> Figure:
    costs = f"{ours.milliseconds:.2f} ms a request against {theirs.milliseconds:.2f} ms"
    return Figure(
        value=round(ours.times(theirs), 2),
        unit="×",
        compared_with=f"at most 1.5: a bare Bolt app with the same listeners that acknowledges and echoes ({costs})",
        how=f"`/deploy help` over signed HTTP, {IN_FLIGHT} in flight, each recorded once and answered; processor time "
        f"of each app's own process; median of {ROUNDS} rounds of {REQUESTS} requests to either. Where they come one "
        f"at a time, so that no two share a transaction: {alone[0].times(alone[1]):.2f} ×",
    )


def _acks(ours: Turns, theirs: Turns) -> Figure:
    return Figure(
        value=round(ours.p99, 1),
        unit="ms",
        compared_with=f"below 100 ms; the bare Bolt app: {theirs.p99:.1f} ms",
        how=f"from sending a signed slash command to its HTTP 200, as the sender sees it, while {IN_FLIGHT} people "
        f"each wait for the answer and type on; p99 of {len(ours.acks)} requests, in the same rounds",
    )
