"""Who may say yes, and when it is enough. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from bot.approval.model import Answer, Vote
from bot.blocks import code, escape, listed
from bot.errors import Code, Refusal
from bot.policy import Quorum
from bot.values import Comparison, Person, Value


class Voter(Value):
    """What counts of somebody who voted: the teams that they are in, and the roles that they hold at the place."""

    id: str
    teams: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


def enough(votes: Sequence[Vote], quorum: Quorum, plan: str, facts: Mapping[str, Voter]) -> bool:
    """Whether this plan may go: nobody said no to it, and of the yes nothing is missing."""
    rejected = any(vote.answer == Answer.REJECT for vote in votes if vote.plan == plan)
    return not rejected and not missing(votes, quorum, plan, facts)


def missing(votes: Sequence[Vote], quorum: Quorum, plan: str, facts: Mapping[str, Voter]) -> list[str]:
    """What is still asked for, in words (mrkdwn); empty when nothing is.

    Only a yes to this very plan counts, once for each person. `facts` are about everybody who voted, by person; who is
    not in it is in no team and holds no role. A person counts for one of their teams: so that nobody is two.
    """
    yes = [facts.get(person, Voter(id=person)) for person in sorted(_approvers(votes, plan))]
    found = []
    if (more := quorum.count - len(yes)) > 0:
        found.append(f"{more} more")
    if quorum.teams:
        found += _missing_teams([voter.teams for voter in yes], quorum.teams)
    held = frozenset[str]().union(*(voter.roles for voter in yes))
    found += [f"somebody with the role {escape(role)}" for role in quorum.roles if role not in held]
    return found


def may_vote(
    person: Person, requester: Person, quorum: Quorum, commits: Comparison | None, others: Sequence[Person] = ()
) -> Refusal | None:
    """Why this person may not decide on this request, whatever their rights; None when they may.

    `commits` is what the change consists of; None when nobody can tell. `others` are those who have the right.
    """
    if person.id == requester.id:
        text = "You asked for this yourself, so somebody else has to decide."
        return Refusal(Code.SELF_APPROVAL, text, _instead(person, others))
    return _wrote_none_of_it(person, commits, others) if quorum.no_coauthors else None


def stale(clicked: str, plan: str) -> Refusal | None:
    """The answer to a click on a request for another plan than the one that stands."""
    if clicked == plan:
        return None
    text = "The plan has changed since, so this request is void and your click did nothing."
    return Refusal(Code.CONFLICT, text, "Look at the new request, further down in the thread.")


def stamped(number: int, plan: str) -> str:
    """The value of the buttons of a request: "41:ab12…". `opened` reads it."""
    return f"{number}:{plan}"


def opened(value: str) -> tuple[int, str]:
    """The number and the plan that a button carries; a button of an older version carries no plan."""
    number, _, plan = value.partition(":")
    return int(number), plan


def _approvers(votes: Sequence[Vote], plan: str) -> set[str]:
    return {vote.person for vote in votes if vote.plan == plan and vote.answer == Answer.APPROVE}


def _missing_teams(people: Sequence[frozenset[str]], wanted: int) -> list[str]:
    """Who would bring the number of different teams to `wanted`: everybody who is in another team than those named."""
    most = _different(people)
    if most >= wanted:
        return []
    known = sorted(frozenset[str]().union(*people))
    useless = [escape(team) for team in known if _different([*people, frozenset({team})]) == most]
    if wanted - most == 1:
        return [f"somebody of another team than {_or(useless)}" if useless else "somebody of any team"]
    return [f"people of {wanted - most} {'other teams than ' + _or(useless) if useless else 'different teams'}"]


def _different(people: Sequence[frozenset[str]]) -> int:
    """How many different teams these people can stand for, each of them for one: a maximum matching, by augmenting
    paths. Taking each person's first free team would count too few."""
    stands: dict[str, int] = {}

    def place(index: int, tried: set[str]) -> bool:
        for team in sorted(people[index] - tried):
            tried.add(team)
            if team not in stands or place(stands[team], tried):
                stands[team] = index
                return True
        return False

    return sum(place(index, set()) for index in range(len(people)))


def _wrote_none_of_it(person: Person, commits: Comparison | None, others: Sequence[Person]) -> Refusal | None:
    """Nobody approves what they have written a part of. Where that can't be told, the answer is no."""
    closed = "Whoever wrote a part of it may not approve it here"
    if commits is None:
        hint = "Ask somebody who administers the bot whether the service's source can be read."
        return Refusal(Code.PERMISSION_DENIED, f"{closed}, and nobody can tell who wrote it.", hint)
    if not person.email:
        hint = "Slack must show the bot your e-mail address (scope users:read.email); somebody else may approve."
        return Refusal(Code.PERMISSION_DENIED, f"{closed}, and Slack does not tell me your e-mail address.", hint)
    authors = {email.casefold() for commit in commits.commits for email in commit.emails}
    if person.email.casefold() in authors:
        return Refusal(
            Code.SELF_APPROVAL, "You wrote a part of this, so somebody else has to decide.", _instead(person, others)
        )
    if len(commits.commits) < commits.total:
        text = f"{closed}, and I see the authors of {len(commits.commits)} of its {commits.total} commits only."
        return Refusal(Code.PERMISSION_DENIED, text, "Ship a part of it first: fewer commits at once.")
    if hidden := [code(commit.sha[:8]) for commit in commits.commits if _hidden(commit.emails)]:
        text = f"{closed}, and the author of {listed(hidden, 3)} hides behind an address that is nobody's."
        return Refusal(Code.PERMISSION_DENIED, text, "Commit with the address that Slack knows.")
    return None


def _hidden(emails: Iterable[str]) -> bool:
    """Whether a person may have written it of whom no address is known. Robots ("[bot]") are no persons."""
    known = list(emails)
    return not known or any("noreply" in email and "[bot]" not in email for email in known)


def _instead(person: Person, holders: Sequence[Person]) -> str:
    others = sorted(escape(holder.name) for holder in holders if holder.id != person.id)
    return f"Who may: {listed(others)}." if others else "Nobody else may here; roles are given in people.yml."


def _or(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
