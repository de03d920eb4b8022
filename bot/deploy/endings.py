"""The last lines in a deploy's thread: it serves, is good, must not stay, is back. Pure."""

from collections.abc import Mapping
from datetime import datetime

from bot.blocks import Block, Message, clip, code, escape, mention, message, preformatted, section, when
from bot.deploy.beside import recovery
from bot.deploy.course import had
from bot.deploy.model import Deploy, State
from bot.deploy.steering import ways_back
from bot.deploy.thread import findings
from bot.deploy.words import old, rolled_out_in, spoken, step_of, took, version, what, why
from bot.metrics.model import Evidence, Outcome, Unit, Verdict
from bot.metrics.views import explain, short
from bot.values import Trouble


def served(deploy: Deploy) -> Message:
    """The new version is the whole; it is not known good yet."""
    until = f" until {when(deploy.watch_until, '{time}')}; then it is known good" if deploy.watch_until else ""
    return message(
        section(
            f"*Done:* {version(deploy.version)} runs everywhere; it took {rolled_out_in(deploy)}. It is watched{until}."
        )
    )


def known_good(deploy: Deploy) -> Message:
    """It stood its watch window: it is what one goes back to from now on."""
    return message(section(f"*Known good:* {version(deploy.version)} has stood its watch window."))


def finished(deploy: Deploy) -> Message:
    """The last line of the thread when all went well, and nothing is watched."""
    return message(
        section(f"*Done:* {what(deploy)}. {version(deploy.version)} runs now; it took {rolled_out_in(deploy)}.")
    )


def superseded(deploy: Deploy, by: Deploy) -> Message:
    """Another deploy came before this one was known good."""
    newer = f"deploy #{by.id} of {version(by.version)}"
    return message(section(f"*Superseded* by {newer} before {version(deploy.version)} was known good."))


def alert(deploy: Deploy, trouble: Trouble | None) -> Message:
    """A rollout that can't succeed, or a version that must not stay: said in the channel too, and to the requester.

    The newest verdict is the evidence where it failed; `trouble` is the target's.
    """
    back = f"Going back to {version(deploy.ran.version)} now." if deploy.ran else "There is nothing to go back to."
    where = f"*{escape(deploy.service)} {version(deploy.version)} failed in {escape(deploy.environment)}:*"
    step, verdict = step_of(deploy), deploy.judged
    at = f" It had {had(deploy)}." if step and step.weight else ""
    blocks = [section(f"{where} {why(deploy)}{at}")]
    if verdict and verdict.outcome == Outcome.FAIL:
        deciding = [one for one in verdict.findings if one.outcome == Outcome.FAIL and not one.warning]
        blocks += findings(explain(verdict.model_copy(update={"findings": tuple(deciding)})))
    if trouble:
        blocks += _evidence(trouble)
    return message(*blocks, section(f"{back} {mention(deploy.requested_by)}, you asked for it."))


def rolled_back(deploy: Deploy) -> Message:
    """The end of a rollback that the bot did by itself."""
    back = f"Going back took {spoken(_seconds(deploy.back_at, deploy.ended_at))}, all in all {took(deploy)}."
    back = back if deploy.back_at else f"It took {took(deploy)} in all."
    return message(section(f"*Rolled back:* {old(deploy)} serves again on all replicas. {back}"))


def way_back(deploy: Deploy, reason: str) -> Message:
    """It must not stay, and the old version may not work on the migrated database: somebody decides, and is pinged."""
    first = f"*The way back needs a person*, {mention(deploy.requested_by)}: {escape(clip(reason.rstrip('. '), 400))}."
    asked = deploy.proposed.migration if deploy.proposed else None
    down = bool(asked and asked.down)
    text = f"The migration has run, and {old(deploy)} may not work with it."
    text += "" if down else " It can't be undone by a command."
    decided = deploy.down_by or deploy.aborted_by or deploy.state not in (State.RUNNING, State.WATCHING)
    return message(section(f"{first}\n{text}"), *([] if decided else ways_back(deploy, down)))


def back_to_normal(deploy: Deploy, verdict: Verdict, evidence: Evidence, units: Mapping[str, Unit]) -> Message:
    """Whether the service is well again after a rollback, by measurement; `units` are those of the signals. Who asked
    is pinged where it is not."""
    match verdict.outcome:
        case Outcome.PASS:
            text = "*The service is back to normal.*"
        case Outcome.FAIL:
            who_looks = mention(deploy.requested_by)
            text = f"*{old(deploy)} is back, but the service is not well:* look for another cause. {who_looks}"
        case _:
            text = f"Whether the service is back to normal can't be measured: {short(verdict)}."
    return message(section(text), section(recovery(evidence, units)), *findings(explain(verdict)))


def not_measured(reason: str) -> Message:
    """Nobody can tell whether the service is back to normal."""
    why_not = escape(clip(reason.rstrip(". "), 600))
    return message(section(f"Whether the service is back to normal can't be measured: {why_not}."))


def stuck(deploy: Deploy) -> Message:
    """It did not end well, and the bot can't mend it."""
    return message(section(f"*Needs a person:* {why(deploy)} {mention(deploy.requested_by)}"))


def _seconds(since: datetime | None, until: datetime | None) -> float:
    return (until - since).total_seconds() if since and until else 0.0


def _evidence(trouble: Trouble) -> list[Block]:
    blocks = []
    if trouble.pod:
        inside = f", container {code(trouble.container)}" if trouble.container else ""
        said = f"*{escape(trouble.reason)}* — {escape(clip(trouble.message, 600))}"
        blocks.append(section(f"Pod {code(trouble.pod)}{inside}: {said}"))
    if trouble.log:
        blocks.append(section("Its last lines:\n" + preformatted(trouble.log)))
    return blocks
