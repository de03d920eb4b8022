"""What people see of approvals: valid for Slack whatever is in it, pinging nobody it must not, and clicked for real."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import post
from bot.approval.checklist import ticked, unboxed
from bot.approval.model import Answer, Review, Tick, Vote
from bot.approval.review_views import emergency, reminder, sign_form, signed
from bot.approval.views import approval_request, decided, escalation, nag, reject_form, voided
from bot.blocks import Message, addressed
from bot.call import Call
from bot.policy import Quorum
from playground.client import Json
from playground.slack.blockkit import problems
from tests.approval.samples import NOON, PLAN, vote
from tests.approval.stage import Stage, behind_the_gate, staged
from tests.engine.workspace import DEPLOYS

END = NOON + timedelta(hours=4)
WHAT = "*api* `v1.1` → `v1.2` in *production*"
PINGS = re.compile(r"<@|<!subteam|<!channel|<!here|<!everyone")
NASTY = st.sampled_from(["<!channel> ", "`x` ", "*b* ", "```", "& <@U1> ", "x" * 700]).flatmap(
    lambda part: st.integers(1, 300).map(lambda times: (part * times)[:9_000])
)


def asks(quorum: Quorum, *missing: str, votes: list[Vote] | None = None, **more: Any) -> Message:
    return approval_request(WHAT, 41, PLAN, quorum, missing, votes or [], END, ["<!subteam^S0APPROVE>"], **more)


def test_the_simplest_request_says_what_how_many_and_until_when() -> None:
    lines = asks(Quorum(), "1 more").text.splitlines()
    assert lines[0] == f"*Needs 1 approval:* {WHAT}."
    assert lines[1].startswith("<!subteam^S0APPROVE> — approve or reject by <!date")
    assert len(lines) == 2


def test_a_quorum_says_everything_that_it_asks_for_and_what_is_missing_of_it() -> None:
    strict = Quorum(count=2, teams=2, roles=("commander", "approver"), no_coauthors=True)
    lines = asks(strict, "1 more", "somebody of another team than shop", votes=[vote("ari")]).text.splitlines()
    assert lines[0].startswith("*Needs 2 approvals:*")
    roles = "among them the role *commander* and the role *approver*"
    assert lines[1] == f"From 2 different teams, {roles}, nobody who wrote a part of it."
    assert lines[2] == "Still missing: 1 more, somebody of another team than shop."
    assert lines[-1].startswith("Ari approved")


def test_votes_on_another_plan_are_not_shown_and_the_button_carries_this_one() -> None:
    message = asks(Quorum(count=2), "2 more", votes=[vote("ari", plan="older")])
    assert "approved" not in message.text
    buttons = {one["action_id"]: one["value"] for one in message.blocks[-1]["elements"]}
    assert buttons == {"deploy:approve": f"41:{PLAN}", "deploy:reject": f"41:{PLAN}"}


def test_what_has_changed_since_is_said_in_words() -> None:
    message = voided(
        ["what runs there: 12 api:v1.1 → 13 api:<v1.1.1>"], [vote("ari"), vote("eve", answer=Answer.REJECT)]
    )
    assert message.text.splitlines()[0] == "*Approvals are void:* what runs there: 12 api:v1.1 → 13 api:&lt;v1.1.1&gt;"
    assert message.text.splitlines()[1].startswith("Ari approved")
    assert "Eve" not in message.text
    many = voided([f"thing {number}" for number in range(9)], [])
    assert many.text.splitlines()[1:] == [*(f"• thing {number}" for number in range(6)), "• and 3 more"]


def test_without_anybody_to_ping_a_sentence_stays_one() -> None:
    assert addressed([], "look at it.") == "Look at it."
    assert addressed(["<@U0ARI>", "<@U0CAM>"], "look at it.") == "<@U0ARI> <@U0CAM> — look at it."
    assert "It expires" in nag(WHAT, ["1 more"], [], END).text


@given(NASTY, NASTY, st.integers(0, 10), st.integers(0, 12))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_people_write_slack_takes_it_and_nobody_is_pinged_by_it(
    text: str, other: str, items: int, votes: int
) -> None:
    checklist = [f"{number} {text}"[:75] for number in range(items)]
    ticks = [Tick(item=item, person="U1", name=other, at=NOON) for item in checklist[::2]]
    given = [
        Vote(subject="deploy:41", plan=PLAN, person=str(number), name=text, answer=answer, reason=other, at=NOON)
        for number in range(votes)
        for answer in Answer
    ]
    review = Review(
        subject="deploy:41",
        place="api/production",
        channel=DEPLOYS,
        reason=text,
        person="U1",
        name=other,
        at=NOON,
        due_at=END,
        signed_by="U2",
        signed_name=text,
        signed_at=END,
        note=other,
    )
    messages = [
        approval_request(WHAT, 41, PLAN, Quorum(count=3), [], given, END, [], checklist=checklist, ticks=ticks),
        decided(WHAT, "*Approved*", given),
        voided([text, other], given),
        nag(WHAT, ["1 more"], [], END),
        escalation(WHAT, ["1 more"], [], NOON, END),
        emergency(review),
        reminder(review, []),
        signed(review),
    ]
    for message in messages:
        assert problems({"blocks": message.blocks}, "message") == []
        assert not PINGS.search(message.text)
    for form in (reject_form(WHAT, f"41:{PLAN}"), sign_form(review)):
        assert problems(form, "modal") == []


# The boxes, clicked

LIST = ["Dashboards <read>", "Migration read", "On call knows"]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A request with a checklist stands in #deploys, and clicks on its boxes count."""
    async with staged("sqlite", tmp_path) as stage:
        ticks: list[Tick] = []

        async def show() -> None:
            async with stage.store.transaction() as rows:
                view = asks(Quorum(), "1 more", checklist=LIST, ticks=ticks)
                await post.put(rows, NOON, "deploy:41:approval", DEPLOYS, view)
            stage.outbox.nudge()

        async def tick(call: Call) -> None:
            assert unboxed(call.block)[:2] == (41, PLAN)
            shown, chosen = unboxed(call.block)[2], {int(value) for value in call.chosen}
            ticks[:] = ticked(LIST, ticks, shown, chosen, call.person, NOON)
            await show()

        async with behind_the_gate(stage) as gate:
            gate.action("deploy:tick")(tick)
            await show()
            yield stage


def boxes_of(request: Json) -> set[str]:
    """The boxes that everybody sees as ticked."""
    element = next(
        one for block in request["blocks"] for one in block.get("elements", []) if one["type"] == "checkboxes"
    )
    return {one["value"] for one in element.get("initial_options", [])}


async def test_boxes_are_ticked_for_all_to_see_and_a_tick_can_be_taken_back(stage: Stage) -> None:
    ari, cam = map(stage.office.people.person, ("ari", "cam"))
    fresh = await stage.line("3 of 3 left")
    await ari.click(fresh, "deploy:tick", selected_options=["0"])
    one = await stage.line("2 of 3 left")
    assert boxes_of(one) == {"0"}
    assert "“Dashboards &lt;read&gt;”: Ari Novak" in one["text"]
    await cam.click(one, "deploy:tick", selected_options=["0", "2"])
    two = await stage.line("1 of 3 left")
    assert boxes_of(two) == {"0", "2"}
    assert "“On call knows”: Cam Lindqvist" in two["text"]
    await cam.click(two, "deploy:tick", selected_options=["2"])
    assert boxes_of(await stage.line("2 of 3 left")) == {"2"}
