"""Freezes and maintenance windows as config says them."""

from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from bot.durations import Duration
from bot.moments import Weekly, wall, zone_of
from bot.people.model import Names

WEEK = timedelta(days=7)


def _moment(text: str) -> str:
    wall(text)
    return text


def _zone(name: str) -> str:
    zone_of(name)
    return name


Moment = Annotated[str, AfterValidator(_moment)]
Zone = Annotated[str, AfterValidator(_zone)]


class Section(BaseModel):
    """A part of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Period(Section):
    """A stretch of time that comes again every week, or once: from a moment to a moment, by the clock on the wall.

    A moment is "fri 16:00" (every week) or "2026-12-20 00:00" (once), in `zone`.
    """

    name: str = Field(min_length=1, max_length=80, description="What people read.")
    start: Moment = Field(alias="from", description='"fri 16:00" or "2026-12-20 00:00".')
    until: Moment | None = Field(None, description="The same form as `from`. Give this or `for`.")
    lasting: Duration | None = Field(None, alias="for", description="How long, by the clock. Give this or `until`.")
    zone: Zone | None = Field(None, description="An IANA time zone; else calendar.zone.")
    services: Names = Field("all", description='"all", or names from services.yml.')
    environments: Names = Field("all", description='"all", or names of environments.')

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if (self.until is None) == (self.lasting is None):
            raise ValueError("needs exactly one of until and for")
        begins, ends = wall(self.start), None if self.until is None else wall(self.until)
        if ends is not None and isinstance(begins, Weekly) != isinstance(ends, Weekly):
            raise ValueError("from and until must both be weekly (fri 16:00) or both have a date")
        if isinstance(begins, Weekly) and (begins == ends or (self.lasting or timedelta()) >= WEEK):
            raise ValueError("what comes every week must be shorter than a week")
        if isinstance(begins, datetime) and isinstance(ends, datetime) and ends <= begins:
            raise ValueError("until must be later than from")
        return self


class Calendar(Section):
    """When changes are kept out, and when they are let in."""

    zone: Zone = Field("UTC", description="The time zone of everything here that names none.")
    freezes: tuple[Period, ...] = Field((), description="Nothing is changed meanwhile.")
    windows: tuple[Period, ...] = Field((), description="Maintenance windows, for --in-window and only_in_windows.")
