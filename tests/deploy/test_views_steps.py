"""A card while a deploy goes step by step: where it stands, what it measures, what can be done, what comes next."""

from datetime import timedelta
from typing import Any

import pytest

from bot.blocks import Block, when
from bot.deploy.beside import beside
from bot.deploy.course import course, next_line, steps_line, traffic
from bot.deploy.model import Deploy, State
from bot.deploy.steering import buttons
from bot.deploy.views import card, headline, stands
from bot.values import Phase, Progress
from docs.sample_rows import MEASURED, MIGRATION, NOON, REVIEW, STRATEGIES, dumped, planned, sample

EARLIEST = when(NOON + timedelta(minutes=8), "{time}")
COPY = Progress(phase=Phase.DONE, text="", new=1, old=3, ready=1)
PHONE = 40  # characters that fit into a line of code on a phone of 390 px


@pytest.mark.parametrize(
    ("state", "step", "line"),
    [
        (State.RUNNING, 0, "*now 5 %* · 25 % · 50 % · whole"),
        (State.RUNNING, 1, "5 % ✓ · *now 25 %* · 50 % · whole"),
        (State.RUNNING, 3, "5 % ✓ · 25 % ✓ · 50 % ✓ · *now whole*"),
        (State.ROLLING_BACK, 1, "5 % ✓ · *stopped at 25 %* · 50 % · whole"),
    ],
)
def test_the_line_of_steps_says_in_words_where_it_stands(state: State, step: int, line: str) -> None:
    assert steps_line(planned(state, step=step)) == f"*Steps:* {line}"


def test_a_strategy_without_steps_has_no_line_of_them() -> None:
    assert steps_line(planned(State.RUNNING, "rolling")) == ""


@pytest.mark.parametrize(
    ("asked", "weight", "said"),
    [
        (0, 5.2, "*Traffic:* 5 %, as asked"),
        (0, 33.3, "*Traffic:* 5 % asked, really 33 %: 1 new, 2 old replicas"),
        (0, None, "*Traffic:* 5 % asked; the target can't tell how much it really is"),
        (3, 100.0, "*Traffic:* 100 %, as asked"),
    ],
)
def test_the_traffic_that_it_really_has_is_said(asked: int, weight: float | None, said: str) -> None:
    seen = Progress(phase=Phase.DONE, text="", new=1, old=2, weight=weight)
    assert traffic(planned(State.RUNNING, step=asked), seen) == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"step": 1}, f"Next is 50 %, at {EARLIEST} at the earliest, when the gate passes."),
        ({"step": 1, "promoted": 1}, "Promoted: 50 % comes now."),
        ({"step": 1, "paused_by": "Cam"}, "*Paused* by Cam; it stays here until somebody resumes or promotes it."),
        ({"step": 1, "paused_by": "quarterdeck"}, "*Paused* by Quarterdeck; it stays here"),
        ({"step": 2}, "when the gate passes and somebody promotes it."),
    ],
)
def test_what_comes_next_and_what_it_waits_for(values: dict[str, Any], said: str) -> None:
    assert said in next_line(planned(State.RUNNING, **values))


def test_the_whole_waits_for_nothing() -> None:
    assert next_line(planned(State.RUNNING, step=3)) == ""


def test_the_headline_carries_the_step_the_pause_and_the_migration() -> None:
    assert headline(planned(State.RUNNING)) == "Deploy #41 api v1.2 to production: rolling out, 25 %"
    assert stands(planned(State.RUNNING, paused_by="Cam")) == "rolling out, paused at 25 %"
    assert stands(planned(State.RUNNING, "blue_green", step=0)) == "rolling out, beside the old one"
    assert stands(planned(State.RUNNING, after=None, plan={"migration": MIGRATION})) == "rolling out, migrating first"
    assert stands(planned(State.SUCCEEDED)) == "done, known good"
    assert headline(planned(State.RUNNING, emergency="down")).startswith("Emergency deploy #41")


def test_a_digest_leaves_room_for_the_state() -> None:
    line = headline(planned(State.RUNNING, version="sha256:" + "ab" * 32))
    assert line == "Deploy #41 api sha256:abababababab to production: rolling out, 25 %"


def test_the_new_version_stands_beside_the_old_one() -> None:
    table = beside(planned(State.RUNNING, progress=dumped(COPY), measured=MEASURED))
    lines = table.strip("`").splitlines()
    assert lines[0].split() == ["v1.2", "v1.1"]
    assert lines[2].split() == ["errors", "4.8", "%", "0.2", "%"]
    assert lines[-2].split() == ["cpu", "no", "data", "0.4"]
    assert lines[-1].split() == ["ready", "1", "of", "1", "3"]


def test_long_names_of_signals_and_versions_are_cut_before_a_phone_breaks_the_line() -> None:
    numbers = {"new": {"requests_of_the_whole_checkout": 1e9}, "old": {}}
    table = beside(planned(State.RUNNING, version="v" * 128, measured=numbers))
    assert max(map(len, table.strip("`").splitlines())) <= PHONE


def test_a_number_that_is_none_is_no_data() -> None:
    table = beside(planned(State.RUNNING, measured={"new": {"errors": float("nan")}, "old": {"errors": None}}))
    assert table.count("no data") == 2


def test_while_it_is_watched_it_stands_beside_what_was_before() -> None:
    assert beside(planned(State.WATCHING, measured=MEASURED)).splitlines()[0].split() == ["```", "v1.2", "before"]


def labels(deploy: Deploy, newest: bool = False) -> list[str]:
    return [one["text"]["text"] for row in buttons(deploy, newest) for one in row["elements"]]


@pytest.mark.parametrize(
    ("deploy", "shown"),
    [
        *((sample(state), ["Cancel"]) for state in (State.PLANNED, State.QUEUED, State.WAITING, State.SCHEDULED)),
        (planned(State.RUNNING, "rolling"), ["Abort and go back"]),
        (planned(State.RUNNING), ["Promote", "Pause", "Abort and go back"]),
        (planned(State.RUNNING, promoted=1), ["Pause", "Abort and go back"]),
        (planned(State.RUNNING, paused_by="Cam"), ["Promote", "Resume", "Abort and go back"]),
        (planned(State.RUNNING, step=3), ["Abort and go back"]),
        (planned(State.RUNNING, after=None), ["Abort and go back"]),
        (planned(State.RUNNING, before=None), ["Promote", "Pause"]),
        (planned(State.RUNNING, aborted_by="U0CAM"), []),
        (planned(State.WATCHING), ["Roll back"]),
        (planned(State.ROLLING_BACK), []),
        *((sample(state), []) for state in (State.REFUSED, State.REJECTED, State.EXPIRED, State.CANCELLED)),
        *((planned(state), []) for state in (State.SUCCEEDED, State.ROLLED_BACK, State.FAILED)),
    ],
)
def test_there_are_only_the_buttons_that_can_be_pressed_now(deploy: Deploy, shown: list[str]) -> None:
    assert labels(deploy) == shown


def test_the_newest_can_be_rolled_back_and_called_good_where_nobody_could_tell() -> None:
    assert labels(planned(State.SUCCEEDED), newest=True) == ["Roll back"]
    assert labels(planned(State.SUCCEEDED, good_at=None), newest=True) == ["Call it good", "Roll back"]
    assert labels(planned(State.ROLLED_BACK), newest=True) == []


def test_promoting_names_the_step_and_what_is_skipped() -> None:
    promote: Block = buttons(planned(State.RUNNING), False)[0]["elements"][0]
    assert (promote["action_id"], promote["value"]) == ("deploy:promote", "41:1")
    said = promote["confirm"]["text"]["text"]
    assert said.startswith("api v1.2 in production goes on to 50 % without waiting for the gate `standard` and")
    assert said.endswith("what is left of 5 min.")
    assert "style" not in promote, "it is not what one should do here"
    assert buttons(planned(State.RUNNING, step=2), False)[0]["elements"][0]["style"] == "primary"


def test_a_strategy_is_told_with_its_steps_its_gates_and_the_least_time_that_it_takes() -> None:
    told = course(STRATEGIES["canary"], 600)
    assert "5 % for 2 min, gate `standard`; then 25 % for 5 min, gate `standard`; then 50 %" in told
    assert told.endswith("That is at least 22 min in all.")
    assert "kept for 15 min" in course(STRATEGIES["blue_green"], 0)
    assert "for a moment none serves" in course(STRATEGIES["recreate"], 0)


def test_a_queued_deploy_says_behind_what_and_in_which_position() -> None:
    said = card(sample(State.QUEUED), (), 2, "<https://example.com/40|#40>").text
    assert "*Waits behind <https://example.com/40|#40>*, position 2." in said
    assert "Waits behind another deploy" in card(sample(State.QUEUED)).text


def test_an_emergency_says_who_why_and_what_is_still_owed() -> None:
    deploy = planned(State.RUNNING, "rolling", emergency="checkout is down")
    assert "Dana Ortiz started it without approval: “checkout is down”." in card(deploy).text
    assert f"*Review due* {when(REVIEW.due_at)}" in card(deploy, review=REVIEW).text
    signed = REVIEW.model_copy(update={"signed_name": "Ari Novak", "signed_at": NOON})
    assert f"Reviewed by Ari Novak {when(NOON)}" in card(deploy, review=signed).text


@pytest.mark.parametrize(
    ("migrated", "after", "said"),
    [
        ("", None, "runs now, before `v1.2` gets any traffic"),
        ("up", None, "has run; `v1.1` works with it"),
        ("down", None, "has been undone"),
    ],
)
def test_the_card_says_what_became_of_the_migration(migrated: str, after: None, said: str) -> None:
    deploy = planned(State.RUNNING, plan={"migration": MIGRATION}, migrated=migrated, after=after)
    assert f"*Migration:* `alembic upgrade head` {said}" in card(deploy).text
