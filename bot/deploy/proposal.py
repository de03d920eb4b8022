"""What people say yes to: everything that a deploy would do, under one hash."""

import hashlib
import json

from bot.deploy.strategy import Strategy
from bot.metrics.model import Gate
from bot.policy import Migration, Policy, Quorum
from bot.values import Change, Check, Comparison, Value


class Proposal(Value):
    """A plan, as it was when it was made.

    `live` names what runs ("12 registry/api:v1.1"), `window` when it may start, in words that change when it does.
    `difference` is the manifest's, a line each; `comparison` the commits, or `unknown` why there are none. `rehearsal`
    is the rollback's own preflight, `rollback` how long one takes (seconds; None: nobody has measured one yet).
    `watch` is in seconds.
    """

    version: str
    digest: str = ""
    live: str
    strategy: Strategy
    gates: dict[str, Gate]
    quorum: Quorum
    policy: Policy
    migration: Migration | None = None
    window: str = ""
    watch: float
    difference: tuple[str, ...] = ()
    comparison: Comparison | None = None
    unknown: str = ""
    rehearsal: tuple[Check, ...] = ()
    rollback: float | None = None

    def gate(self, name: str | None) -> Gate | None:
        """The gate of that name, as it was when it was approved."""
        return self.gates[name] if name else None

    def change(self, weight: int = 100) -> Change:
        """What the target is asked for."""
        return Change(version=self.version, digest=self.digest, strategy=self.strategy.kind, weight=weight)

    @property
    def hash(self) -> str:
        """Equal where the same thing would be done to the same thing under the same rules; all else is for reading."""
        bound = self.model_dump(mode="json", exclude={"comparison", "unknown", "rehearsal", "rollback"})
        return hashlib.sha256(json.dumps(bound, sort_keys=True).encode()).hexdigest()[:16]

    def drift(self, now: "Proposal") -> list[str]:
        """What has changed in `now`, in words; empty where approvals still hold."""
        words = {
            "digest": "the image behind the version",
            "live": "what runs there",
            "strategy": "the strategy",
            "gates": "what the gates ask",
            "quorum": "who must approve",
            "policy": "the policy",
            "migration": "the migration",
            "window": "when it may start",
            "watch": "how long it is watched",
            "difference": "what would be altered",
        }
        return [
            f"{word}: {_short(getattr(self, name))} → {_short(getattr(now, name))}"
            for name, word in words.items()
            if getattr(self, name) != getattr(now, name)
        ]


def _short(thing: object) -> str:
    if isinstance(thing, str):
        return thing or "none"
    if isinstance(thing, tuple):
        return "; ".join(map(str, thing)) or "nothing"
    return "as configured then" if thing is not None else "none"
