"""The request in the thread, and what became of it."""

from collections.abc import Sequence
from datetime import datetime

from bot.approval.checklist import boxes, unticked
from bot.approval.model import Answer, Tick, Vote
from bot.approval.rules import stamped
from bot.blocks import (
    Block,
    Message,
    actions,
    addressed,
    button,
    checkboxes,
    clip,
    confirm,
    context,
    escape,
    labelled,
    message,
    modal,
    option,
    section,
    text_input,
    when,
)
from bot.policy import Quorum

MOST_CHANGES = 6


def approval_request(
    what: str,
    number: int,
    plan: str,
    quorum: Quorum,
    missing: Sequence[str],
    votes: Sequence[Vote],
    expires_at: datetime,
    pinged: Sequence[str],
    *,
    checklist: Sequence[str] = (),
    ticks: Sequence[Tick] = (),
) -> Message:
    """Somebody must say yes. `what` is mrkdwn ("api v1.1 → v1.2 to production"); number and plan come back with the
    click; `missing` is what the rules say; of `votes` only those to this plan are shown; `pinged` are the mentions of
    those who may, pinged once because an update pings nobody."""
    said_to_it = [said(vote) for vote in votes if vote.plan == plan]
    people = "1 approval" if quorum.count == 1 else f"{quorum.count} approvals"
    lines = [f"*Needs {people}:* {what}."]
    if rest := _besides(quorum):
        lines.append(f"{rest}.")
    if missing and (said_to_it or rest):
        lines.append(f"Still missing: {', '.join(missing)}.")
    lines.append(addressed(pinged, f"approve or reject by {when(expires_at)}."))
    asked = confirm("Approve?", f"{what} starts as soon as enough people have approved.", "Approve", "Not yet")
    value = stamped(number, plan)
    return message(
        section("\n".join(lines)),
        *(_checklist(number, plan, checklist, ticks) if checklist else []),
        *([context(*said_to_it)] if said_to_it else []),
        actions(
            button("Approve", "deploy:approve", value, style="primary", confirm=asked),
            button("Reject…", "deploy:reject", value, style="danger"),
        ),
    )


def _besides(quorum: Quorum) -> str:
    """What is asked for besides the number, as a sentence without its stop (mrkdwn)."""
    parts = list[str]()
    if quorum.teams > 1:
        parts.append(f"from {quorum.teams} different teams")
    if quorum.teams == 1:
        parts.append("from somebody who is in a team")
    if quorum.roles:
        parts.append(f"among them {' and '.join(f'the role *{escape(role)}*' for role in quorum.roles)}")
    if quorum.no_coauthors:
        parts.append("nobody who wrote a part of it")
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _checklist(number: int, plan: str, checklist: Sequence[str], ticks: Sequence[Tick]) -> list[Block]:
    left = unticked(checklist, ticks)
    options = [option(item, str(index)) for index, item in enumerate(checklist)]
    done = [one for item, one in zip(checklist, options, strict=True) if item not in left]
    state = f"{len(left)} of {len(checklist)} left" if left else "all ticked"
    return [
        section(f"*Checklist*, {state}. Whoever approves looks at each, and ticks it; until then nobody can approve."),
        actions(checkboxes("deploy:tick", options, done), block_id=boxes(number, plan, checklist, ticks)),
        *(
            [context(*(f"“{escape(tick.item)}”: {escape(tick.name)} {when(tick.at)}" for tick in ticks))]
            if ticks
            else []
        ),
    ]


def voided(changes: Sequence[str], votes: Sequence[Vote]) -> Message:
    """What was approved is not what would be done any more. `changes` are plain text, as `Proposal.drift` says them;
    of `votes` those are named that no longer count."""
    told = [escape(clip(change, 400)) for change in changes[:MOST_CHANGES]]
    more = [f"and {len(changes) - MOST_CHANGES} more"] if len(changes) > MOST_CHANGES else []
    lines = told[0] if len(changes) == 1 else "".join(f"\n• {change}" for change in told + more)
    yes = [said(vote) for vote in votes if vote.answer == Answer.APPROVE]
    return message(section(f"*Approvals are void:* {lines}"), *([context(*yes)] if yes else []))


def nag(what: str, missing: Sequence[str], pinged: Sequence[str], expires_at: datetime) -> Message:
    """Nobody has decided for a while: those who may and have not are asked once more."""
    line = f"*Still waits:* {what}. Missing: {', '.join(missing)}."
    return message(section(f"{line}\n{addressed(pinged, f'it expires {when(expires_at)}.')}"))


def escalation(
    what: str, missing: Sequence[str], pinged: Sequence[str], asked_at: datetime, expires_at: datetime
) -> Message:
    """Those who may have not answered, so others hear of it. They need not have the right themselves."""
    line = f"*Nobody has decided since {when(asked_at)}:* {what}. Missing: {', '.join(missing)}."
    help = "find somebody who may approve, or decide yourself if you may"
    return message(section(f"{line}\n{addressed(pinged, f'{help}; it expires {when(expires_at)}.')}"))


def decided(what: str, outcome: str, votes: Sequence[Vote]) -> Message:
    """The request after the decision: who, when, what; no buttons. `outcome` is mrkdwn."""
    return message(section(f"{outcome}: {what}."), *([context(*map(said, votes))] if votes else []))


def said(vote: Vote) -> str:
    """One vote in words."""
    verb = "approved" if vote.answer == Answer.APPROVE else "rejected"
    reason = f": “{escape(clip(vote.reason, 300))}”" if vote.reason else ""
    return f"{escape(vote.name)} {verb} {when(vote.at)}{reason}"


def reject_form(what: str, value: str) -> Block:
    """Why not? The reason is shown to the requester and kept."""
    field = text_input("reason", multiline=True, most=500, hint="What must change before this can go?")
    return modal(
        "Reject",
        "deploy:rejected",
        [section(what), labelled("Reason", field, "reason")],
        submit="Reject",
        metadata=value,
    )
