"""Emergencies: asked for at once, signed by another, asked for again once in each period until then."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import audit
from bot.approval.review import Reviews
from bot.errors import Code, Refusal
from bot.post import Post
from tests.approval.samples import ARI, CAM, DANA
from tests.approval.stage import Stage, staged
from tests.databases import kinds
from tests.engine.workspace import DEPLOYS

SUBJECT = "deploy:41"
PERIOD = timedelta(hours=48)
BEGAN = datetime.now(UTC) - PERIOD - timedelta(minutes=5)
DUE = BEGAN + PERIOD  # five minutes ago
VIC = ARI.model_copy(update={"id": "U0VIC", "name": "Vic Moreau"})


@pytest.fixture(params=kinds())
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(str(request.param), tmp_path) as stage:
        yield stage


@pytest.fixture
def reviews(stage: Stage) -> Reviews:
    return Reviews(stage.store, stage.outbox, stage.rights, PERIOD)


async def open_one(stage: Stage, reviews: Reviews, subject: str = SUBJECT) -> None:
    await stage.head(subject)
    async with stage.store.transaction() as rows:
        await reviews.open(rows, subject, "api/production", DEPLOYS, DANA, "sold <!channel> twice", BEGAN, DUE)
    stage.outbox.nudge()


async def refused(reviews: Reviews, person: object, note: str = "looked", subject: str = SUBJECT) -> Refusal:
    with pytest.raises(Refusal) as no:
        await reviews.sign(person, subject, note, "a test")  # type: ignore[arg-type]
    return no.value


async def asked(stage: Stage) -> list[Post]:
    """Every message that asks for the signature."""
    async with stage.store.reading() as rows:
        keys = [SUBJECT + ":review", *(f"{SUBJECT}:review:{int((DUE + n * PERIOD).timestamp())}" for n in range(5))]
        return [found for key in keys if (found := await rows.get(Post, key))]


async def test_an_emergency_is_said_in_thread_and_channel_with_its_reason_and_pings_nobody(
    stage: Stage, reviews: Reviews
) -> None:
    await open_one(stage, reviews)
    said = await stage.line("*Emergency:*")
    assert said["subtype"] == "thread_broadcast"
    assert (
        "Dana Ortiz changed `api/production` without approval (deploy #41): “sold &lt;!channel&gt; twice”"
        in said["text"]
    )
    assert "<@" not in said["text"]
    assert await stage.deeds() == [("U0DANA", "review.opened", "unsigned")]
    assert [one.subject for one in await reviews.unsigned()] == [SUBJECT]


async def test_opened_again_after_a_crash_it_is_one_review(stage: Stage, reviews: Reviews) -> None:
    await open_one(stage, reviews)
    await open_one(stage, reviews)
    assert len(await reviews.unsigned()) == 1
    assert len(await stage.deeds()) == 1


async def test_whoever_did_it_does_not_sign_it_and_neither_does_whoever_may_not_approve(
    stage: Stage, reviews: Reviews
) -> None:
    await open_one(stage, reviews)
    assert (await refused(reviews, DANA)).code is Code.SELF_APPROVAL
    assert (await refused(reviews, VIC)).code is Code.PERMISSION_DENIED
    assert (await refused(reviews, ARI, note=" \n")).code is Code.MISSING_WORD
    assert (await refused(reviews, ARI, subject="deploy:42")).code is Code.NOT_FOUND
    assert [deed[1:] for deed in await stage.deeds()][1:] == [
        ("deploy.approve", "self_approval"),
        ("deploy.approve", "permission_denied"),
    ]
    assert len(await reviews.unsigned()) == 1


async def test_signed_it_says_so_wherever_it_was_asked_for_and_offers_no_button(stage: Stage, reviews: Reviews) -> None:
    await open_one(stage, reviews)
    await reviews.remind(DUE)
    await stage.line("Not signed since")
    review = await reviews.sign(ARI, SUBJECT, " read the diff, errors are <gone> ", "a test")
    assert (review.signed_by, review.note) == ("U0ARI", "read the diff, errors are <gone>")

    async def both() -> bool:
        texts = await stage.office.texts()
        return sum("Ari Novak signed" in text and "&lt;gone&gt;" in text for text in texts) == 2

    await stage.office.dana.wait(both)
    assert not any("Sign…" in str(one.body) for one in await asked(stage))
    assert await reviews.unsigned() == []
    assert (await stage.deeds())[-1] == ("U0ARI", "review.signed", "signed")
    assert (await audit.verify(stage.store))[1] is None


async def test_of_two_who_sign_at_once_one_hears_of_the_other(stage: Stage, reviews: Reviews) -> None:
    await open_one(stage, reviews)
    outcomes = await asyncio.gather(
        reviews.sign(ARI, SUBJECT, "looked", ""), reviews.sign(CAM, SUBJECT, "looked too", ""), return_exceptions=True
    )
    [no] = [one for one in outcomes if isinstance(one, Refusal)]
    assert no.code is Code.ALREADY_DECIDED
    assert "signed <!date" in no.text
    assert [deed[1] for deed in await stage.deeds()].count("review.signed") == 1


async def test_what_is_not_due_is_not_asked_for_again(stage: Stage, reviews: Reviews) -> None:
    await open_one(stage, reviews)
    await reviews.remind(DUE - timedelta(seconds=1))
    assert len(await asked(stage)) == 1
    await reviews.remind()  # by the clock on the wall
    assert len(await asked(stage)) == 2


async def test_when_it_is_due_those_who_may_sign_are_pinged_and_not_whoever_did_it(
    stage: Stage, reviews: Reviews
) -> None:
    await open_one(stage, reviews)
    await reviews.remind(DUE)
    said = await stage.line("Not signed since")
    assert said["subtype"] == "thread_broadcast"
    assert "<!subteam^S0APPROVE>" in said["text"]
    assert "U0DANA" not in said["text"]
    assert ("quarterdeck", "review.reminded", "unsigned") in await stage.deeds()


async def test_each_period_is_asked_for_once_by_however_many_replicas(stage: Stage, reviews: Reviews) -> None:
    await open_one(stage, reviews)
    twin = Reviews(stage.store, stage.outbox, stage.rights, PERIOD)
    for periods, messages in ((0, 2), (0.5, 2), (1, 3), (1.9, 3)):
        now = DUE + periods * PERIOD
        await asyncio.gather(*(one.remind(now) for one in (reviews, twin) for _ in range(3)))
        assert len(await asked(stage)) == messages
        assert [deed[1] for deed in await stage.deeds()].count("review.reminded") == messages - 1
    [review] = await reviews.unsigned()
    assert review.due_at == DUE + 2 * PERIOD


async def test_what_was_missed_while_nobody_was_up_is_asked_for_once(stage: Stage, reviews: Reviews) -> None:
    await open_one(stage, reviews)
    for _ in range(3):
        await reviews.remind(DUE + 3.5 * PERIOD)
    assert len(await asked(stage)) == 2
    [review] = await reviews.unsigned()
    assert review.due_at == DUE + 4 * PERIOD


async def test_it_is_asked_for_even_when_slack_can_not_say_who_may(stage: Stage, reviews: Reviews) -> None:
    await open_one(stage, reviews)
    await stage.office.people.fault("error", method="usergroups.users.list", error="missing_scope")
    await reviews.remind(DUE)
    assert "Look at it and sign" in (await stage.line("Not signed since"))["text"]
