"""Conversations about what is trusted: what is in quarantine and how it gets out, and signing an emergency."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.approval.review import Reviews
from bot.deploy.quarantine import Quarantines
from bot.values import Revision
from commands.deploy import trust
from tests.approval.samples import DANA
from tests.approval.stage import Stage, behind_the_gate, staged
from tests.deploy.test_quarantine import CATALOGUE, deploy
from tests.engine.workspace import DEPLOYS


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Version v1.3 of api is in quarantine, and Dana has deployed without approval."""
    async with staged("sqlite", tmp_path) as stage:
        quarantines = Quarantines(stage.store, stage.outbox, stage.rights, CATALOGUE, DEPLOYS)
        reviews = Reviews(stage.store, stage.outbox, stage.rights, timedelta(hours=48))
        now = datetime.now(UTC)
        await stage.head()
        async with stage.store.transaction() as rows:
            bad = Revision(id="5", version="v1.3", image="registry/api:v1.3")
            await quarantines.put(rows, deploy(), bad, "errors were high", now)
            due = now + reviews.period
            await reviews.open(rows, "deploy:41", "api/production", DEPLOYS, DANA, "sold twice", now, due)
        stage.outbox.nudge()
        async with behind_the_gate(stage, quarantines=quarantines, reviews=reviews) as gate:
            trust.register(gate)
            yield stage


async def test_what_is_in_quarantine_is_listed_for_the_channel(stage: Stage) -> None:
    vic = stage.office.people.person("vic")
    await vic.type(DEPLOYS, "/deploy quarantine")
    said = (await stage.line("*In quarantine*"))["text"]
    assert "*api* `v1.3` — rolled back by" in said
    assert "errors were high." in said
    await vic.type(DEPLOYS, "/deploy quarantine web")
    assert "No version of `web` is in quarantine" in (await stage.line("`web`"))["text"]
    await vic.type(DEPLOYS, "/deploy quarantine apy")
    assert "Did you mean `api`" in (await vic.wait_ephemeral("no service"))["text"]


async def test_whoever_may_lets_it_out_with_a_reason_and_the_channel_hears_of_it(stage: Stage) -> None:
    dana, ari = map(stage.office.people.person, ("dana", "ari"))
    await ari.type(DEPLOYS, "/deploy lift api v1.3")
    assert "Missing: reason" in (await ari.wait_ephemeral("Missing"))["text"]
    await dana.type(DEPLOYS, '/deploy lift api v1.3 "it was the cache"')
    assert "Ari Novak" in (await dana.wait_ephemeral("You may not lift the quarantine"))["text"]
    await ari.type(DEPLOYS, '/deploy lift api v1.3 "it was the cache"')
    assert "Ari Novak says “it was the cache”" in (await stage.line("out of quarantine"))["text"]
    await ari.type(DEPLOYS, '/deploy lift api v1.3 "it was the cache"')
    assert "No version of it is" in (await ari.wait_ephemeral("is not in quarantine"))["text"]


async def test_somebody_else_signs_with_a_note_of_what_they_looked_at(stage: Stage) -> None:
    dana, ari, vic = map(stage.office.people.person, ("dana", "ari", "vic"))
    asked = await stage.line("*Emergency:*")
    await dana.click(asked, "Sign…")
    await dana.wait_ephemeral("You did this yourself")
    await vic.click(asked, "Sign…")
    await vic.wait_ephemeral("You may not approve")
    await ari.click(asked, "Sign…")
    form = await ari.wait_view("Sign")
    await ari.submit(form, note="the change, and the error rate since")
    signed = await stage.line("Ari Novak signed")
    assert signed["ts"] == asked["ts"], "the message is edited, not posted anew"
    assert "“the change, and the error rate since”" in signed["text"]
    assert "Sign…" not in str(signed["blocks"])
