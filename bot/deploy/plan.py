"""What a deploy would do, worked out by asking everybody at once and changing nothing."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.answers import plainly
from bot.deploy.ledger import Ledger
from bot.deploy.model import Deploy, Kind
from bot.deploy.preflight import answered, lenient, proven, same_version
from bot.deploy.proposal import Proposal
from bot.deploy.quarantine import Quarantines
from bot.deploy.rules import rollback_seconds
from bot.deploy.strategy import Strategy
from bot.deploy.terms import Outside, Terms
from bot.errors import Refusal, Unavailable
from bot.lock.flow import Locks
from bot.policy import Quorum
from bot.values import Change, Check, Comparison, Revision, Snapshot, StrategyKind


@dataclass(frozen=True, slots=True)
class Derived:
    """A plan as it is now. Without a snapshot there is no proposal: what runs could not be seen. `away` is who did not
    answer: another time the plan may be the same."""

    checks: list[Check]
    snapshot: Snapshot | None = None
    proposal: Proposal | None = None
    away: Unavailable | None = None


class Planner:
    """Makes plans; the same questions give the same plan, so that a plan can be compared with an older one."""

    def __init__(self, ledger: Ledger, terms: Terms, outside: Outside, locks: Locks, quarantines: Quarantines) -> None:
        self.ledger, self.terms, self.outside = ledger, terms, outside
        self.locks, self.quarantines = locks, quarantines

    async def derive(self, deploy: Deploy) -> Derived:
        """The plan of `deploy` as things are now. Whatever can't be answered is a check that failed."""
        if gone := self.terms.gone(deploy):
            return Derived([Check(name="config", passed=False, text=gone)])
        try:
            snapshot, (digest, resolved) = await asyncio.gather(
                self.outside.targets[deploy.place].inspect(), self._digest(deploy)
            )
        except (Refusal, Unavailable) as no:
            return _unknown(no, *await self._ours(deploy, ""))
        return await self._derive(deploy, snapshot, digest, resolved)

    async def _derive(self, deploy: Deploy, snapshot: Snapshot, digest: str, resolved: list[Check]) -> Derived:
        target, runs = self.outside.targets[deploy.place], snapshot.revision
        wanted = Revision.model_validate(deploy.wanted) if deploy.wanted else None
        strategy = self.strategy(deploy)
        change = Change(version=deploy.version, digest=digest, strategy=strategy.kind)
        try:
            asked, difference, rehearsal, (comparison, unknown), ours, seconds = await asyncio.gather(
                self._preflight(deploy, change, wanted, runs),
                target.difference(change),
                target.rehearse(runs),
                self._comparison(deploy, runs.version),
                self._ours(deploy, digest),
                self._rollback_seconds(deploy),
            )
        except (Refusal, Unavailable) as no:
            return _unknown(no)
        env, window = self.terms.environment(deploy.place), _window(deploy)
        proposal = Proposal(
            version=deploy.version,
            digest=digest,
            live=f"{runs.id} {runs.image}",
            strategy=strategy,
            gates={name: self.terms.gates[name] for name in strategy.gates},
            quorum=_quorum(deploy, env.approvals),
            policy=env.policy,
            migration=env.migration if deploy.kind == Kind.DEPLOY else None,
            window=window,
            watch=self.terms.watched(deploy).total_seconds(),
            difference=tuple(difference),
            comparison=comparison,
            unknown=unknown,
            rehearsal=tuple(rehearsal),
            rollback=seconds,
        )
        going_back = deploy.kind == Kind.ROLLBACK  # nobody returns to what is left behind
        back = lenient(answered(rehearsal, proposal.migration), every=going_back)
        return Derived([*resolved, *asked, *back, *ours], snapshot, proposal)

    def strategy(self, deploy: Deploy) -> Strategy:
        """How it is rolled out. Going back takes no steps: it is known, and somebody is in trouble."""
        strategy = self.terms.strategy(deploy)
        if deploy.kind == Kind.ROLLBACK and strategy.kind == StrategyKind.CANARY:
            return Strategy(kind=StrategyKind.ROLLING, watch=strategy.watch)
        return strategy

    async def _preflight(self, deploy: Deploy, change: Change, wanted: Revision | None, runs: Revision) -> list[Check]:
        target = self.outside.targets[deploy.place]
        if wanted:
            return [same_version(runs, wanted), *await target.rehearse(wanted)]
        checks = await target.preflight(change)
        return lenient(checks) if deploy.kind == Kind.ROLLBACK or deploy.emergency else checks

    async def _digest(self, deploy: Deploy) -> tuple[str, list[Check]]:
        """What the version resolves to, with the preflight line about it."""
        must = self.terms.environment(deploy.place).policy.digest
        image = self.terms.environment(deploy.place).target_options.get("image")
        if self.outside.registry is None or not isinstance(image, str) or deploy.wanted:
            text = "no registry is configured: the tag is taken at its word"
            return "", [Check(name="digest", passed=False, text=text)] if must and not deploy.wanted else []
        try:
            digest = await self.outside.registry.digest(image, deploy.version)
        except Refusal as no:
            return "", [Check(name="digest", passed=False, text=plainly(f"{no.text} {no.hint}".strip()))]
        except Unavailable as out:
            if (
                deploy.proposed and deploy.proposed.digest
            ):  # what people have seen: the same bytes, whoever moves the tag
                return deploy.proposed.digest, [Check(name="digest", passed=True, text=f"{out}: as it was before")]
            return "", [Check(name="digest", passed=not must, text=f"{out}: the tag is taken at its word")]
        return digest, [Check(name="digest", passed=True, text=f"{deploy.version} is {digest[:19]}…")]

    async def _comparison(self, deploy: Deploy, runs: str) -> tuple[Comparison | None, str]:
        source = self.outside.sources.get(deploy.service)
        if source is None:
            return None, "no source is configured for this service"
        try:
            return await source.between(runs, deploy.version), ""
        except (Refusal, Unavailable) as no:  # commits are for reading; not to know them stops nothing by itself
            return None, plainly(str(no))

    async def _ours(self, deploy: Deploy, digest: str) -> list[Check]:
        """What we know ourselves: quarantine, locks, freezes, windows, proof from another environment."""
        now = datetime.now(UTC)
        starts = max(now, deploy.not_before) if deploy.not_before else now
        policy = self.terms.environment(deploy.place).policy
        image = digest or str((deploy.wanted or {}).get("image", ""))
        quarantined, checks = await asyncio.gather(
            self.quarantines.check(deploy.service, deploy.version, image),
            self.locks.checks(deploy.place, deploy.requester, starts, policy.only_in_windows and not deploy.in_window),
        )
        checks = [*checks, Check(name="queue", passed=True, text="no other deploy is running there")]
        if policy.proven_in and deploy.kind == Kind.DEPLOY:
            elsewhere = deploy.place._replace(environment=policy.proven_in.environment)
            past = await self.ledger.history(place=elsewhere, version=deploy.version)
            checks.append(proven(policy.proven_in, past, now))
        if deploy.emergency:
            checks = lenient(checks, every=True)
        if deploy.kind == Kind.ROLLBACK:
            checks = lenient(checks)
        return [quarantined, *checks]

    async def _rollback_seconds(self, deploy: Deploy) -> float | None:
        return rollback_seconds(await self.ledger.history(place=deploy.place))


def _unknown(no: Refusal | Unavailable, *checks: Check) -> Derived:
    """The target can't say what would happen."""
    said = Check(name="target", passed=False, text=plainly(str(no)))
    return Derived([said, *checks], away=no if isinstance(no, Unavailable) else None)


def _quorum(deploy: Deploy, configured: Quorum) -> Quorum:
    return configured if deploy.approvals else Quorum(count=0)


def _window(deploy: Deploy) -> str:
    start = f"from {deploy.not_before:%Y-%m-%d %H:%M} UTC" if deploy.not_before else ""
    return start or ("in the next maintenance window" if deploy.in_window else "")
