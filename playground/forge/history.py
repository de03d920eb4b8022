"""The shop's commits: who wrote what for which version. Always the same, so that scenes and tests can count on them.

A repository has one line of releases, v0.0 to v9.9. Any other version that is none of them (v1.3-bad, v1.2.1, v1.10)
is a branch off the release before it, with commits of its own. Who wrote a release is its turn's: v1.2 is Dana's and
Cam's, so that Ari may approve it whatever the policy, v1.3 is Dana's and Ari's, v1.4 Ari's and Cam's. Branches are
Dana's and Cam's.
"""

import hashlib
import random
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import NamedTuple

from playground.world import PEOPLE, SERVICES, Person

REPOSITORIES = tuple(f"shop/{service}" for service in SERVICES)
FIRST = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)
APART = timedelta(hours=26)
DANA, ARI, CAM = (next(one for one in PEOPLE if one.name == name) for name in ("dana", "ari", "cam"))
TURNS = ((DANA, CAM), (DANA, ARI), (ARI, CAM))
TOGETHER = 0.25  # of all commits have a second author
_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(\..*|-.*)?")

_DID = ("Fix", "Speed up", "Simplify", "Log", "Test", "Retry", "Cache", "Rename", "Document", "Limit")
_WHAT = {
    "shop/api": ("the price list", "currency conversion", "the orders endpoint", "pagination", "the schema check"),
    "shop/web": ("the product page", "the search box", "image loading", "the checkout form", "the page header"),
    "shop/cart": ("the basket's total", "voucher codes", "stock reservations", "guest baskets", "the expiry job"),
    "shop/pay": ("card payments", "refunds", "the settlement report", "the bank's webhook", "fraud checks"),
}
_WHY = ("", " for large orders", " after a timeout", " on slow networks", " in tests", " when the cache is cold")


class Commit(NamedTuple):
    """One commit. `others` wrote it together with `author`."""

    sha: str
    title: str
    author: Person
    others: tuple[Person, ...]
    at: datetime

    @property
    def message(self) -> str:
        """As git has it, with a trailer for each of the others."""
        trailers = "".join(f"\nCo-authored-by: {one.real_name} <{one.email}>" for one in self.others)
        return f"{self.title}\n{trailers}" if trailers else self.title


def history(repository: str, ref: str) -> tuple[Commit, ...] | None:
    """All commits up to a version or a commit, oldest first; None for what the repository does not have."""
    if repository not in REPOSITORIES or "missing" in ref:
        return None
    if re.fullmatch(r"[0-9a-f]{7,40}", ref):
        return _up_to_commit(repository, ref)
    match = _VERSION.fullmatch(ref)
    return _up_to(repository, ref, int(match[1]), int(match[2] or 0), bool(match[3])) if match else None


def _up_to(repository: str, ref: str, major: int, minor: int, beside: bool) -> tuple[Commit, ...] | None:
    if major > 9:
        return None
    number = major * 10 + min(minor, 10)
    line = _line(repository)
    if minor <= 9 and not beside:
        return tuple(commit for release in line[: number + 1] for commit in release)
    # v1.3-bad was to become v1.3, so it has what v1.2 has; v1.2.1 comes after v1.2.
    before = number if "-" in ref else min(number + 1, major * 10 + 10)
    trunk = tuple(commit for release in line[:before] for commit in release)
    return trunk + _release(repository, ref, number, (DANA, CAM))


def _up_to_commit(repository: str, sha: str) -> tuple[Commit, ...] | None:
    trunk = [commit for release in _line(repository) for commit in release]
    found = next((place for place, commit in enumerate(trunk) if commit.sha.startswith(sha)), None)
    return None if found is None else tuple(trunk[: found + 1])


@cache
def _line(repository: str) -> tuple[tuple[Commit, ...], ...]:
    return tuple(
        _release(repository, f"v{number // 10}.{number % 10}", number, TURNS[number % 3]) for number in range(100)
    )


def _release(repository: str, ref: str, number: int, team: tuple[Person, Person]) -> tuple[Commit, ...]:
    chance = random.Random(f"{repository} {ref}")
    begun = FIRST + number * 8 * APART
    commits = []
    for place in range(chance.randint(2, 6)):
        author, other = chance.sample(team, 2)
        others = (other,) if chance.random() < TOGETHER else ()
        title = f"{chance.choice(_DID)} {chance.choice(_WHAT[repository])}{chance.choice(_WHY)}"
        sha = hashlib.sha1(f"{repository} {ref} {place}".encode(), usedforsecurity=False).hexdigest()
        commits.append(Commit(sha, title, author, others, begun + place * APART))
    return tuple(commits)
