"""A workspace held in memory, which answers when it is told to."""

import asyncio

from bot.errors import Unavailable
from bot.slack import SlackRefused
from bot.values import Person

PEOPLE = [
    Person(id="U0DANA", name="Dana Ortiz", email="dana@example.com"),
    Person(id="U0ARI", name="Ari Novak", email="ari@example.com"),
    Person(id="U0CAM", name="Cam Lindqvist", email="cam@example.com"),
    Person(id="U0VIC", name="Vic <Moreau>", email="vic@example.com"),
]
DANA, ARI, CAM, VIC = PEOPLE
GONE = Unavailable("Slack", "is not there")


class Workspace:
    """Counts the reads of groups; `down` makes it say that it can't answer, `answers` holds an answer back,
    `nameless` makes it forget who people are."""

    def __init__(self) -> None:
        self.members = {"S0DEPLOY": {"U0DANA", "U0ARI"}, "S0APPROVE": {"U0ARI", "U0CAM"}, "S0COMMAND": {"U0CAM"}}
        self.handles = {"deployers": "S0DEPLOY", "approvers": "S0APPROVE", "commanders": "S0COMMAND"}
        self.rooms = {"deploys": "C0DEPLOYS", "incidents": "C0INCIDENTS"}
        self.reads: list[str] = []
        self.answers = asyncio.Event()
        self.answers.set()
        self.down: BaseException | None = None
        self.nameless = False

    async def person(self, person_id: str, /) -> Person:
        if self.nameless:
            raise GONE
        for person in PEOPLE:
            if person.id == person_id:
                return person
        raise SlackRefused("users.info", "user_not_found")

    async def person_by_email(self, email: str, /) -> Person | None:
        self._answer()
        return next((person for person in PEOPLE if person.email == email), None)

    async def groups(self) -> dict[str, str]:
        self._answer()
        return dict(self.handles)

    async def group_members(self, group_id: str, /) -> frozenset[str]:
        self.reads.append(group_id)
        await self.answers.wait()
        self._answer()
        if group_id not in self.members:
            raise SlackRefused("usergroups.users.list", "no_such_subteam")
        return frozenset(self.members[group_id])

    async def channels(self) -> dict[str, str]:
        self._answer()
        return dict(self.rooms)

    def _answer(self) -> None:
        if self.down:
            raise self.down
