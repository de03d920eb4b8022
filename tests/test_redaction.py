"""What is hidden, and what is not."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.redaction import HIDDEN, Redactor


def test_a_secret_without_a_shape_is_hidden_when_it_is_known_the_longest_first() -> None:
    redactor = Redactor([SecretStr("hushhush"), SecretStr("hushhush-and-more"), SecretStr("api")])
    assert redactor.text("hushhush-and-more, hushhush; api") == f"{HIDDEN}, {HIDDEN}; api"


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "bot_token",
        "X-Secret",
        "password",
        "passwd",
        "Authorization",
        "Cookie",
        "response_url",
        "api_key",
        "private_key",
    ],
)
def test_what_goes_under_a_secret_name_is_hidden_whatever_it_is(name: str) -> None:
    clean = Redactor()(None, "info", {name: "plain", "inside": {name: ["plain"]}})
    assert clean == {name: HIDDEN, "inside": {name: HIDDEN}}


@given(st.from_regex(r"(xox[abeprs]|xapp)-[A-Za-z0-9-]{8,60}", fullmatch=True), st.text(), st.text())
def test_a_token_is_hidden_whatever_stands_around_it(token: str, before: str, after: str) -> None:
    assert token not in Redactor().text(f"{before} {token} {after}")


@pytest.mark.parametrize(
    "text",
    [
        "deploy api v1.2 to production asked by U0DANA in C0DEPLOYS",
        "2 of 3 replicas ready after 12.5 s",
        "https://example.com/runbooks/api?page=2#top",
        "sqlite:///var/quarterdeck.db",
        "GET /apis/apps/v1/namespaces/shop-production/deployments/api 200",
        "the approver's token of trust",
    ],
)
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert Redactor().text(text) == text


def test_values_keep_their_types_and_long_ones_are_cut() -> None:
    event = {
        "a": 1,
        "b": 1.5,
        "c": True,
        "d": None,
        "e": [1, "x"],
        "f": {"g": "h"},
        "i": SecretStr("x"),
        "j": "y" * 20_000,
    }
    clean = Redactor()(None, "info", dict(event))
    assert [clean[key] for key in "abcdefi"] == [1, 1.5, True, None, [1, "x"], {"g": "h"}, HIDDEN]
    assert clean["j"].endswith("… (4,000 more)")


@pytest.mark.parametrize(
    "piece",
    ["token", "eyJ", "xoxb-", "://a:", "authorization ", "https://hooks.", "https://a", "-----BEGIN PRIVATE KEY-----"],
)
def test_a_hostile_text_is_read_in_time_that_grows_with_its_length_alone(piece: str) -> None:
    before = time.process_time()
    Redactor().text(piece * 8_000)
    assert time.process_time() - before < 1.0
