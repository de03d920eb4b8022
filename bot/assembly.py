"""Puts the deploy engine together: what config says, what the bot is connected to, and everything that uses both."""

from dataclasses import dataclass
from typing import Any

from bot.approval.review import Reviews
from bot.deploy.before import Before
from bot.deploy.decisions import Decisions
from bot.deploy.ends import Ends
from bot.deploy.flow import Deploys
from bot.deploy.hold import Hold
from bot.deploy.homes import Homes
from bot.deploy.judging import Judging
from bot.deploy.ledger import Ledger
from bot.deploy.migrating import Migrating
from bot.deploy.overview import Overview
from bot.deploy.plan import Planner
from bot.deploy.quarantine import Quarantines
from bot.deploy.quorums import Quorums
from bot.deploy.rollout import Rollout
from bot.deploy.terms import Outside, Pace, Terms
from bot.deploy.watch import Watch
from bot.deploy.whatif import WhatIf
from bot.durable import Durable
from bot.lock.flow import Locks
from bot.lock.freezes import Freezes
from bot.outbox import Outbox
from bot.people.directory import People
from bot.people.rights import Rights
from bot.settings import Settings
from bot.store import Store


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything else stands on."""

    settings: Settings
    store: Store
    durable: Durable
    outbox: Outbox
    people: People
    outside: Outside
    channel: str


@dataclass(frozen=True, slots=True)
class Engine:
    """What the app holds on to. `provided` is what commands may ask for, by name."""

    rollout: Rollout
    reviews: Reviews
    locks: Locks
    homes: Homes
    provided: dict[str, Any]


def assemble(on: Ground) -> Engine:
    """Everything that deploys need; nothing is started."""
    settings, catalogue, outside = on.settings, on.settings.catalogue, on.outside
    terms = _terms(settings)
    rights = Rights(on.people, on.store)
    ledger = Ledger(on.store, on.outbox, on.channel)
    locks = Locks(on.store, rights, catalogue, settings.calendar, on.outbox, on.channel)
    quarantines = Quarantines(on.store, on.outbox, rights, catalogue, on.channel)
    reviews = Reviews(on.store, on.outbox, rights, settings.deploy.review_after)
    watch = Watch(ledger, outside, terms.pace)
    judging = Judging(ledger, terms, outside, watch)
    planner = Planner(ledger, terms, outside, locks, quarantines)
    before = Before(ledger, terms, planner, Quorums(ledger, on.people), reviews)
    hold = Hold(ledger, terms, outside, watch, judging)
    ends = Ends(ledger, terms, outside, quarantines, judging)
    migrating = Migrating(ledger, outside, watch)
    rollout = Rollout(ledger, on.durable, outside, before, watch, hold, migrating, ends)
    overview = Overview(ledger, on.people, catalogue, reviews, planner)
    homes = Homes(overview.home, on.outbox.slack)
    provided = {
        "deploys": Deploys(ledger, rollout, rights, terms, quarantines),
        "decisions": Decisions(ledger, rollout, rights, before),
        "overview": overview,
        "homes": homes,
        "whatif": WhatIf(ledger, terms, outside.measure, on.people),
        "quarantines": quarantines,
        "reviews": reviews,
        "locks": locks,
        "freezes": Freezes(on.store, rights, catalogue, settings.calendar, on.outbox, on.channel),
        "people": on.people,
        "catalogue": catalogue,
    }
    return Engine(rollout, reviews, locks, homes, provided)


def _terms(settings: Settings) -> Terms:
    deploy = settings.deploy
    return Terms(
        catalogue=settings.catalogue,
        strategies=settings.strategies,
        gates=settings.gates,
        signals=settings.metrics.signals,
        calendar=settings.calendar,
        expires_after=settings.approval.expires_after,
        watch=deploy.watch,
        watch_major=deploy.watch_major,
        waits_at_most=deploy.waits_at_most,
        review_after=deploy.review_after,
        resolution=settings.metrics.resolution,
        pace=Pace(
            poll=deploy.poll.total_seconds(),
            settle=deploy.settle.total_seconds(),
            timeout=deploy.rollout_timeout.total_seconds(),
            patience=deploy.patience.total_seconds(),
        ),
    )
