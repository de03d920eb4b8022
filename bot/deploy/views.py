"""What a deploy looks like: its card, the lines in its thread. The same card is first posted and later updated."""

from collections.abc import Sequence
from datetime import datetime

from bot.approval.model import Vote
from bot.approval.views import said
from bot.blocks import (
    Block,
    Message,
    actions,
    button,
    clip,
    code,
    confirm,
    context,
    escape,
    fields,
    header,
    mention,
    message,
    preformatted,
    section,
    when,
)
from bot.deploy.model import Deploy, Kind, State
from bot.values import Check, Trouble

STANDS = {
    State.PLANNED: "checking",
    State.WAITING: "waiting for approval",
    State.RUNNING: "rolling out",
    State.ROLLING_BACK: "failed, going back",
    State.SUCCEEDED: "done",
    State.REFUSED: "not started",
    State.REJECTED: "rejected",
    State.EXPIRED: "expired without approval",
    State.CANCELLED: "cancelled",
    State.ROLLED_BACK: "failed and rolled back",
    State.FAILED: "failed",
}
HOW = {"rolling": "one after the other; an old one leaves when a new one serves"}


def what(deploy: Deploy) -> str:
    """The deploy in one phrase (mrkdwn): "api v1.1 → v1.2 to production"."""
    before = f"{code(deploy.ran.version)} → " if deploy.ran else ""
    verb = "roll back " if deploy.kind == Kind.ROLLBACK else ""
    return f"{verb}*{escape(deploy.service)}* {before}{code(deploy.version)} in *{escape(deploy.environment)}*"


def headline(deploy: Deploy) -> str:
    """The point in plain text, for the first line of the card."""
    verb = "Rollback" if deploy.kind == Kind.ROLLBACK else "Deploy"
    return (
        f"{verb} #{deploy.id} {deploy.service} {deploy.version} to {deploy.environment}: {STANDS[State(deploy.state)]}"
    )


def card(deploy: Deploy, votes: Sequence[Vote] = ()) -> Message:
    """The one live message of a deploy, for whatever state it is in."""
    now = f"{deploy.ran.version} → {deploy.version}" if deploy.ran else deploy.version
    facts = [
        ("Service", escape(deploy.service)),
        ("Version", code(now)),
        ("Environment", escape(deploy.environment)),
        ("Strategy", escape(deploy.strategy)),
        ("Asked by", f"{escape(deploy.requested_name)}, {when(deploy.requested_at, '{time}')}"),
    ]
    blocks = [header(headline(deploy)), fields(facts), section(_story(deploy))]
    if deploy.checks and not deploy.started_at:
        blocks += _preflight(deploy)
    notes = [said(vote) for vote in votes]
    if deploy.resumed_at:
        notes.append(f"Resumed {when(deploy.resumed_at)} after a restart of Quarterdeck")
    if notes:
        blocks.append(context(*notes))
    return message(*blocks, *_buttons(deploy))


def why(deploy: Deploy) -> str:
    """The reason as a sentence (mrkdwn); it may come from anybody."""
    return f"{escape(clip(deploy.reason.rstrip('. '), 800))}." if deploy.reason else ""


def _preflight(deploy: Deploy) -> list[Block]:
    """What failed, large; what passed, small."""
    lines = {passed: [_line(check) for check in deploy.preflight if check.passed == passed] for passed in (True, False)}
    failed = [section("*Preflight failed*\n" + "\n".join(lines[False]))] if lines[False] else []
    passed = lines[True] if deploy.state == State.WAITING else []  # once it is decided, only what stopped it matters
    return failed + ([context("Preflight passed\n" + "\n".join(passed))] if passed else [])


def _line(check: Check) -> str:
    return f"{escape(check.name)}: {escape(clip(check.text, 300))}"


def _story(deploy: Deploy) -> str:
    """What is happening, or what happened (mrkdwn)."""
    version, before = code(deploy.version), code(deploy.ran.version) if deploy.ran else "what ran before"
    match State(deploy.state):
        case State.PLANNED:
            return "Looking at what runs there now."
        case State.WAITING:
            return f"*What will happen:* {plan(deploy)}"
        case State.RUNNING | State.ROLLING_BACK:
            return _progress(deploy)
        case State.SUCCEEDED:
            count = f"{deploy.replicas} of {deploy.replicas} replicas" if deploy.replicas else "all replicas"
            return f"*{version} runs now* on {count}. It took {took(deploy)}."
        case State.ROLLED_BACK:
            return f"*{before} runs again.* {version} could not be rolled out: {why(deploy)} It took {took(deploy)}."
        case State.FAILED:
            return f"*Needs a person:* {why(deploy)}"
        case _:
            return (
                f"*Nothing was changed:* {why(deploy)} {before} still runs."
                if deploy.reason
                else "Nothing was changed."
            )


def plan(deploy: Deploy) -> str:
    """What a yes would start (mrkdwn)."""
    many = f"the {deploy.replicas} replicas of {escape(deploy.service)} are replaced"
    count = many if deploy.replicas != 1 else f"the one replica of {escape(deploy.service)} is replaced"
    how = HOW.get(deploy.strategy, deploy.strategy)
    back = (
        f" If {code(deploy.version)} can't become ready, {code(deploy.ran.version)} comes back by itself."
        if deploy.ran
        else ""
    )
    return f"{count}, {how}.{back}"


def _progress(deploy: Deploy) -> str:
    lines = []
    if deploy.state == State.ROLLING_BACK:
        lines.append(f"*Going back to {code(deploy.ran.version) if deploy.ran else 'what ran before'}:* {why(deploy)}")
    if seen := deploy.looked_at:
        lines.append(
            f"*{seen.ready} of {seen.wanted} ready* — new {seen.new}, old {seen.old}. {escape(clip(seen.text, 300))}"
        )
    if deploy.started_at:
        lines.append(f"Started {when(deploy.started_at, '{ago}')}.")
    if deploy.silent_since:
        lines.append(f"The target has not answered since {when(deploy.silent_since, '{time_secs}')}; I keep asking.")
    return "\n".join(lines)


def _buttons(deploy: Deploy) -> list[Block]:
    value, name = str(deploy.id), f"{escape(deploy.service)} {escape(deploy.version)} in {escape(deploy.environment)}"
    if deploy.state in (State.PLANNED, State.WAITING):
        return [actions(button("Cancel", "deploy:cancel", value))]
    if deploy.state == State.RUNNING and deploy.ran:
        ask = confirm("Abort and go back?", f"{name} is stopped and what ran before comes back.", "Abort", danger=True)
        return [actions(button("Abort and go back", "deploy:abort", value, style="danger", confirm=ask))]
    return []


def took(deploy: Deploy) -> str:
    """How long it ran, as people say it."""
    if not (deploy.started_at and deploy.ended_at):
        return "no time"
    return spoken((deploy.ended_at - deploy.started_at).total_seconds())


def spoken(seconds: float) -> str:
    """A length of time: "42 s", "3 min 20 s", "2 h 5 min"."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def finished(deploy: Deploy) -> Message:
    """The last line of the thread when all went well."""
    return message(section(f"*Done:* {what(deploy)}. {code(deploy.version)} runs now; it took {took(deploy)}."))


def alert(deploy: Deploy, trouble: Trouble | None) -> Message:
    """A rollout that can't succeed: said in the channel too, and to the one who asked."""
    back = f"Going back to {code(deploy.ran.version)} now." if deploy.ran else "There is nothing to go back to."
    where = f"*{escape(deploy.service)} {code(deploy.version)} failed in {escape(deploy.environment)}:*"
    blocks = [section(f"{where} {why(deploy)}")]
    if trouble and trouble.pod:
        inside = f", container {code(trouble.container)}" if trouble.container else ""
        blocks.append(
            section(
                f"Pod {code(trouble.pod)}{inside}: *{escape(trouble.reason)}* — {escape(clip(trouble.message, 600))}"
            )
        )
    if trouble and trouble.log:
        blocks.append(section("Its last lines:\n" + preformatted(trouble.log)))
    return message(*blocks, section(f"{back} {mention(deploy.requested_by)}, you asked for it."))


def rolled_back(deploy: Deploy) -> Message:
    """The end of a rollback that the bot did by itself."""
    version = code(deploy.ran.version) if deploy.ran else "what ran before"
    return message(section(f"*Rolled back:* {version} serves again on all replicas. It took {took(deploy)} in all."))


def stuck(deploy: Deploy) -> Message:
    """It did not end well, and the bot can't mend it."""
    return message(section(f"*Needs a person:* {why(deploy)} {mention(deploy.requested_by)}"))


def not_started(deploy: Deploy) -> Message:
    """Approved, and yet not begun: something has changed since the plan."""
    return message(section(f"*Not started:* {why(deploy)} {mention(deploy.requested_by)}"))


def resumed(deploy: Deploy, at: datetime) -> Message:
    """The bot was away."""
    step = STANDS[State(deploy.state)]
    return message(
        context(f"Resumed {when(at, '{time_secs}')} after a restart of Quarterdeck: {step}. Nothing was done twice.")
    )
