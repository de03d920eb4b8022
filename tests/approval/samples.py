"""Votes and people for the tests of approvals."""

from datetime import UTC, datetime

from bot.approval.model import Answer, Vote
from bot.approval.rules import Voter
from bot.values import Person

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLAN = "ab12cd34ef56ab12"
DANA = Person(id="U0DANA", name="Dana Ortiz", email="Dana@example.com")
ARI = Person(id="U0ARI", name="Ari Novak", email="ari@example.com")
CAM = Person(id="U0CAM", name="Cam <Lindqvist>", email="cam@example.com")


def vote(person: str, plan: str = PLAN, answer: Answer = Answer.APPROVE) -> Vote:
    return Vote(subject="deploy:41", plan=plan, person=person, name=person.title(), answer=answer, at=NOON)


def voter(person: str, teams: str = "", roles: str = "") -> Voter:
    return Voter(id=person, teams=frozenset(teams.split()), roles=frozenset(roles.split()))


def facts(*voters: Voter) -> dict[str, Voter]:
    return {one.id: one for one in voters}
