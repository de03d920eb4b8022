"""What today's rules would have done to the deploys of the past, for people. Pure."""

from collections.abc import Sequence
from statistics import median

from bot.blocks import Block, Message, clip, code, context, escape, message, section
from bot.deploy.lists import Links, numbered
from bot.deploy.model import State
from bot.deploy.replay import Answer, Case, Said, Truth
from bot.deploy.words import spoken, version
from bot.metrics.views import short

MOST = 8  # deploys that are named under one heading
BECAME = {
    Truth.GOOD: "*falsely:* it became known good",
    Truth.BAD: "rightly",
    Truth.UNKNOWN: "nobody can say whether rightly",
}


def working(count: int, days: int) -> Message:
    """It takes a while."""
    return message(section(f"Working through {_deploys(count)} of the last {days} days; the answer comes here."))


def replayed(cases: Sequence[Case], days: int, links: Links, gate: str = "", left_out: bool = False) -> Message:
    """What came of it. `gate` is the one that was asked everywhere; empty: those of today's strategies. `left_out`:
    there were older deploys that were not looked at."""
    if not cases:
        return message(section(f"No deploy of the last {days} days has changed anything: there is nothing to replay."))
    stopped = [case for case in cases if case.stopped]
    heading = f"*Today's rules would have stopped {len(stopped)} of {_deploys(len(cases))}* of the last {days} days"
    only = f" Only the newest {len(cases)} deploys were looked at." if left_out else ""
    return message(
        section(f"{heading}{_tally(stopped)}."),
        *_gates(cases, links, gate),
        *_policy(cases, links),
        *_approvals(cases, links),
        context(
            "Falsely: it would have stopped a version that became known good and stayed. Rightly: one that was rolled "
            "back or failed. Policy and quorum let emergencies through, and a quarantine does not reach back. Where no "
            f"old copy served beside the new one, gates go by their limits alone.{only}"
        ),
    )


def _gates(cases: Sequence[Case], links: Links, gate: str) -> list[Block]:
    """What the gates would have said."""
    by = {said: [case for case in cases if case.gates.said == said] for said in Said}
    judged = len(by[Said.STOPPED]) + len(by[Said.PASSED]) + len(by[Said.UNDECIDED])
    stopped, missed = by[Said.STOPPED], [case for case in by[Said.PASSED] if case.truth == Truth.BAD]
    name = f"The gate {code(gate)}" if gate else "The gates"
    lines = [f"*{name}* would have stopped {len(stopped)} of the {judged} that can be judged{_tally(stopped)}."]
    lines += [f"• {_named(case, links)}: {_failed(case.gates)} — {BECAME[case.truth]}" for case in stopped[:MOST]]
    lines += _more(stopped)
    if missed:
        names = ", ".join(_named(case, links) for case in missed[:MOST])
        lines.append(f"*Missed:* {len(missed)} that went wrong later or for another reason: {names}")
    if sooner := _sooner(stopped):
        lines.append(sooner)
    if undecided := by[Said.UNDECIDED]:
        lines.append(f"{len(undecided)} would have waited for a person: the gate could not decide.")
    if silent := by[Said.NO_DATA]:
        reasons = sorted({escape(clip(case.gates.why, 150)) for case in silent})
        lines.append(f"{len(silent)} can't be judged: {'; '.join(reasons[:3])}.")
    if untouched := by[Said.NOT_ASKED]:
        lines.append(f"Of {len(untouched)} no gate would have been asked.")
    return [section("\n".join(lines))]


def _policy(cases: Sequence[Case], links: Links) -> list[Block]:
    """What preflight would have refused."""
    stopped = [case for case in cases if case.policy]
    lines = [f"*The policy* would have stopped {len(stopped)}{_tally(stopped)}."]
    for case in stopped[:MOST]:
        lines.append(f"• {_named(case, links)}: {escape(clip('; '.join(case.policy), 200))} — {BECAME[case.truth]}")
    return [section("\n".join([*lines, *_more(stopped)]))]


def _approvals(cases: Sequence[Case], links: Links) -> list[Block]:
    """What would have waited for more people."""
    short_of = [(case, case.approvals) for case in cases if case.approvals]
    unknown = sum(case.approvals is None for case in cases)
    lines = [f"*The quorum* would have asked more people about {len(short_of)}."]
    lines += [f"• {_named(case, links)}: {clip(', '.join(lacks), 200)}" for case, lacks in short_of[:MOST]]
    lines += _more([case for case, _ in short_of])
    lines += [f"Slack can't say who holds which role, so {unknown} are not counted."] if unknown else []
    return [section("\n".join(lines))]


def _tally(stopped: Sequence[Case]) -> str:
    """How many of them rightly, how many falsely."""
    words = {Truth.BAD: "rightly", Truth.GOOD: "falsely", Truth.UNKNOWN: "unclear whether rightly"}
    counts = {truth: sum(case.truth == truth for case in stopped) for truth in words}
    return "".join(f", {counts[truth]} {word}" for truth, word in words.items() if counts[truth])


def _sooner(stopped: Sequence[Case]) -> str:
    """How much earlier what went wrong would have been turned back."""
    gained = [
        (case.deploy.back_at - case.gates.at).total_seconds()
        for case in stopped
        if case.truth == Truth.BAD and case.deploy.back_at and case.gates.at and case.gates.at < case.deploy.back_at
    ]
    if not gained:
        return ""
    return f"{len(gained)} of those stopped rightly would have been turned back sooner, by {spoken(median(gained))}."


def _failed(answer: Answer) -> str:
    return short(answer.verdict) if answer.verdict else "failed"


def _named(case: Case, links: Links) -> str:
    deploy = case.deploy
    became = " (rolled back)" if deploy.state == State.ROLLED_BACK else ""
    where = f"{escape(deploy.service)} {version(deploy.version)} in {escape(deploy.environment)}"
    return f"{numbered(deploy, links)} {where}{became}"


def _more(found: Sequence[Case]) -> list[str]:
    return [f"and {len(found) - MOST} more"] if len(found) > MOST else []


def _deploys(count: int) -> str:
    return f"{count} deploy{'' if count == 1 else 's'}"
