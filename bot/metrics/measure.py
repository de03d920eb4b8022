"""Measures what a gate looks at: the one place that asks the metrics backend for it."""

import asyncio
import html
import json
import re
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime, timedelta
from string import Template
from typing import Any, NamedTuple, TypeAlias

from bot.errors import Refusal, Unavailable
from bot.metrics.model import Evidence, Gate, Metrics, Observed, Points
from bot.ports import MetricsBackend
from bot.telemetry import METRICS_QUERIES

SHOWN = ("requests", "errors", "p50", "p95", "p99")  # for people, also where the gate does not ask for them
MOST_POINTS = 1_000  # of one query; Prometheus refuses more than 11,000
DEADLINE = 30.0  # seconds for one query, whatever the backend's own is
LATELY = 60.0  # seconds that "now" is on a card

Window: TypeAlias = tuple[datetime, datetime]
Side: TypeAlias = tuple[Mapping[str, str], Window]  # which copy, and when


class _Question(NamedTuple):
    query: str
    start: datetime
    end: datetime


class Measure:
    """Asks for all that a gate needs at once: at most three queries for each signal, and none of them twice."""

    def __init__(self, backend: MetricsBackend | None, metrics: Metrics, deadline: float = DEADLINE) -> None:
        self._backend, self._metrics, self._deadline = backend, metrics, deadline
        self._turn: AbstractAsyncContextManager[object] = nullcontext()

    def sparingly(self, at_once: int) -> "Measure":
        """The same for what can wait: it never has more than so many queries under way."""
        patient = Measure(self._backend, self._metrics, self._deadline)
        patient._turn = asyncio.Semaphore(at_once)
        return patient

    async def gather(
        self,
        gate: Gate,
        labels: Mapping[str, str],
        new: Mapping[str, str],
        old: Mapping[str, str],
        since: datetime,
        at: datetime,
        before: Window | None,
    ) -> Evidence:
        """All that `gate` looks at, between `since` and `at` (aware): of the new copy, of the old one at the same time,
        and of both together in `before`, the window before the deploy.

        `labels` say which metrics are the place's; `new` and `old` tell its copies apart (label name -> anchored RE2
        expression). An empty `new` is the whole place; with an empty `old` there is no old copy. What can't be measured
        has an `error`; nothing is raised. `errors` is 1 where something that the gate decides by has one, else 0.
        """
        windows: dict[str, Side] = {"new": (new, (since, at))}
        windows |= {"old": (old, (since, at))} if old else {}
        windows |= {"before": ({}, before)} if before else {}
        names = dict.fromkeys([*needed(gate), *(name for name in SHOWN if name in self._metrics.signals)])
        asked = {name: self._questions(name, labels, windows) for name in names}
        every = list({one: None for given in asked.values() if isinstance(given, dict) for one in given.values()})
        answers = dict(zip(every, await asyncio.gather(*map(self._answer, every)), strict=True))
        signals = {name: _observed(given, answers) for name, given in asked.items()}
        requests = signals[gate.requests]
        return Evidence(
            at=at,
            since=since,
            resolution=self._step.total_seconds(),
            signals=signals,
            new_requests=None if requests.error else self._counted(requests.new),
            old_requests=None if requests.error or not old else self._counted(requests.old),
            errors=int(any(signals[name].error for name in needed(gate))),
        )

    @property
    def _step(self) -> timedelta:
        return self._metrics.resolution

    def _counted(self, points: Points) -> float:
        return sum(value for _, value in points if value is not None) * self._step.total_seconds()

    def _questions(
        self, name: str, labels: Mapping[str, str], windows: Mapping[str, Side]
    ) -> dict[str, _Question] | str:
        """What to ask of one signal, by side; or why it can't be asked."""
        if self._backend is None:
            return "no metrics backend is configured"
        if name not in self._metrics.signals:
            return f"there is no signal {name} in metrics.signals"
        if not labels:
            return "no labels say which metrics are this place's"
        try:
            return {
                side: self._question(name, selector(labels, copy), window) for side, (copy, window) in windows.items()
            }
        except ValueError as error:
            return str(error)

    def _question(self, name: str, matchers: str, window: Window) -> _Question:
        query = Template(self._metrics.signals[name].query).substitute(selector=matchers, window=_spelled(self._step))
        start, end = window
        # A sample stands for the time before it: the first one that lies wholly in the window ends a step later.
        return _Question(query, max(start + self._step, end - MOST_POINTS * self._step), end)

    async def _answer(self, question: _Question) -> Points | str:
        """The points, or why there are none."""
        assert self._backend, "looked at before"
        if question.start > question.end:
            return ()
        try:
            async with self._turn, asyncio.timeout(self._deadline):
                series = await self._backend.range(*question, self._step.total_seconds())
        except TimeoutError:
            METRICS_QUERIES.labels("unavailable").inc()
            return f"the metrics backend did not answer within {self._deadline:g} s"
        except Unavailable as away:
            METRICS_QUERIES.labels("unavailable").inc()
            return str(away)
        except Refusal as refusal:
            METRICS_QUERIES.labels("refused").inc()
            return html.unescape(refusal.text)  # what is shown of it is escaped there
        METRICS_QUERIES.labels("answered").inc()
        if len(series) > 1:
            return f"the query gives {len(series)} series instead of one; wrap it in sum(…)"
        return series[0].points if series else ()


def needed(gate: Gate) -> list[str]:
    """The signals that the gate decides by."""
    named = [*(limit.signal for limit in gate.limits), *(versus.signal for versus in gate.compare), gate.requests]
    return list(dict.fromkeys(named))


def selector(labels: Mapping[str, str], copy: Mapping[str, str]) -> str:
    """The matchers that stand for $selector: `labels` exactly, `copy` as anchored RE2 expressions. Raises ValueError
    for a name that no label can have."""
    exact = [_matcher(name, "=", value) for name, value in labels.items()]
    return ",".join([*exact, *(_matcher(name, "=~", value) for name, value in copy.items())])


def beside(evidence: Evidence, lately: float = LATELY) -> dict[str, Any]:
    """The new copy's numbers and the old one's, for a card: {"new": {signal: value}, "old": {signal: value}}.

    A number is the mean of the last `lately` seconds, or of the newest sample where that is longer; None where there
    was no data. Where there is no old copy, "old" is the whole as it was before the deploy.
    """
    signals = evidence.signals
    together = any(one.old for one in signals.values())
    since = evidence.at.timestamp() - max(lately, 2 * evidence.resolution)
    return {
        "new": {name: _mean(one.new, since) for name, one in signals.items()},
        "old": {name: _mean(one.old, since) if together else _mean(one.before, 0.0) for name, one in signals.items()},
    }


def _observed(asked: dict[str, _Question] | str, answers: Mapping[_Question, Points | str]) -> Observed:
    if isinstance(asked, str):
        return Observed(error=asked)
    points: dict[str, Points] = {}
    for side, question in asked.items():
        answer = answers[question]
        if isinstance(answer, str):
            return Observed(error=answer)
        points[side] = answer
    return Observed(**points)


def _matcher(name: str, operator: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} can't be the name of a label")
    return f"{name}{operator}{json.dumps(value, ensure_ascii=False)}"  # PromQL reads JSON's escapes


def _spelled(length: timedelta) -> str:
    milliseconds = length // timedelta(milliseconds=1)
    return f"{milliseconds}ms" if milliseconds % 1000 else f"{milliseconds // 1000}s"


def _mean(points: Points, since: float) -> float | None:
    values = [value for at, value in points if at > since and value is not None]
    return sum(values) / len(values) if values else None
