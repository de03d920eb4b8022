"""The sentences about rights: plain names, nobody is pinged."""

from collections.abc import Sequence

from bot.blocks import clip, escape, listed
from bot.people.model import Right
from bot.values import Person, Place

DOINGS = {
    Right.DEPLOY_REQUEST: "ask for a deploy of",
    Right.DEPLOY_APPROVE: "approve a deploy of",
    Right.DEPLOY_CANCEL: "cancel somebody else's deploy of",
    Right.DEPLOY_STEER: "pause, resume or promote a deploy of",
    Right.DEPLOY_EMERGENCY: "deploy without approval, in an emergency,",
    Right.ROLLBACK_REQUEST: "roll back",
    Right.LOCK_TAKE: "lock",
    Right.LOCK_STEAL: "take somebody else's lock of",
    Right.FREEZE_SET: "freeze",
    Right.QUARANTINE_LIFT: "lift the quarantine of a version of",
}


def denied(right: Right, place: Place, roles: Sequence[str]) -> str:
    """What is not allowed, and which role would allow it (mrkdwn)."""
    what = f"You may not {DOINGS[right]} *{escape(place.service)}* in *{escape(place.environment)}*"
    if not roles:
        return f"{what}: no role that allows it ({right}) has been given to anybody there."
    return f"{what}: that takes the role {' or '.join(f'*{escape(role)}*' for role in roles)}."


def who_has_it(holders: Sequence[Person], roles: Sequence[str]) -> str:
    """Whom to ask instead (mrkdwn)."""
    if not roles:
        return "Roles are given in people.yml."
    if not holders:
        return "Nobody has it at the moment; roles are given in people.yml."
    return f"Who has it: {listed([escape(clip(person.name, 40)) for person in holders])}."
