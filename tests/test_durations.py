"""Lengths of time as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from bot.durations import Duration, parse, spell


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("4h", timedelta(hours=4)),
        ("1h30m", timedelta(minutes=90)),
        ("2d", timedelta(days=2)),
        ("0.25s", timedelta(milliseconds=250)),
        ("PT4H", timedelta(hours=4)),
        ("P2DT3H", timedelta(days=2, hours=3)),
        (timedelta(seconds=3), timedelta(seconds=3)),
    ],
)
def test_a_length_is_read_as_written(text: object, length: timedelta) -> None:
    assert parse(text) == length


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4",
        4,
        0.5,
        True,
        None,
        "4 h",
        "h",
        "-4h",
        "4H",
        "0s",
        "P",
        "PT",
        "-PT4H",
        "٤h",
        "9" * 4_000 + "s",
        "400d",
        "4h\n",
    ],
)
def test_what_is_no_length_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"length of time|longer than|duration"):
        parse(text)


@given(st.timedeltas(min_value=timedelta(milliseconds=1), max_value=timedelta(days=366)))
def test_what_is_spelled_can_be_read_back(length: timedelta) -> None:
    assert parse(spell(length)) == length


def test_a_setting_of_this_type_says_what_to_write_and_dumps_the_short_form() -> None:
    class Model(BaseModel):
        wait: Duration

    assert Model.model_validate({"wait": "90m"}).model_dump(mode="json") == {"wait": "1h30m"}
    with pytest.raises(ValidationError, match='write "90s"'):
        Model.model_validate({"wait": 90})
