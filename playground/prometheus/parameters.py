"""What is asked for: the parameters of a request, from its address and its form."""

import math
import re
import time
from datetime import datetime

from aiohttp import web

from playground.prometheus.promql.lexer import milliseconds

MOST_POINTS = 11_000
_DURATION = re.compile(r"(?:\d+(?:ms|[smhdwy]))+", re.ASCII)


class BadData(Exception):
    """400, bad_data; the text is Prometheus' own."""


class Parameters:
    """The parameters; a form's come before the address'. Times are milliseconds since 1970."""

    def __init__(self, given: dict[str, list[str]]) -> None:
        self._given = given

    @classmethod
    async def of(cls, request: web.Request) -> "Parameters":
        given: dict[str, list[str]] = {}
        form = await request.post() if request.method == "POST" else {}
        for name, value in [*((name, value) for name, value in form.items()), *request.query.items()]:
            if isinstance(value, str):
                given.setdefault(name, []).append(value)
        return cls(given)

    def text(self, name: str) -> str:
        return self._given.get(name, [""])[0]

    def texts(self, name: str) -> list[str]:
        return self._given.get(name, [])

    def moment(self, name: str) -> int:
        """A time, as a number of seconds or RFC 3339."""
        text = self.text(name)
        seconds = _seconds(text)
        if seconds is None or not math.isfinite(seconds):
            raise BadData(f'invalid parameter "{name}": cannot parse "{text}" to a valid timestamp')
        return round(seconds * 1000)

    def moment_or_now(self, name: str) -> int:
        if not self.text(name):
            return round(time.time() * 1000)
        try:
            return self.moment(name)
        except BadData:
            text = f'cannot parse "{self.text(name)}" to a valid timestamp'
            raise BadData(f"invalid parameter \"{name}\": Invalid time value for '{name}': {text}") from None

    def length(self, name: str) -> int:
        """A length of time, as a number of seconds or with units."""
        text = self.text(name)
        if _DURATION.fullmatch(text):
            return milliseconds(text)
        try:
            return round(float(text) * 1000)
        except (ValueError, OverflowError):
            raise BadData(f'invalid parameter "{name}": cannot parse "{text}" to a valid duration') from None

    def span(self) -> tuple[int, int, int]:
        """start, end and step of a range query."""
        start, end = self.moment("start"), self.moment("end")
        if end < start:
            raise BadData('invalid parameter "end": end timestamp must not be before start time')
        step = self.length("step")
        if step <= 0:
            text = "zero or negative query resolution step widths are not accepted. Try a positive integer"
            raise BadData(f'invalid parameter "step": {text}')
        if (end - start) // step > MOST_POINTS:
            text = "exceeded maximum resolution of 11,000 points per timeseries."
            raise BadData(f"{text} Try decreasing the query resolution (?step=XX)")
        return start, end, step


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.timestamp() if at.tzinfo else None
