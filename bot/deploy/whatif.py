"""Replays the past under today's rules: reads deploys and votes, asks the metrics backend, and changes nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from bot import post
from bot.approval.model import Vote
from bot.approval.rules import may_vote
from bot.approval.voters import voters
from bot.blocks import Message, code, listed
from bot.catalogue import quoted
from bot.deploy.ledger import Ledger
from bot.deploy.model import Deploy
from bot.deploy.past import Good, Past
from bot.deploy.replay import Answer, Case, Said, lacking, played, together, truth, waiting
from bot.deploy.replayed import replayed, working
from bot.deploy.stats import run_of
from bot.deploy.stretches import Stretch, questions
from bot.deploy.terms import Terms
from bot.errors import Code, Refusal, Unavailable
from bot.metrics.measure import Measure
from bot.metrics.model import Gate
from bot.people.directory import People
from bot.slack import SlackRefused
from bot.values import Person

MOST = 200  # deploys
AT_ONCE = 8  # queries to the metrics backend: it has a day job
DEPLOYS_AT_ONCE = 4
PATIENCE = 300.0  # seconds for all of it
BEFORE = 60  # samples of what it was like before a deploy, as in a rollout

Told = Callable[[Message], Awaitable[None]]


class WhatIf:
    """One replay at a time: two would ask the metrics backend for the same."""

    def __init__(self, ledger: Ledger, terms: Terms, measure: Measure, people: People) -> None:
        self.ledger, self.terms, self.people = ledger, terms, people
        self.past, self.measure = Past(ledger.store), measure.sparingly(AT_ONCE)
        self._turn = asyncio.Lock()

    async def test(self, gate: str, days: int, tell: Told) -> None:
        """What today's rules would have said to the deploys of the last `days`; `gate` is asked about all of them, or,
        empty, each strategy's own. `tell` hears at once that it takes a while, and then what came of it.

        Raises Refusal: NOT_FOUND for a gate that is not in the settings, ALREADY_RUNNING while another replay runs.
        """
        if gate and gate not in self.terms.gates:
            known = listed([code(name) for name in sorted(self.terms.gates)]) or "none"
            raise Refusal(Code.NOT_FOUND, f"There is no gate {quoted(gate)}.", f"There are {known}.")
        if self._turn.locked():
            raise Refusal(Code.ALREADY_RUNNING, "Somebody else's replay is under way.", "Try again in a minute.")
        async with self._turn:
            await self._test(gate, days, tell)

    async def _test(self, gate: str, days: int, tell: Told) -> None:
        since = datetime.now(UTC) - timedelta(days=days)
        found = await self.past.carried_out(since, MOST + 1)
        deploys = [one for one in found[:MOST] if run_of(one).changed and self._known(one)]
        if deploys:
            await tell(working(len(deploys), days))
        cases = await self._cases(deploys, gate, since)
        async with self.ledger.store.reading() as rows:
            links = await post.links(rows, self.ledger.outbox.slack, [one.subject for one in deploys])
        await tell(replayed(cases, days, links, gate, len(found) > MOST))

    def _known(self, deploy: Deploy) -> bool:
        """Whether the place still exists: today's rules say nothing about any other."""
        service = self.terms.catalogue.services.get(deploy.service)
        return service is not None and deploy.environment in service.environments

    async def _cases(self, deploys: Sequence[Deploy], gate: str, since: datetime) -> list[Case]:
        runs, _ = await self.past.runs(since)
        votes = await self.past.votes(deploys)
        asked = {one.place: self.terms.environment(one.place).policy.proven_in for one in deploys}
        elsewhere = {place: place._replace(environment=proof.environment) for place, proof in asked.items() if proof}
        good = await self.past.known_good(elsewhere.values())
        until, some = time.monotonic() + PATIENCE, asyncio.Semaphore(DEPLOYS_AT_ONCE)

        async def case(deploy: Deploy) -> Case:
            async with some:
                gates = await self._gates(deploy, gate, until)
                waits = await self._waiting(deploy, votes[deploy.subject])
            proof = good.get(elsewhere[deploy.place], []) if deploy.place in elsewhere else []
            return Case(deploy, truth(deploy, runs), gates, self._lacking(deploy, proof), waits)

        return list(await asyncio.gather(*map(case, deploys)))

    def _lacking(self, deploy: Deploy, good: Sequence[Good]) -> tuple[str, ...]:
        policy = self.terms.environment(deploy.place).policy
        proof = [one.since for one in good if one.version == deploy.version]
        return lacking(deploy, policy, proof, self.terms.calendar)

    async def _gates(self, deploy: Deploy, gate: str, until: float) -> Answer:
        strategy, watch = self.terms.strategies.get(deploy.strategy), self.terms.watched(deploy)
        asked = questions(deploy, strategy, self.terms.gates, watch, gate)
        return together([await self._ask(deploy, *one, until) for one in asked])

    async def _ask(self, deploy: Deploy, gate: Gate, stretch: Stretch, until: float) -> Answer:
        if time.monotonic() > until:
            return Answer(Said.NO_DATA, why="the metrics backend answers too slowly to ask about all of them")
        began, labels = deploy.started_at or stretch.since, self.terms.environment(deploy.place).labels
        earlier = (began - BEFORE * self.terms.resolution, began)
        evidence = await self.measure.gather(
            gate, labels, stretch.new, stretch.old, stretch.since, stretch.until, earlier
        )
        # Comparing thousands of samples takes a part of a second, in which others want to be heard.
        return await asyncio.to_thread(played, gate, self.terms.signals, evidence)

    async def _waiting(self, deploy: Deploy, votes: Sequence[Vote]) -> tuple[str, ...] | None:
        env = self.terms.environment(deploy.place)
        try:
            facts = await voters(self.people, deploy.place, [vote.person for vote in votes])
            authors = {vote.person: await self._wrote(deploy, vote) for vote in votes if env.approvals.no_coauthors}
        except Unavailable:
            return None
        return waiting(deploy, env.approvals, env.policy, votes, facts, lambda person: authors.get(person, False))

    async def _wrote(self, deploy: Deploy, vote: Vote) -> bool:
        """Whether the voter would be turned away today, as one who may have written a part of it."""
        try:
            voter = await self.ledger.outbox.slack.person(vote.person)
        except SlackRefused:  # they have left
            voter = Person(id=vote.person, name=vote.name)
        commits = deploy.proposed.comparison if deploy.proposed else None
        quorum = self.terms.environment(deploy.place).approvals
        return may_vote(voter, deploy.requester, quorum, commits) is not None
