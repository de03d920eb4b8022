"""What is typed behind /deploy lock and /freeze: reason and end, in either order, with or without quotation marks."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Code, Refusal
from bot.lock.wishes import LONGEST, REASON, Wish, places, split, wished

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)  # a Friday
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)  # 09:00 in Berlin
USAGE = "/freeze <environment> for 2h"


def read(text: str) -> Wish:
    return wished(split(text, USAGE), NOON, "Europe/Berlin", USAGE)


@pytest.mark.parametrize(
    ("text", "reason", "until"),
    [
        ('"db migration"', "db migration", None),
        ("db migration", "db migration", None),
        ('"db migration" for 2h', "db migration", NOON + timedelta(hours=2)),
        ("db migration for 2h", "db migration", NOON + timedelta(hours=2)),
        ("for 2h db migration", "db migration", NOON + timedelta(hours=2)),
        ("for 1h 30m db migration", "db migration", NOON + timedelta(minutes=90)),
        ("db migration FOR 2h", "db migration", NOON + timedelta(hours=2)),
        ("db migration until mon 09:00", "db migration", MONDAY),
        ('until "mon 09:00" release week', "release week", MONDAY),
        ("until mon 09:00 release week", "release week", MONDAY),
        ("until 18:00 db migration", "db migration", datetime(2026, 11, 20, 17, 0, tzinfo=UTC)),
        ("until 2026-11-23 09:00 db migration", "db migration", MONDAY),
        ("“db migration” for 2h", "db migration", NOON + timedelta(hours=2)),
        ("don't touch it, it's Dana's for 2h", "don't touch it, it's Dana's", NOON + timedelta(hours=2)),
        ("waiting for review for 2h", "waiting for review", NOON + timedelta(hours=2)),
        ('"waiting for review"', "waiting for review", None),
        ('"open until 18:00" for 2h', "open until 18:00", NOON + timedelta(hours=2)),
        ("<!channel> & friends", "<!channel> & friends", None),
    ],
)
def test_reason_and_end_are_found(text: str, reason: str, until: datetime | None) -> None:
    assert read(text) == (reason, until)


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", Code.MISSING_WORD, "a reason"),
        ('""', Code.MISSING_WORD, "a reason"),
        ("for 2h", Code.MISSING_WORD, "a reason"),
        ("... for 2h", Code.MISSING_WORD, "a reason"),
        ('"db migration', Code.INVALID, "never closed"),
        ("db migration for 2 hours", Code.INVALID, "no length of time"),
        ("db migration for ever", Code.INVALID, "'ever' is no length of time"),
        ("db migration for", Code.INVALID, "say how long"),
        ("db migration until moonday 09:00", Code.INVALID, "no weekday"),
        ("db migration until today 09:00", Code.INVALID, "in the past"),
        ("waiting for review", Code.INVALID, "'review' is no length of time"),
        ("for 2h db migration until 18:00", Code.INVALID, "twice"),
        ("x" * (REASON + 1), Code.TOO_LONG, f"at most {REASON}"),
        ("x" * (LONGEST + 1), Code.TOO_LONG, f"at most {LONGEST}"),
    ],
)
def test_what_is_not_understood_is_refused_and_shows_the_usage(text: str, code: Code, said: str) -> None:
    with pytest.raises(Refusal) as no:
        read(text)
    assert no.value.code == code
    assert said in no.value.text
    assert "`/freeze &lt;environment&gt; for 2h`" in no.value.hint


def test_foreign_words_in_a_refusal_are_harmless() -> None:
    with pytest.raises(Refusal) as no:
        read("db migration until <!channel> 09:00")
    assert "<!" not in no.value.text


def test_the_first_words_are_the_place() -> None:
    words = split('api production "db migration"', USAGE)
    named, rest = places(words, ["service", "environment"], USAGE)
    assert named == ["api", "production"]
    assert [word.text for word in rest] == ["db migration"]
    with pytest.raises(Refusal, match="Missing: environment") as no:
        places(words[:1], ["service", "environment"], USAGE)
    assert no.value.code == Code.MISSING_WORD


@given(st.text())
def test_whatever_is_typed_is_a_reason_or_a_refusal(text: str) -> None:
    with suppress(Refusal):
        wish = read(text)
        assert wish.reason
        assert wish.until is None or wish.until > NOON
