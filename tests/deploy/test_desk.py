"""The Home tab: what waits for its reader is found, stands first and once; nothing that stands in a row breaks it."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.blocks import Block, message
from bot.deploy.desk import MOST, Desk, home, waits_for_somebody
from bot.deploy.model import ACTIVE, Deploy, State
from bot.lock.model import Lock
from bot.lock.rules import Frozen
from bot.metrics.model import Gate
from docs.sample_rows import LINKS, NOON, PASSED, REVIEW, UNCLEAR, dumped, planned, sample
from playground.slack.blockkit import problems

MINUTE = timedelta(minutes=1)
GATES = {"gates": {"standard": Gate.model_validate({"limits": [{"signal": "errors", "above": 0.05}]})}}
FROZEN = Frozen("release <week>", "Cam Lindqvist", NOON, NOON + timedelta(days=2), "all", ("production",))
LOCK = Lock(place="web/staging", reason="db & migration", holder="U0ARI", name="Ari Novak", at=NOON)


def at_step(step: int, **more: Any) -> Deploy:
    """A canary at a step since 12:03: of two minutes and a gate, of five, and of five until somebody promotes it."""
    return planned(State.RUNNING, plan=GATES, step=step, **more)


@pytest.mark.parametrize(
    ("deploy", "minutes", "waits"),
    [
        (at_step(0), 4, False),
        (at_step(0, verdict=dumped(UNCLEAR)), 4, False),
        (at_step(0, verdict=dumped(UNCLEAR)), 60, True),  # its gate can't decide
        (at_step(0, verdict=dumped(PASSED)), 60, False),
        (at_step(0, paused_by="U0DANA"), 4, True),
        (at_step(0, paused_by="U0DANA", aborted_by="U0ARI"), 4, False),
        (at_step(2), 7, False),
        (at_step(2), 9, True),  # to be promoted
        (at_step(2, promoted=2), 9, False),
        (at_step(3), 60, False),  # it is the whole
        (sample(State.RUNNING), 60, False),  # nothing is known of its steps
        (planned(State.WAITING, paused_by="U0DANA"), 60, False),
    ],
)
def test_a_step_waits_for_somebody_when_it_does_not_go_on_by_itself(deploy: Deploy, minutes: int, waits: bool) -> None:
    assert waits_for_somebody(deploy, NOON + minutes * MINUTE) is waits


def said(blocks: list[Block]) -> str:
    return message(*blocks).text


def test_what_waits_for_the_reader_stands_first_and_once() -> None:
    vote, step = sample(State.WAITING, id=7), at_step(0, id=8, paused_by="U0DANA")
    others = [sample(State.WAITING, id=9), planned(State.WATCHING, id=10), sample(State.QUEUED, id=11)]
    desk = Desk([vote, step, *others], [planned(State.SUCCEEDED, id=6)], [vote], [step], [REVIEW], [LOCK], [FROZEN])
    parts = said(home(desk, LINKS)).split("Running\n")
    assert parts[0].startswith("Waits for me")
    assert all(number in parts[0] for number in ("#7", "#8", "review due"))
    assert "Nothing waits" not in parts[0]
    assert not any(number in parts[1] for number in ("#7", "#8"))
    titles = ["Being watched", "#10", "Queued or scheduled", "#11", "Locked or frozen", "Lately", "#6"]
    places = [parts[1].index(title) for title in titles]
    assert places == sorted(places)
    assert "*production* is frozen until" in parts[1]
    assert "release &lt;week&gt; (Cam Lindqvist)" in parts[1]
    assert "*web/staging* is locked by Ari Novak: db &amp; migration" in parts[1]


def test_what_changes_something_stands_before_what_waits() -> None:
    desk = Desk([sample(State.WAITING, id=7), at_step(1, id=8)], [])
    text = said(home(desk, {}))
    assert text.index("#8") < text.index("#7")


def test_an_empty_desk_has_no_headings_without_anything_below() -> None:
    text = said(home(Desk([], []), {}))
    assert "Nothing waits for your approval." in text
    assert "No deploy is under way." in text
    assert "Nothing has been deployed yet." in text
    assert not any(title in text for title in ("Being watched", "Queued", "Locked"))


def test_what_is_too_much_is_counted() -> None:
    waiting = [sample(State.WAITING, id=number) for number in range(MOST + 3)]
    assert "and 3 more" in said(home(Desk(waiting, [], votes=waiting), {}))


DEPLOYS = st.lists(st.sampled_from(ACTIVE).map(lambda state: planned(state, paused_by="U0DANA")), max_size=40)


@given(DEPLOYS, DEPLOYS, st.integers(0, 40))
def test_slack_takes_it_whatever_is_on_it(active: list[Deploy], recent: list[Deploy], many: int) -> None:
    desk = Desk(active, recent, active[:20], active[20:], [REVIEW] * many, [LOCK] * many, [FROZEN] * many)
    assert problems({"type": "home", "blocks": home(desk, LINKS)}, "home") == []
