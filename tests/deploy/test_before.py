"""Planning when somebody does not answer: at once a no for whoever asks just now, patience for whoever has waited."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.deploy.before import Before
from bot.deploy.model import Deploy, State
from bot.deploy.plan import Derived
from bot.errors import Unavailable
from bot.values import Check
from tests.deploy.conftest import Works
from tests.deploy.rows import asked

AWAY = Unavailable("the cluster", "does not answer")


def planning(works: Works, monkeypatch: pytest.MonkeyPatch) -> Before:
    """Plans while the cluster does not answer."""

    async def derive(deploy: Deploy) -> Derived:
        return Derived([Check(name="target", passed=False, text=str(AWAY))], away=AWAY)

    monkeypatch.setattr(works.before.planner, "derive", derive)
    return works.before


async def test_whoever_asks_while_the_cluster_is_away_hears_it_at_once(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, number = planning(works, monkeypatch), await asked(works.ledger)
    epoch = (await works.ledger.begin(number)).epoch
    assert (await before.make(number, epoch))["state"] == State.REFUSED
    assert "does not answer" in (await works.ledger.get(number)).reason


async def test_whoever_has_waited_for_a_turn_is_not_sent_away_for_a_hiccup(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, long_ago = planning(works, monkeypatch), datetime.now(UTC) - timedelta(hours=1)
    number = await asked(works.ledger, requested_at=long_ago)
    epoch = (await works.ledger.begin(number)).epoch
    with pytest.raises(Unavailable):
        await before.make(number, epoch)
    assert (await works.ledger.get(number)).state == State.PLANNED
