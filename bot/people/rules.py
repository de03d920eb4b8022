"""Whether somebody may do something. Pure; the default is no."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.people.model import Grant, Names, Policy, Right
from bot.values import Place


@dataclass(frozen=True, slots=True)
class Held:
    """A grant whose names have been looked up: ids of people and of user groups, rights instead of a role."""

    role: str
    rights: frozenset[Right]
    people: frozenset[str]
    groups: frozenset[str]
    services: Names
    environments: Names

    def covers(self, right: Right, place: Place) -> bool:
        """Whether it gives this right at this place to those who hold it."""
        return right in self.rights and self.reaches(place)

    def reaches(self, place: Place) -> bool:
        """Whether the role is given for this place."""
        return _within(place.service, self.services) and _within(place.environment, self.environments)

    def held_by(self, person: str, groups: frozenset[str]) -> bool:
        """Whether this person, a member of these groups, holds it."""
        return person in self.people or bool(self.groups & groups)


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer with its reason.

    `roles` are those that would allow it, in the order of the file (none: nobody has been given one); `people` and
    `groups` are the ids of everybody who holds such a role.
    """

    allowed: bool
    roles: tuple[str, ...]
    people: frozenset[str]
    groups: frozenset[str]


def may(grants: Iterable[Held], person: str, groups: frozenset[str], right: Right, place: Place) -> Decision:
    """Whether `person`, who is a member of `groups` (ids), has `right` at `place`."""
    covering = [grant for grant in grants if grant.covers(right, place)]
    return Decision(
        allowed=any(grant.held_by(person, groups) for grant in covering),
        roles=tuple(dict.fromkeys(grant.role for grant in covering)),
        people=frozenset().union(*(grant.people for grant in covering)),
        groups=frozenset().union(*(grant.groups for grant in covering)),
    )


def roles_at(grants: Iterable[Held], person: str, groups: frozenset[str], place: Place) -> frozenset[str]:
    """The roles that `person`, who is a member of `groups` (ids), holds at a place."""
    return frozenset(grant.role for grant in grants if grant.reaches(place) and grant.held_by(person, groups))


def rights_of(policy: Policy, grant: Grant) -> frozenset[Right]:
    """What the grant's role allows; nothing when there is no such role."""
    return frozenset(policy.roles.get(grant.role, ()))


def named(policy: Policy, grant: Grant) -> frozenset[str]:
    """Everybody the grant names, its teams replaced by their members (a team that does not exist has none)."""
    names: set[str] = set()
    for who in grant.to:
        names.update(policy.teams.get(who.removeprefix("team:"), ()) if who.startswith("team:") else (who,))
    return frozenset(names)


def _within(name: str, names: Names) -> bool:
    return names == "all" or name in names
