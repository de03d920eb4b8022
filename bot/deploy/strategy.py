"""Strategies as data: how a new version takes the old one's place, step by step."""

from datetime import timedelta
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.catalogue import Name
from bot.durations import Span
from bot.values import StrategyKind


class Step(BaseModel):
    """One step: give the new version so much traffic, let it be for a while, then ask the gate and perhaps a person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weight: int = Field(ge=0, le=99, description="Per cent of traffic for the new version; 0: beside, unused.")
    pause: Span = Field(timedelta(0), description="How long at least this step lasts.")
    gate: Name | None = Field(None, description="A name from `gates` that must pass before the next step.")
    manual: bool = Field(False, description="Wait for a person to promote, whatever the gate says.")


class Strategy(BaseModel):
    """A strategy under its name. Canary and blue-green have steps; after the last one the new version is the whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: StrategyKind = Field(description="rolling, recreate, canary or blue_green.")
    steps: tuple[Step, ...] = Field((), description="Before the whole; for canary and blue_green.")
    warm: Span = Field(timedelta(0), description="How long the old copy is kept after the switch, to go back to.")
    watch: Name | None = Field(None, description="A name from `gates` that holds during the watch window.")

    @property
    def gates(self) -> list[str]:
        """The names of the gates that it asks."""
        named = [step.gate for step in self.steps] + [self.watch]
        return sorted({name for name in named if name})

    @model_validator(mode="after")
    def _fits(self) -> Self:
        weights = [step.weight for step in self.steps]
        if self.kind in (StrategyKind.ROLLING, StrategyKind.RECREATE) and self.steps:
            raise ValueError(f"{self.kind} has no steps: there is no copy beside the old one")
        if self.kind == StrategyKind.CANARY and not self.steps:
            raise ValueError("canary needs steps")
        if self.kind == StrategyKind.BLUE_GREEN and any(weights):
            raise ValueError("blue_green knows the weights 0 and the whole, nothing between")
        if weights != sorted(weights):
            raise ValueError("weights only grow from step to step")
        return self
