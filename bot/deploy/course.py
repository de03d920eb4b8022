"""The way to the whole: a strategy in words, the steps with the one where it stands, what comes next. Pure."""

from bot.blocks import code, when
from bot.deploy.model import Deploy, State
from bot.deploy.strategy import Step, Strategy
from bot.deploy.words import WHOLE, after_step, share, spoken, step_of, steps_of, who
from bot.metrics.views import short
from bot.values import Progress, StrategyKind

HOW = {
    StrategyKind.ROLLING: "one after the other; an old one leaves when a new one serves",
    StrategyKind.RECREATE: "all at once; the old ones stop before the new ones start, so for a moment none serves",
    StrategyKind.CANARY: "step by step; a copy of the new version gets a share of the traffic first",
    StrategyKind.BLUE_GREEN: "at once; a whole copy of the new version is made ready beside the old one first",
}
CLOSE = 0.5  # per cent of traffic; a smaller difference is rounding


def course(strategy: Strategy, watch: float) -> str:
    """The strategy in words (mrkdwn), with the time that it takes at least. `watch` is the watch window in seconds."""
    lines = [f"{_large(HOW[strategy.kind])}."]
    if strategy.steps:
        lines.append(f"{_large('; then '.join(map(_stays, strategy.steps)))}; then the {WHOLE}.")
    if strategy.warm:
        lines.append(f"The old copy is kept for {spoken(strategy.warm.total_seconds())}, to go back to at once.")
    if watch:
        gate = f" by the gate {code(strategy.watch)}" if strategy.watch else ""
        lines.append(f"Then it is watched{gate} for {spoken(watch)} before it is known good.")
    if pauses := sum(step.pause.total_seconds() for step in strategy.steps):
        lines.append(f"That is at least {spoken(pauses + watch)} in all.")
    return " ".join(lines)


def _large(text: str) -> str:
    return text[:1].upper() + text[1:]


def _stays(step: Step) -> str:
    """One step: "5 % for 2 min, gate `standard`, until somebody promotes it"."""
    parts = [f"{share(step.weight)} for {spoken(step.pause.total_seconds())}" if step.pause else share(step.weight)]
    parts += [f"gate {code(step.gate)}"] if step.gate else []
    parts += ["until somebody promotes it"] if step.manual else []
    return ", ".join(parts)


def steps_line(deploy: Deploy) -> str:
    """The steps (mrkdwn), with the one where it stands in words too: "5 % ✓ · *now 25 %* · 50 % · whole"."""
    steps = steps_of(deploy)
    if not steps:
        return ""
    here = "now" if deploy.state in (State.RUNNING, State.WATCHING) else "stopped at"
    names = [*map(share, (step.weight for step in steps)), WHOLE]
    shown = [f"{name} ✓" for name in names[: deploy.step]]
    shown += [f"*{here} {name}*" for name in names[deploy.step : deploy.step + 1]] + names[deploy.step + 1 :]
    return f"*Steps:* {' · '.join(shown)}"


def traffic(deploy: Deploy, seen: Progress) -> str:
    """How much of the traffic it was meant to have, and really has."""
    step = step_of(deploy)
    asked = float(step.weight if step else 100)
    if not asked and not seen.weight:
        return "*Traffic:* none yet, as asked"
    if seen.weight is None:
        return f"*Traffic:* {asked:.0f} % asked; the target can't tell how much it really is"
    if abs(seen.weight - asked) < CLOSE:
        return f"*Traffic:* {asked:.0f} %, as asked"
    copies = f": {seen.new} new, {seen.old} old replicas" if seen.new and seen.old else ""
    return f"*Traffic:* {asked:.0f} % asked, really {seen.weight:.0f} %{copies}"


def had(deploy: Deploy) -> str:
    """What the new version really gets at its step (mrkdwn): "25 % of the traffic (5 % asked)"."""
    step, seen = step_of(deploy), deploy.looked_at
    asked = float(step.weight if step else 100)
    really = seen.weight if seen and seen.weight is not None else asked
    if not really:
        return "no traffic yet"
    wanted = "" if abs(really - asked) < CLOSE else f" ({asked:.0f} % asked)"
    return f"{really:.0f} % of the traffic{wanted}"


def gate_line(deploy: Deploy, gate: str | None) -> str:
    """What the gate has said last, and what it still needs."""
    return f"*Gate* {code(gate)}: {short(deploy.judged)}" if gate and deploy.judged else ""


def next_line(deploy: Deploy) -> str:
    """Since when it stands at this step, and what must happen for the next one (mrkdwn)."""
    step, then = step_of(deploy), after_step(deploy)
    if step is None:
        return ""
    since = f" since {when(deploy.step_at, '{time}')}" if deploy.step_at else ""
    here = f"At this step{since}."
    if deploy.paused_by:
        return f"*Paused* by {who(deploy.paused_by)}; it stays here until somebody resumes or promotes it. {here}"
    if deploy.promoted >= deploy.step:
        return f"{here} Promoted: {then} comes now."
    until = f", {_soonest(deploy, step)}" if step.pause and deploy.step_at else ""
    if step.gate and step.manual:
        return f"{here} Next is {then}{until}, when the gate passes and somebody promotes it."
    if step.gate:
        return f"{here} Next is {then}{until}, when the gate passes."
    if step.manual:
        return f"{here} Next is {then}{until}, when *somebody promotes it*."
    return f"{here} Next is {then}{until}."


def _soonest(deploy: Deploy, step: Step) -> str:
    assert deploy.step_at is not None
    return f"at {when(deploy.step_at + step.pause, '{time}')} at the earliest"
