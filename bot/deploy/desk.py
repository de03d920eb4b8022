"""The Home tab: what waits for its reader first, then what goes on, what stands in the way, what ended lately. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bot.approval.model import Review
from bot.blocks import Block, context, divider, header, link_button, section
from bot.deploy.lists import Links, line, owed
from bot.deploy.model import BEFORE, Deploy, State
from bot.deploy.moves import Go, next_move
from bot.deploy.words import step_of
from bot.lock.model import Lock
from bot.lock.rules import Frozen
from bot.lock.views import in_force

MOST = 10  # of each kind
LATER = (State.QUEUED, State.SCHEDULED)
NEVER = timedelta.max


class Desk(NamedTuple):
    """What one person sees. `votes` are deploys that wait for their yes, `steps` those that they may send on, `reviews`
    those that they may sign; `active` and `recent` are everybody's."""

    active: Sequence[Deploy]
    recent: Sequence[Deploy]
    votes: Sequence[Deploy] = ()
    steps: Sequence[Deploy] = ()
    reviews: Sequence[Review] = ()
    locks: Sequence[Lock] = ()
    freezes: Sequence[Frozen] = ()


def waits_for_somebody(deploy: Deploy, now: datetime) -> bool:
    """Whether it stands at a step until a person sends it on: paused, to be promoted, or undecided by its gate."""
    step = step_of(deploy)
    if deploy.state != State.RUNNING or step is None or deploy.aborted_by:
        return False
    return bool(deploy.paused_by) or _asks(deploy, now)


def _asks(deploy: Deploy, now: datetime) -> bool:
    step = step_of(deploy)
    if step is None or deploy.step_at is None:
        return False
    return next_move(deploy, step, deploy.how.gate(step.gate), deploy.judged, now, NEVER).go == Go.ASK


def home(desk: Desk, links: Links) -> list[Block]:
    """The blocks of the tab."""
    mine = {id(deploy) for deploy in (*desk.votes, *desk.steps)}
    rest = [deploy for deploy in desk.active if id(deploy) not in mine]
    watched = [deploy for deploy in rest if deploy.state == State.WATCHING]
    later = [deploy for deploy in rest if deploy.state in LATER]
    running = [deploy for deploy in rest if deploy.state not in (*LATER, State.WATCHING)]
    running.sort(key=lambda deploy: deploy.state in BEFORE)  # what changes something stands first
    own = [*_deploys(desk.votes, links), *_deploys(desk.steps, links), *_texts(owed(desk.reviews, links))]
    return [
        header("Waits for me"),
        *(own or [section("Nothing waits for your approval.")]),
        *_part("Running", _deploys(running, links) or [section("No deploy is under way.")]),
        *_part("Being watched", _deploys(watched, links)),
        *_part("Queued or scheduled", _deploys(later, links)),
        *_part("Locked or frozen", _texts(in_force(desk.locks, desk.freezes))),
        *_part(
            "Lately", _texts(line(one, links) for one in desk.recent) or [section("Nothing has been deployed yet.")]
        ),
        context("Type `/deploy` in any channel to start one. What stands here is kept up to date while you look."),
    ]


def _part(title: str, blocks: Sequence[Block]) -> list[Block]:
    """A heading with what stands below it; nothing where there is nothing."""
    return [divider(), header(title), *blocks] if blocks else []


def _deploys(deploys: Sequence[Deploy], links: Links) -> list[Block]:
    shown = [_with_link(deploy, links) for deploy in deploys[:MOST]]
    return [*shown, *([context(f"and {len(deploys) - MOST} more")] if len(deploys) > MOST else [])]


def _texts(lines: Iterable[str]) -> list[Block]:
    return [section(text) for text in list(lines)[:MOST]]


def _with_link(deploy: Deploy, links: Links) -> Block:
    url = links.get(deploy.subject)
    return section(line(deploy, links), link_button("Open", f"deploy:open:{deploy.id}", url) if url else None)
