"""The request in the thread, and what became of it."""

from collections.abc import Sequence
from datetime import datetime

from bot.approval.model import Answer, Vote
from bot.blocks import (
    Block,
    Message,
    actions,
    button,
    clip,
    confirm,
    context,
    escape,
    labelled,
    message,
    modal,
    section,
    text_input,
    when,
)


def approval_request(
    what: str, value: str, needed: int, votes: Sequence[Vote], expires_at: datetime, pinged: Sequence[str]
) -> Message:
    """Somebody must say yes. `what` is mrkdwn ("api v1.1 → v1.2 to production"); `value` comes back with the click;
    `pinged` are the mentions of those who may, pinged once because an update pings nobody."""
    missing = needed - sum(vote.answer == Answer.APPROVE for vote in votes)
    people = "1 approval" if missing == 1 else f"{missing} approvals"
    lines = [f"*Needs {people}:* {what}.", f"{' '.join(pinged)} — approve or reject by {when(expires_at)}."]
    asked = confirm("Approve?", f"{what} starts as soon as enough people have approved.", "Approve", "Not yet")
    return message(
        section("\n".join(lines)),
        *([context(*map(said, votes))] if votes else []),
        actions(
            button("Approve", "deploy:approve", value, style="primary", confirm=asked),
            button("Reject…", "deploy:reject", value, style="danger"),
        ),
    )


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
