"""What is measured, what decides about it, and what was decided."""

from datetime import datetime, timedelta
from enum import StrEnum
from string import Template
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.catalogue import Name
from bot.durations import Duration
from bot.values import Value


class Section(BaseModel):
    """A part of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Worse(StrEnum):
    """Which way a signal gets worse."""

    HIGHER = "higher"
    LOWER = "lower"
    EITHER = "either"


class Unit(StrEnum):
    """What a signal is counted in. RATIO is a share of requests, from 0 to 1; any other share is a COUNT."""

    RATIO = "ratio"
    SECONDS = "seconds"
    PER_SECOND = "per_second"
    COUNT = "count"


def _template(text: str) -> str:
    if unknown := set(Template(text).get_identifiers()) - {"selector", "window"}:
        raise ValueError(f"knows $selector and $window, not ${', $'.join(sorted(unknown))}")
    if not Template(text).is_valid():
        raise ValueError("has a $ that names nothing; write $$ for a dollar")
    return text


class Signal(Section):
    """One thing that is measured of every service, as a template over its labels."""

    query: Annotated[str, AfterValidator(_template)] = Field(
        description="PromQL; $selector stands for the service's label matchers, $window for the length of a sample."
    )
    unit: Unit = Field(Unit.COUNT, description="ratio (a share of requests), seconds, per_second or count.")
    worse: Worse = Field(Worse.HIGHER, description="Which way it gets worse: higher, lower or either.")


class Limit(Section):
    """A threshold that must not be crossed for longer than `for`. Give `above`, `below` or `times_baseline`."""

    signal: Name = Field(description="A name from `metrics.signals`.")
    above: float | None = Field(None, description="Bad while the signal is above this, in its own unit.")
    below: float | None = Field(None, description="Bad while the signal is below this, in its own unit.")
    times_baseline: float | None = Field(
        None, gt=1, description="Bad while the signal is above so many times its baseline."
    )
    lasting: Duration = Field(timedelta(minutes=2), alias="for", description="How long it must be bad without a break.")
    warning: bool = Field(False, description="Only say so; do not fail the gate.")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(given is not None for given in (self.above, self.below, self.times_baseline)) != 1:
            raise ValueError("needs exactly one of above, below and times_baseline")
        return self


class Versus(Section):
    """A comparison of the new version with the old one, sample by sample, at the same time."""

    signal: Name = Field(description="A name from `metrics.signals`.")
    tolerance: float = Field(0.25, ge=0, description="How much worse, as a share of the old one's, is still as good.")
    floor: float = Field(0.0, ge=0, description="A difference smaller than this, in the signal's own unit, is none.")
    confidence: float = Field(0.98, gt=0.5, lt=1, description="How sure a verdict must be.")


class Gate(Section):
    """What decides whether a rollout may go on: limits that always hold, and comparisons with the old version."""

    limits: tuple[Limit, ...] = Field((), description="Thresholds that always hold.")
    compare: tuple[Versus, ...] = Field((), description="Comparisons with the old version beside it.")
    requests: Name = Field("requests", description="The signal that counts requests per second.")
    min_requests: int = Field(100, ge=0, description="So many requests the new version must have had.")
    min_samples: int = Field(10, ge=10, description="So many samples of each side; fewer than 10 can't tell anything.")
    most_errors: int = Field(4, ge=0, description="So many failed measurements in a row are put up with.")
    timeout: Duration = Field(
        timedelta(minutes=30), description="A gate that could not be decided by then asks a person."
    )

    @model_validator(mode="after")
    def _can_fail(self) -> Self:
        if not self.compare and all(limit.warning for limit in self.limits):
            raise ValueError("can never fail: give it a limit that is no warning, or a comparison")
        return self


class Metrics(Section):
    """Where and what is measured."""

    backend: dict[str, Any] | None = Field(
        None, description="`type` names the integration (integrations/metrics), the rest are its options."
    )
    resolution: Duration = Field(timedelta(seconds=10), description="The length of one sample.")
    signals: dict[Name, Signal] = Field({}, description="What is measured of every service, by name.")


Points = tuple[tuple[float, float | None], ...]  # (Unix time in seconds, value), oldest first


class Observed(Value):
    """What was measured of one signal: the new copy, the old copy at the same time, and the whole before the deploy.

    `error` says why it could not be measured; then there are no points.
    """

    new: Points = ()
    old: Points = ()
    before: Points = ()
    error: str = ""


class Evidence(Value):
    """All that a gate looks at. `since` is when this weight began; `resolution` is seconds per sample; requests are
    counts since `since`; `errors` is how many measurements in a row failed, this one included.

    A point stands for the `resolution` seconds before its time. Points of new and old that are not between `since`
    and `at` are not looked at."""

    at: datetime
    since: datetime
    resolution: float = Field(gt=0, allow_inf_nan=False)
    signals: dict[str, Observed]
    new_requests: float | None = None
    old_requests: float | None = None
    errors: int = 0


class Outcome(StrEnum):
    """What a gate says. ERROR: it could not be measured, too often in a row."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    ERROR = "error"


class Method(StrEnum):
    """How a comparison compares. SHIFT: the values of the samples (Mann-Whitney). COUNTS: two proportions of requests.
    OFTEN: the share of samples above the floor, for a signal that is mostly 0."""

    SHIFT = "shift"
    COUNTS = "counts"
    OFTEN = "often"


class Finding(Value):
    """What one limit or comparison found, or whether there were enough requests.

    `new`, `old` and `limit` are in the signal's own unit (with OFTEN: shares of samples). `change`, `low` and `high`
    are the difference of new and old and the ends of its interval, as shares of the old one (0.5: half again as much;
    None where the old one is 0); `least` and `most` are the same ends in the unit of `new`. `confidence` holds for all
    looks of a gate together. `power` is the probability that a change of `sought` (in the unit of `new`) had been
    found. `missing_*` say what an inconclusive one still needs. A limit: bad since `since`, for `lasting` seconds.
    A `warning` that is crossed says FAIL and decides nothing; `already` was as bad before the deploy.
    """

    signal: str
    kind: Literal["limit", "compare", "requests"]
    outcome: Outcome
    unit: Unit = Unit.COUNT
    method: Method | None = None
    new: float | None = None
    old: float | None = None
    limit: float | None = None
    times: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    least: float | None = None
    most: float | None = None
    confidence: float | None = None
    power: float | None = None
    sought: float | None = None
    new_samples: int = 0
    old_samples: int = 0
    missing_samples: int = 0
    missing_requests: int = 0
    since: datetime | None = None
    lasting: float | None = None
    warning: bool = False
    already: bool = False
    error: str = ""


class Verdict(Value):
    """What a gate decided, and why. `seconds` is how long an inconclusive one still needs at the present traffic
    (None: nobody can tell)."""

    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    at: datetime
    seconds: float | None = None
