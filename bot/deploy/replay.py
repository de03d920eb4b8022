"""What today's rules would have said to a deploy that is over: its gates, its policy, its approvals. Pure.

What a gate would have said later, had the rollout gone on, nobody can know.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from bot.approval.checklist import unticked
from bot.approval.model import Tick, Vote
from bot.approval.rules import Voter, missing
from bot.deploy.model import Deploy
from bot.deploy.preflight import good_for
from bot.deploy.stats import Run, failed, run_of
from bot.lock.calendar import Calendar
from bot.lock.rules import frozen, in_window
from bot.metrics.intervals import next_look
from bot.metrics.model import Evidence, Gate, Observed, Outcome, Signal, Verdict
from bot.metrics.rules import judge
from bot.metrics.samples import during
from bot.policy import Policy, Quorum


class Truth(StrEnum):
    """What became of a deploy: it was known good and stayed, it went wrong, or nobody can tell."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


class Said(StrEnum):
    """What a gate would have done. NO_DATA: what it looks at is not there any more; NOT_ASKED: no gate is asked."""

    STOPPED = "stopped"
    NO_DATA = "no_data"
    UNDECIDED = "undecided"
    PASSED = "passed"
    NOT_ASKED = "not_asked"


class Answer(NamedTuple):
    """What a gate would have done, when, and why: the verdict, or in words why there is none."""

    said: Said
    at: datetime | None = None
    verdict: Verdict | None = None
    why: str = ""


class Case(NamedTuple):
    """A deploy of the past under today's rules. `policy` and `approvals` say what it would have lacked; `approvals` is
    None where nobody could be asked who holds which role."""

    deploy: Deploy
    truth: Truth
    gates: Answer
    policy: tuple[str, ...] = ()
    approvals: tuple[str, ...] | None = ()

    @property
    def stopped(self) -> bool:
        """Whether a gate or the policy would have kept it out. A missing approval only makes it wait."""
        return self.gates.said == Said.STOPPED or bool(self.policy)


def truth(deploy: Deploy, runs: Iterable[Run]) -> Truth:
    """What became of it. `runs` are all that a rollback by hand may be among."""
    if failed(run_of(deploy), runs):
        return Truth.BAD
    return Truth.GOOD if deploy.good_at else Truth.UNKNOWN


def played(gate: Gate, signals: Mapping[str, Signal], evidence: Evidence) -> Answer:
    """What the gate says, asked again and again between `since` and `at` of the evidence, as a rollout asks it."""
    if evidence.errors:
        why = next((one.error for one in evidence.signals.values() if one.error), "it could not be measured")
        return Answer(Said.NO_DATA, why=why)
    if not during(evidence.signals.get(gate.requests, Observed()).new, evidence):
        return Answer(Said.NO_DATA, why="the metrics of that time are not there")
    verdict: Verdict | None = None
    for at in _looks(gate, evidence):
        verdict = judge(gate, signals, _until(evidence, at))
        if verdict.outcome == Outcome.FAIL:
            return Answer(Said.STOPPED, at, verdict)
    assert verdict, "it is looked at once at least"
    return Answer(Said.PASSED if verdict.outcome == Outcome.PASS else Said.UNDECIDED, evidence.at, verdict)


def together(answers: Sequence[Answer]) -> Answer:
    """The answer for a whole deploy: stopped where it is first stopped; passed only where every part of it passed."""
    if not answers:
        return Answer(Said.NOT_ASKED)
    order = list(Said)
    return min(answers, key=lambda one: order.index(one.said))


def lacking(deploy: Deploy, policy: Policy, good_since: Iterable[datetime], calendar: Calendar) -> tuple[str, ...]:
    """What of today's policy the deploy did not meet when it began (plain text). `good_since` are the instants since
    which its version has been known good where that is asked. Emergencies are let through. A quarantine is none of it:
    it begins with the rollback that it comes from. Nor are freezes that people had set: they held then."""
    at = deploy.started_at
    if at is None or deploy.emergency:
        return ()
    found = []
    if policy.proven_in:
        since = min((one for one in good_since if one <= at), default=None)
        if not good_for(policy.proven_in, since, at).passed:
            found.append(f"not proven in {policy.proven_in.environment}")
    if policy.only_in_windows and not in_window(calendar, deploy.place, at).passed:
        found.append("outside of the maintenance windows")
    if held := frozen(calendar, (), deploy.place, at):
        found.append(f"frozen: {held.reason}")
    if policy.digest and not (deploy.proposed and deploy.proposed.digest):
        found.append("no digest was known")
    return tuple(found)


def waiting(
    deploy: Deploy,
    quorum: Quorum,
    policy: Policy,
    votes: Sequence[Vote],
    facts: Mapping[str, Voter],
    wrote: Callable[[str], bool],
) -> tuple[str, ...]:
    """What today's quorum and checklist would still have waited for (mrkdwn). `votes` are those for the plan that was
    carried out, `facts` what its voters count for today, `wrote` whether a voter may have written a part of it."""
    if deploy.emergency:
        return ()
    counted = [vote for vote in votes if not (quorum.no_coauthors and wrote(vote.person))]
    found = missing(counted, quorum, deploy.plan, facts)
    left = unticked(policy.checklist, [Tick.model_validate(tick) for tick in deploy.ticked])
    return (*found, *([f"{len(left)} of the checklist"] if left else []))


def _looks(gate: Gate, evidence: Evidence) -> list[datetime]:
    """When to ask: at the judge's own looks, and at the end."""
    found, samples = list[datetime](), gate.min_samples
    while (at := evidence.since + timedelta(seconds=samples * evidence.resolution)) < evidence.at:
        found.append(at)
        samples = next_look(samples)
    return [*found, evidence.at]


def _until(evidence: Evidence, at: datetime) -> Evidence:
    """The evidence as it was at `at`."""
    return evidence.model_copy(update={"at": at, "new_requests": None, "old_requests": None})  # counted by the judge
