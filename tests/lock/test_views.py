"""What is said about locks and freezes stays valid and harmless, however long and strange the names and reasons are."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.lock.model import Freeze, Lock
from bot.lock.rules import Frozen
from bot.lock.views import ending, freezes, frozen_now, locked, opened, over, robbed, taken_over, thawed, unlocked
from bot.lock.wishes import REASON
from playground.slack.blockkit import problems

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
words = st.text(min_size=1, max_size=REASON) | st.just("<" * REASON) | st.just("<!channel> `x` ```y``` *b* & <@U1>")
names = st.text(min_size=1, max_size=80) | st.just("<!here>")


@settings(max_examples=50, deadline=None)
@given(words, names, names)
def test_every_message_is_valid_and_nothing_in_it_pings(reason: str, name: str, other: str) -> None:
    until = NOON + timedelta(hours=2)
    lock = Lock(place="api/production", holder="U0CAM", name=name, reason=reason, at=NOON, until=until)
    new = Lock(place="api/production", holder="U0ARI", name=other, reason=reason, at=NOON)
    freeze = Freeze(environment="production", reason=reason, person="U0CAM", name=name, at=NOON, until=until)
    places = tuple("x" * 63 for _ in range(20))
    frozen = Frozen(reason, name, NOON, NOON + timedelta(days=9), places, places)
    for message in (
        locked(lock),
        locked(new),
        taken_over(new, lock),
        unlocked(lock, other),
        over(lock),
        ending(lock),
        robbed(lock, new),
        opened(lock, other),
        frozen_now(freeze),
        thawed(freeze, other),
        freezes([frozen] * 20, [frozen] * 20, 14),
    ):
        assert problems({"blocks": message.blocks}, "message") == []
        for mark in ("<!channel", "<!here", "<@", "```"):
            assert mark not in message.text
        shown = [block["text"]["text"] for block in message.blocks if block["type"] == "section"]
        assert all(text.count("<!date^") == text.count(" UTC>") for text in shown), "no date is cut in the middle"


def test_a_long_list_of_freezes_says_how_many_are_not_shown() -> None:
    frozen = Frozen("weekend", "", NOON, NOON + timedelta(days=9), "all", "all")
    text = freezes([frozen] * 20, [], 14).text
    assert text.count("• *everything* until") == 15
    assert "… and 5 more" in text
