"""People and what they may do: config's names looked up in the workspace, groups read at the moment they matter."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import NamedTuple, Protocol, TypeVar

from bot.errors import Code, Refusal, Unavailable
from bot.people.model import Policy, Right
from bot.people.rules import Decision, Held, may, named, rights_of, roles_at
from bot.people.views import denied, who_has_it
from bot.slack import SlackRefused
from bot.values import Person, Place

FRESH = 10.0  # seconds that a group's members may be remembered: long enough for a storm of clicks, no longer
PATIENCE = 5.0  # seconds to wait for the workspace before saying that it did not answer

T = TypeVar("T")


class Workspace(Protocol):
    """What is asked of Slack. Raises Unavailable where it can't answer, SlackRefused for an unknown id."""

    async def person(self, person_id: str, /) -> Person: ...

    async def person_by_email(self, email: str, /) -> Person | None: ...

    async def groups(self) -> dict[str, str]:
        """User groups in use: handle without "@" -> id."""

    async def group_members(self, group_id: str, /) -> frozenset[str]: ...


class _Read(NamedTuple):
    asked: float
    members: asyncio.Task[frozenset[str]]


class People:
    """Who may do what. `load` before the first question; `clock` counts seconds."""

    def __init__(self, policy: Policy, workspace: Workspace, clock: Callable[[], float] = time.monotonic) -> None:
        self._policy, self._workspace, self._clock = policy, workspace, clock
        self._held: tuple[Held, ...] = ()
        self._teams: dict[str, frozenset[str]] = {}
        self._reads: dict[str, _Read] = {}

    async def load(self) -> list[str]:
        """Look up everybody that people.yml names; return the names that the workspace does not know.

        Those hold nothing and are in no team; the rest of the file counts. Somebody who left must not keep the bot
        from starting.
        Raises Unavailable when the workspace can't answer; what was loaded before then stays in force.
        """
        policy = self._policy
        wanted = frozenset().union(*policy.teams.values(), *(named(policy, grant) for grant in policy.grants))
        ids = await self._look_up(wanted)
        self._held = tuple(
            Held(
                role=grant.role,
                rights=rights_of(policy, grant),
                people=frozenset(ids[who] for who in named(policy, grant) if who in ids and who[0] != "@"),
                groups=frozenset(ids[who] for who in named(policy, grant) if who in ids and who[0] == "@"),
                services=grant.services,
                environments=grant.environments,
            )
            for grant in policy.grants
        )
        self._teams = {
            team: frozenset(ids[who] for who in members if who in ids) for team, members in policy.teams.items()
        }
        self.forget_groups()
        return sorted(wanted - ids.keys())

    async def require(self, person: Person, right: Right, place: Place) -> None:
        """Return when `person` has `right` at `place`; Refusal(PERMISSION_DENIED) names the missing role and who has
        it; Unavailable when the workspace can't say who is in a group. Every command, button and API asks here."""
        decision = await self._decide(person.id, right, place)
        if not decision.allowed:
            text = denied(right, place, decision.roles)
            raise Refusal(Code.PERMISSION_DENIED, text, await self._whom_to_ask(decision))

    async def holders(self, right: Right, place: Place) -> list[Person]:
        """Everybody who has `right` at `place`, by name. Raises Unavailable."""
        return await self._people(may(self._held, "", frozenset(), right, place))

    def teams_of(self, person: str) -> frozenset[str]:
        """The teams (people.teams) that the person with this id is in."""
        return frozenset(team for team, members in self._teams.items() if person in members)

    async def roles_of(self, person: str, place: Place) -> frozenset[str]:
        """The roles that the person with this id holds at `place` now. Raises Unavailable."""
        reaching = [grant for grant in self._held if grant.reaches(place)]
        groups = await self._groups_of(person, frozenset().union(*(grant.groups for grant in reaching)))
        return roles_at(reaching, person, groups, place)

    async def approver_mentions(self, place: Place, but: Collection[str] = ()) -> list[str]:
        """The mentions (mrkdwn) that ping everybody who may approve at `place`, each of them once: groups, then
        people who are in none of those groups. A group with somebody in it who is left out (`but`, ids) is replaced
        by its other members. Raises Unavailable."""
        decision = may(self._held, "", frozenset(), Right.DEPLOY_APPROVE, place)
        inside = {group: await self._members_of(group) for group in sorted(decision.groups)}
        whole = {group for group, members in inside.items() if not members & set(but)}
        pinged = frozenset().union(*(inside[group] for group in whole))
        single = decision.people.union(*inside.values()) - pinged - set(but)
        return [*(f"<!subteam^{group}>" for group in sorted(whole)), *(f"<@{person}>" for person in sorted(single))]

    async def mentions(self, names: Iterable[str]) -> list[str]:
        """The mentions (mrkdwn) that ping these, named as in people.yml ("@handle", "team:<name>", ids, addresses).
        Whom the workspace does not know is left out. Raises Unavailable."""
        given = frozenset(names)
        teams = [self._teams.get(who.removeprefix("team:"), frozenset()) for who in given if who.startswith("team:")]
        try:
            ids = await self._look_up(frozenset(who for who in given if not who.startswith("team:")))
        except SlackRefused as refused:
            raise Unavailable("Slack", f"can't say who {', '.join(sorted(given))} are: {refused.error}") from refused
        groups = {found for who, found in ids.items() if who[0] == "@"}
        people = frozenset(found for who, found in ids.items() if who[0] != "@").union(*teams)
        return [*(f"<!subteam^{group}>" for group in sorted(groups)), *(f"<@{person}>" for person in sorted(people))]

    def forget_groups(self) -> None:
        """Read groups anew from now on: Slack said that one has changed."""
        self._reads.clear()

    async def _decide(self, person: str, right: Right, place: Place) -> Decision:
        decision = may(self._held, person, frozenset(), right, place)
        if decision.allowed:
            return decision
        return may(self._held, person, await self._groups_of(person, decision.groups), right, place)

    async def _groups_of(self, person: str, groups: frozenset[str]) -> frozenset[str]:
        """Those of these groups that the person is in."""
        asked = sorted(groups)
        members = await asyncio.gather(*map(self._members_of, asked))
        return frozenset(group for group, inside in zip(asked, members, strict=True) if person in inside)

    async def _whom_to_ask(self, decision: Decision) -> str:
        try:
            return who_has_it(await self._people(decision), decision.roles)
        except Unavailable:  # the answer is no all the same
            return "Slack can't say at the moment who has it."

    async def _people(self, decision: Decision) -> list[Person]:
        ids = decision.people | await self._members(decision.groups)
        found = await asyncio.gather(*map(self._person, sorted(ids)))
        return sorted(filter(None, found), key=lambda person: person.name.casefold())

    async def _person(self, person_id: str) -> Person | None:
        try:
            return await answered(self._workspace.person(person_id))
        except SlackRefused:  # named in people.yml, but not in this workspace
            return None

    async def _members(self, groups: Iterable[str]) -> frozenset[str]:
        return frozenset().union(*await asyncio.gather(*map(self._members_of, groups)))

    async def _members_of(self, group: str) -> frozenset[str]:
        """One read for everybody who asks at the same time; a failed read is not remembered."""
        read = self._reads.get(group)
        if read is None or self._clock() - read.asked >= FRESH or _failed(read.members):
            task = asyncio.create_task(self._read(group))
            task.add_done_callback(_failed)
            read = self._reads[group] = _Read(self._clock(), task)
        return await asyncio.shield(read.members)

    async def _read(self, group: str) -> frozenset[str]:
        try:
            return await answered(self._workspace.group_members(group))
        except SlackRefused as refused:
            if refused.error == "no_such_subteam":  # the group was deleted: nobody is in it
                return frozenset()
            raise Unavailable("Slack", f"can't say who is in the group {group}: {refused.error}") from refused

    async def _look_up(self, names: frozenset[str]) -> dict[str, str]:
        """The ids of these names, without those that the workspace does not know."""
        handles = await answered(self._workspace.groups()) if any(name[0] == "@" for name in names) else {}
        ordered = sorted(names)
        ids = await asyncio.gather(*(self._id_of(name, handles) for name in ordered))
        return {name: found for name, found in zip(ordered, ids, strict=True) if found is not None}

    async def _id_of(self, name: str, handles: dict[str, str]) -> str | None:
        if name[0] == "@":
            return handles.get(name[1:])
        if "@" in name:
            person = await answered(self._workspace.person_by_email(name))
            return person.id if person else None
        return name


def _failed(task: "asyncio.Task[frozenset[str]]") -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


async def answered(call: Awaitable[T]) -> T:
    """The answer in time; a workspace that keeps silent is Unavailable, like one that says so."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await call
    except (TimeoutError, OSError) as error:
        raise Unavailable("Slack", "did not answer about people and groups") from error
