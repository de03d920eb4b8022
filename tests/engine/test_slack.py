"""The calls to Slack: paced, repeated where that is safe, told apart where not."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.blocks import Message, message, section
from bot.errors import Unavailable
from bot.slack import Ambiguous, Bucket, Slack, SlackRefused
from tests.engine.workspace import DEPLOYS, Office, open_office

HELLO = message(section("Hello"))


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path, deadline=3, patience=0.5) as office:
        yield office


def later(minutes: float = -1) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


# Pace


def test_a_burst_passes_at_once_and_the_rest_at_the_rate() -> None:
    bucket = Bucket(60)
    delays = [bucket.delay() for _ in range(17)]
    assert delays[:15] == [0.0] * 15
    assert delays[15:] == pytest.approx([1.0, 2.0], abs=0.05)


def test_a_closed_bucket_lets_nothing_through_before_its_time() -> None:
    bucket = Bucket(60)
    bucket.close(5)
    bucket.close(2)
    assert bucket.delay() == pytest.approx(5, abs=0.05)


async def test_what_slack_limits_waits_as_long_as_slack_says_and_then_goes_out(office: Office) -> None:
    await office.people.fault("ratelimited", method="chat.postMessage", retry_after=1)
    begun = time.monotonic()
    await office.slack.post(DEPLOYS, HELLO, "k")
    assert time.monotonic() - begun >= 1
    assert await office.texts() == ["Hello"]


async def test_a_limit_beyond_the_deadline_is_told_with_its_length(office: Office) -> None:
    await office.people.fault("ratelimited", method="chat.postMessage", retry_after=60)
    begun = time.monotonic()
    with pytest.raises(Unavailable, match="rate limited") as out:
        await office.slack.post(DEPLOYS, HELLO, "k")
    assert out.value.retry_after == pytest.approx(60, abs=1)
    assert time.monotonic() - begun < 1


# What went wrong


@pytest.mark.parametrize("kind", ["http_500", "reset_before", "reset_after", "hang"])
async def test_what_may_be_said_twice_is_tried_again(office: Office, kind: str) -> None:
    ts = await office.slack.post(DEPLOYS, HELLO, "k")
    await office.people.fault(kind, method="chat.update", count=2)
    await office.slack.update(DEPLOYS, ts, message(section("Bye")))
    assert await office.texts() == ["Bye"]


@pytest.mark.parametrize(
    ("kind", "how", "sent"),
    [
        ("http_500", {}, 0),
        ("reset_before", {}, 0),
        ("reset_after", {}, 1),
        ("hang", {}, 0),
        ("error", {"error": "internal_error"}, 0),
    ],
)
async def test_what_may_not_be_said_twice_is_left_to_the_caller(
    office: Office, kind: str, how: dict[str, str], sent: int
) -> None:
    await office.people.fault(kind, method="chat.postMessage", **how)
    before = later()
    with pytest.raises(Ambiguous):
        await office.slack.post(DEPLOYS, HELLO, "k")
    assert len(await office.texts()) == sent
    assert (await office.slack.find(DEPLOYS, "k", before) is not None) == bool(sent)


async def test_a_no_is_told_in_slacks_own_word_and_not_repeated(office: Office) -> None:
    with pytest.raises(SlackRefused) as no:
        await office.slack.post("C0NOWHERE", HELLO, "k")
    assert (no.value.method, no.value.error) == ("chat.postMessage", "channel_not_found")
    assert len(await office.people.calls("chat.postMessage")) == 1


async def test_a_workspace_that_is_not_there_is_waited_for_until_the_deadline(office: Office) -> None:
    office.slack.client.base_url = "http://127.0.0.1:9/api/"
    office.slack.deadline = 0.6
    with pytest.raises(Unavailable, match="Slack") as out:
        await office.slack.post(DEPLOYS, HELLO, "k")
    assert not isinstance(out.value, Ambiguous), "nothing can have been posted"


# Messages


async def test_a_message_is_found_by_its_key_in_its_channel_or_thread(office: Office) -> None:
    head = await office.slack.post(DEPLOYS, HELLO, "head")
    line = await office.slack.post(DEPLOYS, HELLO, "line", thread=head)
    assert await office.slack.find(DEPLOYS, "head", later()) == head
    assert await office.slack.find(DEPLOYS, "line", later(), thread=head) == line
    assert await office.slack.find(DEPLOYS, "line", later()) is None
    assert await office.slack.find(DEPLOYS, "head", later(+1)) is None


async def test_an_answer_reaches_one_person_alone_and_its_loss_is_told(office: Office) -> None:
    await office.slack.whisper(DEPLOYS, office.dana.id, Message("for you"))
    await office.dana.wait_ephemeral("for you")
    assert await office.texts() == []
    with pytest.raises(SlackRefused, match="response_url"):
        await office.slack.respond(office.people.url + "/response/long-over", HELLO)
    with pytest.raises(Unavailable, match="response_url"):
        await office.slack.respond("http://127.0.0.1:9/", HELLO)


# People


async def test_people_are_remembered_until_they_change(office: Office) -> None:
    first = await office.slack.person("U0DANA")
    assert (first.name, first.email, first.zone) == ("Dana Ortiz", "dana@example.com", "Europe/Berlin")
    assert await office.slack.person("U0DANA") is first
    office.slack.forget_person("U0DANA")
    assert await office.slack.person("U0DANA") == first
    assert len(await office.calls("users.info")) == 2


async def test_nobody_is_a_refusal_or_nobody(office: Office) -> None:
    with pytest.raises(SlackRefused, match="user_not_found"):
        await office.slack.person("U0NOBODY")
    assert await office.slack.person_by_email("nobody@example.com") is None


async def test_a_workspace_without_user_groups_has_none(office: Office) -> None:
    assert set(await office.slack.groups()) == {"approvers", "commanders", "deployers"}
    await office.people.fault("plan_free")
    assert await office.slack.groups() == {}


async def test_a_bad_token_is_refused_by_name(office: Office) -> None:
    office.slack.client.token = "xoxb-of-another"
    with pytest.raises(SlackRefused, match=r"auth\.test: invalid_auth"):
        await Slack(office.slack.client).connect()
