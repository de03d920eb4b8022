"""The stretches of a rollout that gates are asked about: what is noted of them, what today's gates look at. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field

from bot.deploy.model import Deploy
from bot.deploy.strategy import Strategy
from bot.metrics.model import Gate
from bot.values import Value

STEPS = "steps"  # where a row's `measured` keeps its stretches


class Stretch(Value):
    """A part of a rollout: step `step` of its strategy (None: the whole), from when until when, and what told the two
    copies apart in metrics."""

    step: int | None = None
    since: datetime
    until: datetime
    new: dict[str, str] = Field(default_factory=dict)
    old: dict[str, str] = Field(default_factory=dict)


def noted(deploy: Deploy, new: Mapping[str, str], old: Mapping[str, str], at: datetime) -> list[dict[str, Any]]:
    """The stretches for a row's `measured`, with the step in which the deploy is now as it is at `at`."""
    known = [one for one in _stretches(deploy) if one.step != deploy.step or deploy.whole_at]
    if not deploy.whole_at and deploy.step_at:
        known.append(Stretch(step=deploy.step, since=deploy.step_at, until=at, new=dict(new), old=dict(old)))
    return [one.model_dump(mode="json") for one in known]


def questions(
    deploy: Deploy, strategy: Strategy | None, gates: Mapping[str, Gate], watch: timedelta, named: str = ""
) -> list[tuple[Gate, Stretch]]:
    """What is asked about which stretch: what today's `strategy` asks there, or the gate `named` everywhere. The whole
    is looked at for no longer than it was watched, or is today (`watch`)."""
    asked = []
    for stretch in [*_stretches(deploy), *_whole(deploy, watch)]:
        name = named or _asked(stretch, deploy, strategy)
        gate = _fitting(gates[name], stretch) if name in gates else None
        if gate and stretch.since < stretch.until:
            asked.append((gate, stretch))
    return asked


def _stretches(deploy: Deploy) -> list[Stretch]:
    """The steps that were measured; a row from before they were kept has none."""
    return [Stretch.model_validate(one) for one in (deploy.measured or {}).get(STEPS, ())]


def _whole(deploy: Deploy, watch: timedelta) -> list[Stretch]:
    """From when the new version served everywhere; of one that never did and took no steps, from its start."""
    ended = deploy.back_at or deploy.ended_at
    since = deploy.whole_at or (None if _stretches(deploy) else deploy.started_at)
    if since is None or ended is None:
        return []
    watched = timedelta(seconds=deploy.proposed.watch) if deploy.proposed else watch
    return [Stretch(since=since, until=min(ended, since + max(watch, watched)) if deploy.whole_at else ended)]


def _asked(stretch: Stretch, deploy: Deploy, strategy: Strategy | None) -> str:
    """The gate that the strategy asks there; empty where it asks none."""
    if strategy is None:
        return ""
    if stretch.step is None:
        return (strategy.watch or "") if deploy.whole_at else ""
    step = strategy.steps[stretch.step] if stretch.step < len(strategy.steps) else None
    return (step.gate or "") if step else ""


def _fitting(gate: Gate, stretch: Stretch) -> Gate | None:
    """What can be asked there: where no old copy served beside the new one, the limits alone."""
    if stretch.old or not gate.compare:
        return gate
    limits = [limit for limit in gate.limits if not limit.warning]
    return gate.model_copy(update={"compare": ()}) if limits else None
