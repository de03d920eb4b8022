"""Every message: valid for Slack, the same in text as in blocks, pinging nobody it must not."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from bot.approval.model import Vote
from bot.blocks import TEXT_LIMIT, Block, Message
from bot.deploy import views
from bot.deploy.lists import history, queue, status
from bot.deploy.model import Deploy, Kind, State
from bot.deploy.steering import buttons
from bot.deploy.views import alert, card, spoken
from bot.metrics.model import Finding, Outcome, Verdict
from bot.policy import Migration
from bot.values import Check, Commit, Comparison, JobLook, Phase, Progress, Trouble
from docs.sample_rows import NOON, REVIEW, STRATEGIES, YES, dumped, planned, sample
from docs.samples import MESSAGES, VIEWS
from playground.slack.blockkit import problems

PINGS = re.compile(r"<@|<!subteam|<!channel|<!here|<!everyone")
MAY_PING = {
    "Thread: its turn",
    "Thread: not started after all",
    "Thread: waits for a person",
    "Thread: failed, with evidence",
    "Thread: worse, with evidence",
    "Thread: the way back needs a person",
    "Thread: back, and still not well",
    "Thread: needs a person",
}
TO_APPROVERS = ("Approval request", "Approval: ", "Emergency: reminder")
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
    assert pinged == (["<!subteam"] if name.startswith(TO_APPROVERS) else [])


@pytest.mark.parametrize("name", MESSAGES)
def test_nothing_dangerous_is_done_without_a_question_and_no_row_is_crowded(name: str) -> None:
    rows = [block["elements"] for block in MESSAGES[name]().blocks if block["type"] == "actions"]
    for row in rows:
        assert len(row) <= 5
        assert sum(one.get("style") == "primary" for one in row) <= 1
        for one in row:
            asks = "confirm" in one or one.get("text", {}).get("text", "").endswith("…")  # or a form comes first
            assert asks or one.get("style") != "danger"


@pytest.mark.parametrize("state", State)
def test_no_name_or_reason_can_break_out_of_a_card(state: State) -> None:
    deploy = sample(state, service=NASTY, version=NASTY, environment=NASTY, requested_name=NASTY, reason=NASTY)
    assert not PINGS.search("".join(texts(card(deploy).blocks, mrkdwn_only=True)))


def test_no_log_line_can_break_out_of_an_alert() -> None:
    trouble = Trouble(reason=NASTY, message="```" + NASTY, pod=NASTY, container=NASTY, log=(NASTY, "```", "x" * 9000))
    message = alert(sample(State.ROLLING_BACK), trouble)
    assert "".join(texts(message.blocks)).count("```") == 2
    assert PINGS.findall("".join(texts(message.blocks))) == ["<@"]
    assert problems({"blocks": message.blocks}, "message") == []


WORDS = st.builds(
    lambda text, times: text * times,
    st.text(max_size=12) | st.sampled_from([NASTY, "```", "&", "<!here>", "|", "\n"]),
    st.sampled_from([1, 40, 900]),
)
NUMBERS = st.none() | st.floats()


@st.composite
def rows(draw: st.DrawFn, state: State) -> Deploy:
    """A deploy whose every word may be absurd."""
    word, check = draw(WORDS), Check(name=draw(WORDS), passed=draw(st.booleans()), text=draw(WORDS))
    commit = Commit(sha=word, title=draw(WORDS), author=word)
    plan = {
        "difference": (word,) * draw(st.sampled_from([0, 1, 200])),
        "comparison": Comparison(url=draw(WORDS), total=9, behind=draw(st.integers(0, 3)), commits=(commit,) * 30),
        "unknown": word,
        "window": word,
        "rehearsal": (check,) * draw(st.sampled_from([0, 1, 60])),
        "rollback": draw(st.none() | st.floats(0, 1e7)),
        "migration": draw(st.none() | st.builds(Migration, up=st.just((word,)), down=st.sampled_from([(), (word,)]))),
        "watch": draw(st.floats(0, 1e6)),
    }
    finding = Finding(signal=word, kind="limit", outcome=Outcome.FAIL, error=word)
    values = {
        "kind": draw(st.sampled_from(Kind)),
        "emergency": draw(WORDS),
        "aborted_by": draw(st.sampled_from(["", "U0CAM"])),
        "checks": [check.model_dump(mode="json")] * draw(st.sampled_from([0, 1, 40])),
        "progress": dumped(Progress(phase=Phase.WAITING, text=word, wanted=2, new=2, old=2, weight=33.0)),
        "measured": {"new": {word: draw(NUMBERS)} | {str(one): 0.1 for one in range(30)}, "old": {word: draw(NUMBERS)}},
        "verdict": dumped(Verdict(outcome=draw(st.sampled_from(Outcome)), findings=(finding,) * 30, at=NOON)),
        "step": draw(st.integers(0, 4)),
        "not_before": draw(st.sampled_from([None, NOON])),
        "in_window": draw(st.booleans()),
    }
    values |= dict.fromkeys(("service", "version", "environment", "requested_name", "reason", "paused_by"), word)
    return planned(state, draw(st.sampled_from(list(STRATEGIES))), plan, **values)


@pytest.mark.parametrize("state", State)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_whatever_is_in_a_row_slack_takes_its_messages_and_the_buttons_stay(state: State, data: st.DataObject) -> None:
    deploy = data.draw(rows(state))
    many: list[Vote] = [YES.model_copy(update={"name": deploy.service})] * 20
    shown = card(deploy, many, 3, "<https://example.com|#40>", newest=True, review=REVIEW)
    assert valid(shown)
    assert shown.blocks[len(shown.blocks) - len(buttons(deploy, True)) :] == buttons(deploy, True)
    look = JobLook(phase=Phase.FAILED, text=deploy.reason, log=(deploy.reason,) * 3)
    trouble = Trouble(reason=deploy.reason, message=deploy.reason, pod=deploy.service, log=(deploy.reason,))
    verdict = deploy.judged
    assert verdict
    for message in (
        views.plan_message(deploy),
        views.alert(deploy, trouble),
        views.gate_said(deploy, verdict, deploy.reason),
        views.asks(deploy, deploy.reason, verdict),
        views.step_reached(deploy),
        views.paused(deploy, deploy.reason),
        views.promoted(deploy, deploy.service),
        views.migration_log(deploy, "down", look),
        views.way_back(deploy, deploy.reason),
        views.superseded(deploy, deploy),
        views.stuck(deploy),
        status([deploy] * 30, {deploy.subject: deploy.service}, [REVIEW] * 30),
        queue([deploy] * 30, {}),
        history(deploy.service, [deploy] * 30, {}),
    ):
        assert valid(message)


def valid(message: Message) -> bool:
    """Whether Slack takes it, and it pings nobody but the requester."""
    foreign = (message.text + "".join(texts(message.blocks, mrkdwn_only=True))).replace("<@U0DANA>", "")
    assert problems({"blocks": message.blocks}, "message") == []
    return 0 < len(message.text) <= TEXT_LIMIT and not PINGS.search(foreign)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (42, "42 s"), (120, "2 min"), (200, "3 min 20 s"), (7500, "2 h 5 min"), (180_000, "2 d 2 h")],
)
def test_a_length_of_time_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert spoken(seconds) == said


def texts(blocks: list[Block], mrkdwn_only: bool = False) -> list[str]:
    """What stands in the blocks, but for the labels of buttons."""
    found: list[str] = []
    for block in blocks:
        parts: list[Any] = [block.get("text"), *block.get("fields", [])]
        parts += block["elements"] if block["type"] == "context" else []
        found += [part["text"] for part in parts if part and not (mrkdwn_only and part["type"] == "plain_text")]
    return found
