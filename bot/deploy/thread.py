"""The lines in a deploy's thread until it is everywhere, each said once: queued, begun, judged, steered. Pure."""

from collections.abc import Sequence
from datetime import datetime

from bot.blocks import Block, Message, clip, code, context, escape, mention, message, preformatted, section, when
from bot.deploy.course import had, next_line
from bot.deploy.model import Deploy, State
from bot.deploy.words import (
    after_step,
    old,
    share,
    stands,
    step_of,
    steps_of,
    version,
    what,
    who,
    why,
)
from bot.metrics.model import Outcome, Verdict
from bot.metrics.views import explain
from bot.values import JobLook, Phase

SAYS = {
    Outcome.PASS: "has passed",
    Outcome.FAIL: "has failed",
    Outcome.INCONCLUSIVE: "has not decided",
    Outcome.ERROR: "could not be measured",
}
LINES = 12  # findings of a verdict


# Before it starts


def queued(deploy: Deploy, queue: int, behind: str) -> Message:
    """Something else is first. `behind` is a link to it (mrkdwn), `queue` the position, 1 the next."""
    return message(
        section(f"*Queued behind {behind}*, position {queue}: {what(deploy)} is planned when its turn comes.")
    )


def turn(deploy: Deploy) -> Message:
    """What it waited for is over."""
    return message(section(f"*Your turn*, {mention(deploy.requested_by)}: {what(deploy)} is being planned now."))


def scheduled(deploy: Deploy) -> Message:
    """It starts by itself later."""
    at = f" {when(deploy.not_before)}" if deploy.not_before else " when its window opens"
    return message(section(f"*Scheduled:* {what(deploy)} starts{at}, if nothing has changed until then."))


def not_started(deploy: Deploy) -> Message:
    """Approved, and yet not begun: something has changed since the plan."""
    return message(section(f"*Not started:* {why(deploy)} {mention(deploy.requested_by)}"))


def migration_log(deploy: Deploy, direction: str, seen: JobLook) -> Message:
    """How the migration ended, or with `direction` "down" that of its way back; with its last lines."""
    name = "The migration's way back" if direction == "down" else "The migration"
    outcome = "is done" if seen.phase == Phase.DONE else "has failed"
    text = section(f"*{name} {outcome}:* {escape(clip(seen.text, 600))}")
    return message(text, *([section(preformatted(seen.log))] if any(seen.log) else []))


# On the way


def step_reached(deploy: Deploy) -> Message:
    """A step has begun."""
    step, many = step_of(deploy), len(steps_of(deploy))
    if step is None:
        return message(section(f"*Now the whole:* {version(deploy.version)} takes the place of {old(deploy)}."))
    weight = had(deploy) if step.weight else share(0)
    text = f"*Step {deploy.step + 1} of {many}: {weight}* for {version(deploy.version)}."
    return message(section(f"{text} {next_line(deploy)}"))


def gate_said(deploy: Deploy, verdict: Verdict, reason: str) -> Message:
    """What the gate of this step said in the end, a sentence for each finding; `reason` why the step is over."""
    said = f"{_gate(deploy)} {SAYS[verdict.outcome]}"
    more = "" if verdict.outcome == Outcome.PASS else f": {escape(clip(reason, 300))}"
    return message(section(f"*{said}*{more}"), *findings(explain(verdict)))


def asks(deploy: Deploy, reason: str, verdict: Verdict | None) -> Message:
    """It waits for a person, who is pinged; the buttons are on the card."""
    now = "call it good, or roll back" if deploy.state == State.WATCHING else "promote it, or abort"
    first = f"*Waits for you*, {mention(deploy.requested_by)}: {escape(clip(reason.rstrip('. '), 300))}."
    text = f"{first} The buttons are on the card: {now}."
    return message(section(text), *(findings(explain(verdict)) if verdict else []))


def paused(deploy: Deploy, reason: str = "") -> Message:
    """It stays at its step; `reason` where nobody asked for that and somebody must decide, so that they are pinged."""
    step = step_of(deploy)
    at = f" at {share(step.weight)}" if step else ""
    ask = f" Promote it, or abort and go back, {mention(deploy.requested_by)}." if reason else ""
    because = f": {escape(clip(reason.rstrip('. '), 600))}." if reason else "."
    return message(section(f"*Paused{at}* by {who(deploy.paused_by)}{because}{ask}"))


def unpaused(deploy: Deploy, by: str) -> Message:
    """It goes on by itself again; `by` is a name."""
    return message(section(f"*Resumed* by {who(by)}. {next_line(deploy)}"))


def promoted(deploy: Deploy, by: str) -> Message:
    """Somebody sent it on to the next step, whatever the gate says; `by` is a name."""
    step = step_of(deploy)
    past = f" past the gate {code(step.gate)}" if step and step.gate else ""
    return message(section(f"*Promoted* to {after_step(deploy)}{past} by {who(by)}."))


def resumed(deploy: Deploy, at: datetime) -> Message:
    """The bot was away."""
    return message(
        context(
            f"Resumed {when(at, '{time_secs}')} after a restart of Quarterdeck: {stands(deploy)}. "
            "Nothing was done twice."
        )
    )


def findings(sentences: Sequence[str]) -> list[Block]:
    """A line each, the first ones; what a limit and a comparison say in the same words is said once."""
    lines = list(dict.fromkeys(f"• {sentence}" for sentence in sentences))
    return [section("\n".join(lines[:LINES]))] if lines else []


def _gate(deploy: Deploy) -> str:
    """The gate that is asked now."""
    step, plan = step_of(deploy), deploy.proposed
    name = step.gate if step else plan.strategy.watch if plan else None
    return f"Gate {code(name)}" if name else "The gate"
