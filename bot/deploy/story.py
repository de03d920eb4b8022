"""What is happening to a deploy, or what happened (mrkdwn). Pure."""

from bot.approval.model import Review
from bot.blocks import clip, code, escape, when
from bot.deploy.beside import beside
from bot.deploy.course import HOW, gate_line, next_line, steps_line, traffic
from bot.deploy.model import BEFORE, CHANGING, Deploy, State
from bot.deploy.words import migrating, old, rolled_out_in, step_of, steps_of, took, version, who, why
from bot.metrics.model import Outcome
from bot.metrics.views import short
from bot.values import StrategyKind


def story(deploy: Deploy, queue: int = 0, behind: str = "") -> list[str]:
    """The paragraphs of the card. `queue` is its position among those that wait for the place, 1 the next; `behind` a
    link (mrkdwn) to what they all wait for."""
    match State(deploy.state):
        case State.PLANNED:
            return ["Looking at what runs there now."]
        case State.QUEUED:
            return [_queued(queue, behind)]
        case State.WAITING:
            return [f"*What will happen:* {plan(deploy)}", *_times(deploy)]
        case State.SCHEDULED:
            return [*_times(deploy), f"*What will happen:* {plan(deploy)}"]
        case state if state in CHANGING:
            return _progress(deploy)
        case State.WATCHING:
            return _watching(deploy)
        case State.ROLLED_BACK if deploy.judged and deploy.judged.outcome == Outcome.FAIL:
            return [_ended(deploy), f"*The gate* {short(deploy.judged)}"]
        case _:
            return [_ended(deploy)]


def plan(deploy: Deploy) -> str:
    """What a yes would start (mrkdwn)."""
    many = f"the {deploy.replicas} replicas of {escape(deploy.service)} are replaced"
    count = many if deploy.replicas != 1 else f"the one replica of {escape(deploy.service)} is replaced"
    strategy = deploy.proposed.strategy.kind if deploy.proposed else deploy.strategy
    how = HOW[StrategyKind(strategy)] if strategy in set(StrategyKind) else escape(strategy)
    return f"{count}, {how}.{_if_it_fails(deploy)}"


def _if_it_fails(deploy: Deploy) -> str:
    if not deploy.ran:
        return ""
    migration = deploy.proposed.migration if deploy.proposed else None
    if migration and not migration.reversible:
        return f" If {version(deploy.version)} can't become ready, a person is asked for the way back."
    return f" If {version(deploy.version)} can't become ready, {old(deploy)} comes back by itself."


def emergency(deploy: Deploy, review: Review | None) -> str:
    """Why nobody was asked first, and who looks at it afterwards."""
    reason = escape(clip(deploy.emergency, 300))
    said = f"*Emergency:* {who(deploy.requested_name)} started it without approval: “{reason}”."
    if review is None:
        return f"{said} Somebody else has to review it afterwards."
    if review.signed_at:
        return f"{said} Reviewed by {who(review.signed_name)} {when(review.signed_at)}."
    return f"{said} *Review due* {when(review.due_at)}."


def migration(deploy: Deploy) -> str:
    """What is to become of the database, or has; empty where there is no migration, or it never ran."""
    asked = deploy.proposed.migration if deploy.proposed else None
    if asked is None:
        return ""
    command = code(clip(" ".join(asked.up), 100))
    safe = f"{old(deploy)} {'works' if asked.reversible else 'may not work'} with it"
    match deploy.migrated:
        case "down":
            return f"{command} has been undone"
        case "up":
            return f"{command} has run; {safe}"
        case _ if migrating(deploy):
            return f"{command} runs now, before {version(deploy.version)} gets any traffic"
        case _:
            return f"{command} runs first; {safe}" if deploy.state in BEFORE else ""


def _queued(queue: int, behind: str) -> str:
    place = f", position {queue}" if queue else ""
    return f"*Waits behind {behind or 'another deploy'}*{place}. It is planned anew when its turn comes."


def _times(deploy: Deploy) -> list[str]:
    """When it may start, and until when."""
    window = clip(deploy.proposed.window, 200) if deploy.proposed else ""
    starts = [f"not before {when(deploy.not_before)}"] if deploy.not_before else []
    if deploy.in_window:
        starts.append("only in a maintenance window" + (f" ({escape(window)})" if window else ""))
    lines = [f"*Starts by itself*, {', '.join(starts)}."] if starts else []
    lines += [f"Given up if it has not started by {when(deploy.not_after)}."] if deploy.not_after else []
    return ["\n".join(lines)]


def _progress(deploy: Deploy) -> list[str]:
    running, step = deploy.state == State.RUNNING, step_of(deploy)
    lines = [] if running else [f"*Going back to {old(deploy)}:* {why(deploy)}"]
    lines += [_stopping(deploy)] if running and deploy.aborted_by else []
    if seen := deploy.looked_at:
        said = escape(clip(seen.text, 300))
        ready = min(seen.ready, seen.wanted)  # a canary's copy stays until what takes its place is ready
        lines.append(f"*{ready} of {seen.wanted} ready* — new {seen.new}, old {seen.old}. {said}")
        lines += [traffic(deploy, seen)] if running and steps_of(deploy) else []
    if deploy.started_at:
        lines.append(f"Started {when(deploy.started_at, '{ago}')}.")
    if deploy.silent_since:
        lines.append(f"The target has not answered since {when(deploy.silent_since, '{time_secs}')}; I keep asking.")
    begun = [steps_line(deploy), next_line(deploy) if running else ""] if deploy.after else []
    gate = gate_line(deploy, step.gate if step else None)
    return ["\n".join(lines), "\n".join(filter(None, begun)), beside(deploy), gate]


def _stopping(deploy: Deploy) -> str:
    return f"*It is being stopped:* {why(deploy)} {old(deploy)} comes back."


def _watching(deploy: Deploy) -> list[str]:
    until = f" until {when(deploy.watch_until, '{time}')}, then it is known good" if deploy.watch_until else ""
    watch = deploy.proposed.strategy.watch if deploy.proposed else None
    first = f"*{version(deploy.version)} runs everywhere.* It is watched{until}."
    return [_stopping(deploy) if deploy.aborted_by else first, beside(deploy), gate_line(deploy, watch)]


def _ended(deploy: Deploy) -> str:
    match State(deploy.state):
        case State.SUCCEEDED:
            return _stands(deploy)
        case State.ROLLED_BACK:
            taken = f"{version(deploy.version)} was taken back: {why(deploy)}"
            return f"*{old(deploy)} runs again.* {taken} It took {took(deploy)}."
        case State.FAILED:
            return f"*Needs a person:* {why(deploy)}"
        case State.REFUSED if not all(check.passed for check in deploy.preflight):
            return f"*Nothing was changed*, {old(deploy)} still runs."  # the failed checks stand below
        case _:
            because = f" *Why:* {why(deploy)}" if deploy.reason else ""
            return f"*Nothing was changed*, {old(deploy)} still runs.{because}"


def _stands(deploy: Deploy) -> str:
    """It went everywhere; what became of it then. Where it is not known good, the reason says why."""
    name = version(deploy.version)
    count = f"{deploy.replicas} of {deploy.replicas} replicas" if deploy.replicas else "all replicas"
    took = f"It took {rolled_out_in(deploy)}."
    if deploy.good_at:
        return f"*{name} runs now* on {count}. {took} *Known good* since {when(deploy.good_at)}."
    if deploy.reason:
        return f"*{name} was rolled out* to {count}. {took} *Not known good:* {why(deploy)}"
    return f"*{name} runs now* on {count}. {took}"
