"""What deploys are made under: what config says, and what the engine was connected to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.catalogue import Catalogue, Environment
from bot.deploy.model import Deploy
from bot.deploy.strategy import Step, Strategy
from bot.lock.calendar import Calendar
from bot.lock.rules import open_window
from bot.metrics.measure import Measure
from bot.metrics.model import Gate, Signal
from bot.ports import DeployTarget, Registry, SourceHistory
from bot.values import Fence, Place, StrategyKind


@dataclass(frozen=True, slots=True)
class Pace:
    """How a rollout is watched; all in seconds. `settle`: how long a finished one must stay finished; `timeout`: when
    an unfinished one has failed; `patience`: how long a target may be out of reach before that is a failure."""

    poll: float = 1.0
    settle: float = 5.0
    timeout: float = 900.0
    patience: float = 600.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What config says about deploys."""

    catalogue: Catalogue
    strategies: Mapping[str, Strategy]
    gates: Mapping[str, Gate]
    signals: Mapping[str, Signal]
    calendar: Calendar
    expires_after: timedelta
    watch: timedelta
    watch_major: timedelta
    waits_at_most: timedelta
    review_after: timedelta
    resolution: timedelta
    pace: Pace = field(default_factory=Pace)

    def gone(self, deploy: Deploy) -> str:
        """What config does not know any more of what was asked for; empty where it knows all."""
        service = self.catalogue.services.get(deploy.service)
        if service is None or deploy.environment not in service.environments:
            return f"{deploy.place} is not in services.yml any more"
        return "" if deploy.strategy in self.strategies else f"there is no strategy {deploy.strategy} any more"

    def patience(self, place: Place) -> timedelta:
        """How long a yes is waited for."""
        return self.environment(place).expires_after or self.expires_after

    def environment(self, place: Place) -> Environment:
        """The place's own settings."""
        return self.catalogue.services[place.service].environments[place.environment]

    def strategy(self, deploy: Deploy) -> Strategy:
        """The deploy's strategy, with the steps that it can't do without: a new colour first stands beside the old."""
        strategy = self.strategies[deploy.strategy]
        if strategy.kind == StrategyKind.BLUE_GREEN and not strategy.steps:
            return strategy.model_copy(update={"steps": (Step(weight=0),)})
        return strategy

    def due(self, deploy: Deploy, now: datetime) -> bool:
        """Whether its time has come: the moment it was asked for, or a maintenance window."""
        if deploy.not_before and now < deploy.not_before:
            return False
        return not deploy.in_window or open_window(self.calendar, deploy.place, now) is not None

    def watched(self, deploy: Deploy) -> timedelta:
        """How long the new version is watched before it is known good."""
        own = self.environment(deploy.place).watch
        usual = self.watch if own is None else own
        return max(self.watch_major, usual) if deploy.major else usual


@dataclass(frozen=True, slots=True)
class Outside:
    """What the engine is connected to. `sources` are by service."""

    targets: Mapping[Place, DeployTarget]
    measure: Measure
    registry: Registry | None = None
    sources: Mapping[str, SourceHistory] = field(default_factory=dict)


def fence(deploy: Deploy, epoch: int) -> Fence:
    """Under which name a deploy may change its place; the number alone would come again if the database were lost."""
    return Fence(deploy=f"{deploy.id}-{deploy.requested_at:%Y%m%d%H%M%S}", epoch=epoch)
