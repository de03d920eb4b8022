"""Asking gates: what is measured goes to the judge, what it says goes into the row and so onto the card."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.deploy.ledger import Ledger
from bot.deploy.model import Deploy
from bot.deploy.stretches import STEPS, noted
from bot.deploy.terms import Outside, Terms
from bot.deploy.watch import Watch
from bot.metrics.measure import beside
from bot.metrics.model import Evidence, Gate, Unit, Verdict
from bot.metrics.rules import judge

BEFORE = 60  # samples of what it was like before the deploy
RECOVERY = 20  # samples that a service gets to come back to normal; a gate takes 10 before it says anything


class Judging:
    """Measures for one flow at a time; how many measurements failed in a row is kept per deploy."""

    def __init__(self, ledger: Ledger, terms: Terms, outside: Outside, watch: Watch) -> None:
        self.ledger, self.terms, self.outside, self.watch = ledger, terms, outside, watch
        self._errors: dict[int, int] = {}

    @property
    def period(self) -> timedelta:
        """How long to wait between two questions: a sample's length."""
        return self.terms.resolution

    async def ask(self, deploy: Deploy, epoch: int, gate: Gate) -> Verdict:
        """What the gate says now about the step that the deploy is in; noted in the row."""
        seen = deploy.looked_at
        new, old = (seen.new_selector, seen.old_selector) if seen and not deploy.whole_at else ({}, {})
        evidence = await self._measure(deploy, gate, new, old, deploy.step_at or datetime.now(UTC))
        verdict = await asyncio.to_thread(judge, gate, self.terms.signals, evidence)  # a thousand samples take a while
        measured = beside(evidence) | {"units": {name: str(unit) for name, unit in self.units(evidence).items()}}
        measured[STEPS] = noted(deploy, new, old, evidence.at)  # so that other gates can be tried on it later
        await self.watch.note(deploy, epoch, verdict=verdict.model_dump(mode="json"), measured=measured)
        return verdict

    async def recovered(self, deploy: Deploy, gate: Gate, since: datetime) -> tuple[Verdict, Evidence]:
        """What the gate says about the whole service since it went back."""
        evidence = await self._measure(deploy, gate, {}, {}, since)
        return await asyncio.to_thread(judge, gate, self.terms.signals, evidence), evidence

    def units(self, evidence: Evidence) -> dict[str, Unit]:
        """In what each signal is measured."""
        return {name: self.terms.signals[name].unit for name in evidence.signals if name in self.terms.signals}

    async def _measure(
        self, deploy: Deploy, gate: Gate, new: dict[str, str], old: dict[str, str], since: datetime
    ) -> Evidence:
        assert deploy.id is not None
        began = deploy.started_at or since
        labels = self.terms.environment(deploy.place).labels
        earlier = (began - BEFORE * self.period, began)
        evidence = await self.outside.measure.gather(gate, labels, new, old, since, datetime.now(UTC), earlier)
        errors = self._errors[deploy.id] = self._errors.get(deploy.id, 0) + 1 if evidence.errors else 0
        return evidence.model_copy(update={"errors": errors})
