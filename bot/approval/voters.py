"""What counts of those who voted, read at the moment of counting."""

import asyncio
from collections.abc import Iterable

from bot.approval.rules import Voter
from bot.people.directory import People
from bot.values import Place


async def voters(people: People, place: Place, ids: Iterable[str]) -> dict[str, Voter]:
    """The teams of these people, and the roles that they hold at `place` now, by id. Raises Unavailable: when Slack
    can't say who is in a group, nothing is counted."""
    asked = sorted(set(ids))
    roles = await asyncio.gather(*(people.roles_of(person, place) for person in asked))
    return {
        person: Voter(id=person, teams=people.teams_of(person), roles=held)
        for person, held in zip(asked, roles, strict=True)
    }
