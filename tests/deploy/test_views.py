"""Every message: valid for Slack, the same in text as in blocks, pinging nobody it must not."""

import re
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion

from bot.blocks import Message
from bot.deploy.model import State
from bot.deploy.views import alert, card, spoken
from bot.values import Trouble
from docs.samples import MESSAGES, VIEWS, sample
from playground.slack.blockkit import problems

PINGS = re.compile(r"<@|<!subteam|<!channel|<!here|<!everyone")
MAY_PING = {"Thread: failed, with evidence", "Thread: needs a person", "Thread: not started after all"}
NASTY = "<!channel> & <@U1> `x` *b*"


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_stays_as_it_is(name: str, snapshot: SnapshotAssertion) -> None:
    message = MESSAGES[name]()
    assert {"text": message.text, "blocks": message.blocks} == snapshot


@pytest.mark.parametrize("name", MESSAGES)
def test_slack_takes_it(name: str) -> None:
    assert problems({"blocks": MESSAGES[name]().blocks}, "message") == []


@pytest.mark.parametrize("name", VIEWS)
def test_slack_takes_the_form(name: str) -> None:
    view = VIEWS[name]()
    assert problems(view, "home" if view["type"] == "home" else "modal") == []


@pytest.mark.parametrize("name", MESSAGES)
def test_the_text_says_what_the_blocks_say(name: str) -> None:
    message = MESSAGES[name]()
    for said in texts(message.blocks):
        assert said in message.text or said.replace("*\n", ":* ") in message.text


@pytest.mark.parametrize("name", [name for name in MESSAGES if name not in MAY_PING])
def test_only_who_must_act_is_pinged(name: str) -> None:
    pinged = PINGS.findall(MESSAGES[name]().text)
    assert pinged == (["<!subteam"] if name.startswith("Approval request") else [])


@pytest.mark.parametrize("state", State)
def test_no_name_or_reason_can_break_out_of_a_card(state: State) -> None:
    deploy = sample(state, service=NASTY, version=NASTY, environment=NASTY, requested_name=NASTY, reason=NASTY)
    assert not PINGS.search("".join(texts(card(deploy).blocks, mrkdwn_only=True)))


def test_no_log_line_can_break_out_of_an_alert() -> None:
    trouble = Trouble(reason=NASTY, message="```" + NASTY, pod=NASTY, container=NASTY, log=(NASTY, "```", "x" * 9000))
    message = alert(sample(State.ROLLING_BACK), trouble)
    assert "".join(texts(message.blocks)).count("```") == 2
    assert PINGS.findall("".join(texts(message.blocks))) == ["<@"]
    assert valid(message)


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0 s"), (42, "42 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")])
def test_a_length_of_time_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert spoken(seconds) == said


def valid(message: Message) -> bool:
    return problems({"blocks": message.blocks}, "message") == []


def texts(blocks: list[dict[str, Any]], mrkdwn_only: bool = False) -> list[str]:
    """What stands in the blocks, but for the labels of buttons."""
    found = []
    for block in blocks:
        parts = [block.get("text"), *block.get("fields", [])]
        parts += block["elements"] if block["type"] == "context" else []
        found += [part["text"] for part in parts if part and not (mrkdwn_only and part["type"] == "plain_text")]
    return found
