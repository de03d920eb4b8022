"""Freezes and maintenance windows as config says them."""

from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from bot.durations import Duration
from bot.people.model import Names


class Section(BaseModel):
    """A part of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Period(Section):
    """A stretch of time that comes again every week, or once: from a moment to a moment, by the clock on the wall.

    A moment is "fri 16:00" (every week) or "2026-12-20 00:00" (once), in `zone`.
    """

    name: str = Field(max_length=80, description="What people read.")
    start: str = Field(alias="from", description='"fri 16:00" or "2026-12-20 00:00".')
    until: str | None = Field(None, description="The same form as `from`. Give this or `for`.")
    lasting: Duration | None = Field(None, alias="for", description="How long, by the clock. Give this or `until`.")
    zone: str | None = Field(None, description="An IANA time zone; else calendar.zone.")
    services: Names = "all"
    environments: Names = "all"

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if (self.until is None) == (self.lasting is None):
            raise ValueError("needs exactly one of until and for")
        return self


class Calendar(Section):
    """When changes are kept out, and when they are let in."""

    zone: str = Field("UTC", description="The time zone of everything here that names none.")
    freezes: tuple[Period, ...] = Field((), description="Nothing is changed meanwhile.")
    windows: tuple[Period, ...] = Field((), description="Maintenance windows, for --in-window and only_in_windows.")

    @field_validator("zone")
    @classmethod
    def _known(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError("is no IANA time zone") from error
        return zone
