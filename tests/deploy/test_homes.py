"""Home tabs are kept up to date for those who may look, and Slack is not told twice the same."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.blocks import Block, section
from bot.deploy.homes import LOOKING, Homes
from bot.errors import Unavailable
from bot.slack import SlackRefused
from bot.values import Person
from tests.engine.workspace import Office, open_office

DANA, ARI = Person(id="U0DANA", name="Dana Ortiz"), Person(id="U0ARI", name="Ari Novak")


class Tabs:
    """What everybody's tab holds, the time, and what goes wrong."""

    def __init__(self) -> None:
        self.text, self.now = "one", 0.0
        self.error: Exception | None = None
        self.asked: list[str] = []

    async def blocks(self, person: Person) -> list[Block]:
        self.asked.append(person.id)
        if self.error:
            raise self.error
        return [section(f"{self.text} for {person.name}")]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(tmp_path) as office:
        yield office


@pytest.fixture
def tabs() -> Tabs:
    return Tabs()


@pytest.fixture
def homes(office: Office, tabs: Tabs) -> Homes:
    return Homes(tabs.blocks, office.slack, lambda: tabs.now)


async def published(office: Office) -> int:
    return len(await office.calls("views.publish"))


async def test_what_has_changed_is_shown_again_and_nothing_else(office: Office, homes: Homes, tabs: Tabs) -> None:
    await homes.opened(DANA)
    await homes.opened(ARI)
    await homes.refresh()
    assert await published(office) == 2
    tabs.text = "two"
    await homes.refresh()
    await homes.refresh()
    assert await published(office) == 4
    assert "two for Dana Ortiz" in str(office.dana.changes[-1])


async def test_who_has_opened_theirs_long_ago_is_left_alone_until_they_do_again(
    office: Office, homes: Homes, tabs: Tabs
) -> None:
    await homes.opened(DANA)
    tabs.text, tabs.now = "two", LOOKING
    await homes.refresh()
    assert await published(office) == 1
    await homes.opened(DANA)
    tabs.text, tabs.now = "three", 2 * LOOKING - 1
    await homes.refresh()
    assert await published(office) == 3


async def test_an_outage_is_waited_for_and_a_refusal_is_the_end(office: Office, homes: Homes, tabs: Tabs) -> None:
    await homes.opened(DANA)
    tabs.error = Unavailable("Slack", "can't say who is in a group")
    await homes.refresh()
    tabs.error, tabs.text = None, "two"
    await homes.refresh()
    assert await published(office) == 2
    tabs.error = SlackRefused("views.publish", "not_enabled")
    await homes.refresh()
    tabs.asked.clear()
    await homes.refresh()
    assert tabs.asked == []
