"""What a deploy looks like: its card, the plan and the lines in its thread. The same card is posted and updated."""

from collections.abc import Sequence

from bot.approval.model import Review, Vote
from bot.approval.views import said
from bot.blocks import Block, Message, clip, code, context, escape, header, message, section, when
from bot.deploy.endings import (
    alert,
    back_to_normal,
    finished,
    known_good,
    not_measured,
    rolled_back,
    served,
    stuck,
    superseded,
    way_back,
)
from bot.deploy.model import Deploy, State
from bot.deploy.planned import plan_message
from bot.deploy.steering import buttons
from bot.deploy.story import emergency, migration, plan, story
from bot.deploy.thread import (
    asks,
    gate_said,
    migration_log,
    not_started,
    paused,
    promoted,
    queued,
    resumed,
    scheduled,
    step_reached,
    turn,
    unpaused,
)
from bot.deploy.words import STANDS, headline, rolled_out_in, short, spoken, stands, took, what, who, why
from bot.values import Check

__all__ = [
    "STANDS",
    "alert",
    "asks",
    "back_to_normal",
    "card",
    "finished",
    "gate_said",
    "headline",
    "known_good",
    "migration_log",
    "not_measured",
    "not_started",
    "paused",
    "plan",
    "plan_message",
    "promoted",
    "queued",
    "resumed",
    "rolled_back",
    "rolled_out_in",
    "scheduled",
    "served",
    "spoken",
    "stands",
    "step_reached",
    "stuck",
    "superseded",
    "took",
    "turn",
    "unpaused",
    "way_back",
    "what",
    "why",
]


def card(
    deploy: Deploy,
    votes: Sequence[Vote] = (),
    queue: int = 0,
    behind: str = "",
    *,
    newest: bool = False,
    review: Review | None = None,
) -> Message:
    """The one live message of a deploy, for whatever state it is in.

    What the row does not say: `queue`, its position among those that wait for the place, 1 the next; `behind`, a link
    (mrkdwn) to what they wait for; `newest`, whether nothing has been deployed there since; `review`, that of an
    emergency.
    """
    told = [section(part) for part in story(deploy, queue, behind) if part]
    first = [section(emergency(deploy, review))] if deploy.emergency else []
    blocks = [header(headline(deploy)), *first, _facts(deploy), *told]
    if deploy.checks and not deploy.started_at:
        blocks += _preflight(deploy)
    notes = [said(vote) for vote in votes]
    if deploy.resumed_at:
        notes.append(f"Resumed {when(deploy.resumed_at)} after a restart of Quarterdeck")
    if notes:
        blocks.append(context(*notes))
    shown = message(*blocks)
    return Message(shown.text, shown.blocks + buttons(deploy, newest))  # whatever is cut off, what can be done stays


def _facts(deploy: Deploy) -> Block:
    """A line each: two columns of labels above values take three times the height on a phone."""
    change = f"{short(deploy.ran.version)} → {short(deploy.version)}" if deploy.ran else short(deploy.version)
    facts = [
        ("Version", code(clip(change, 200))),
        ("Strategy", escape(clip(deploy.strategy, 80)) + (", a major change" if deploy.major else "")),
        ("Migration", migration(deploy)),
        ("Asked by", f"{who(deploy.requested_name)}, {when(deploy.requested_at, '{time}')}"),
    ]
    return section("\n".join(f"*{label}:* {value}" for label, value in facts if value))


def _preflight(deploy: Deploy) -> list[Block]:
    """What failed, line by line; of what passed the number: the plan in the thread says more."""
    failed = [_line(check) for check in deploy.preflight if not check.passed]
    blocks = [section("*Preflight failed*\n" + "\n".join(failed))] if failed else []
    if deploy.state == State.WAITING and not failed:  # once it is decided, only what stopped it matters
        many = "1 check" if len(deploy.checks) == 1 else f"{len(deploy.checks)} checks"
        blocks.append(context(f"Preflight passed: {many}. The whole plan is in the thread."))
    return blocks


def _line(check: Check) -> str:
    return f"{escape(check.name)}: {escape(clip(check.text, 300))}"
