"""A pending request: reminded once, escalated once, expired once, each in its time."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approval.timing import Due, Next, next_step
from bot.policy import Quorum
from tests.approval.samples import NOON

END = NOON + timedelta(hours=4)
BOTH = Quorum(escalate_to=("@leads",))


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("minutes", "done", "expected"),
    [
        (0, (), Next(Due.WAIT, at(30))),
        (30, (), Next(Due.NAG, at(60))),
        (31, (Due.NAG,), Next(Due.WAIT, at(60))),
        (60, (Due.NAG,), Next(Due.ESCALATE, END)),
        (90, (), Next(Due.ESCALATE, END)),
        (90, (Due.ESCALATE,), Next(Due.WAIT, END)),
        (90, (Due.NAG, Due.ESCALATE), Next(Due.WAIT, END)),
        (240, (), Next(Due.EXPIRE, None)),
        (999, (Due.NAG,), Next(Due.EXPIRE, None)),
    ],
)
def test_each_in_its_time(minutes: float, done: tuple[Due, ...], expected: Next) -> None:
    assert next_step(BOTH, NOON, END, at(minutes), done) == expected


def test_where_nobody_is_named_nobody_is_asked() -> None:
    assert next_step(Quorum(), NOON, END, at(90)) == Next(Due.NAG, END)
    assert next_step(Quorum(), NOON, END, at(90), [Due.NAG]) == Next(Due.WAIT, END)


def test_a_request_that_is_over_before_its_reminder_expires_in_silence() -> None:
    assert next_step(BOTH, NOON, at(20), at(0)) == Next(Due.WAIT, at(20))


MINUTES = st.integers(1, 600).map(lambda minutes: timedelta(minutes=minutes))


@given(MINUTES, MINUTES, MINUTES, st.booleans(), st.lists(st.integers(0, 700), max_size=20))
def test_whoever_looks_when_told_does_each_once_and_ends(
    nag: timedelta, escalate: timedelta, ends: timedelta, named: bool, early: list[int]
) -> None:
    quorum = Quorum(nag_after=nag, escalate_after=escalate, escalate_to=("@leads",) if named else ())
    now, done = NOON, list[Due]()
    moments = sorted(at(minutes) for minutes in early)  # wakings that nobody asked for do no harm
    for _ in range(40):
        due, again = next_step(quorum, NOON, NOON + ends, now, done)
        if due != Due.WAIT:
            assert due not in done
            done.append(due)
        if again is None:
            break
        assert again > now
        now = min([again, *(moment for moment in moments if moment > now)])
    assert done[-1] == Due.EXPIRE
    assert (Due.ESCALATE in done) == (named and escalate < ends)
    assert (Due.NAG in done) == (nag < ends and not (named and escalate <= nag))
