"""Who may say yes, and when it is enough. Pure."""

from collections.abc import Sequence

from bot.approval.model import Answer, Vote
from bot.blocks import escape, listed
from bot.errors import Code, Refusal
from bot.values import Person


def own_request(requester: Person, holders: Sequence[Person]) -> Refusal:
    """The answer to somebody who decides on what they asked for themselves; `holders` are those who may decide."""
    others = sorted(escape(holder.name) for holder in holders if holder.id != requester.id)
    who = f"Who may: {listed(others)}." if others else "Nobody else may here; roles are given in people.yml."
    return Refusal(Code.SELF_APPROVAL, "You asked for this yourself, so somebody else has to decide.", who)


def enough(votes: Sequence[Vote], needed: int) -> bool:
    """Whether so many different people said yes and nobody said no."""
    if any(vote.answer == Answer.REJECT for vote in votes):
        return False
    return len({vote.person for vote in votes if vote.answer == Answer.APPROVE}) >= needed
