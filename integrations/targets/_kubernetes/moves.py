"""What a canary's copy needs next: one move at a time, from whatever is seen. Pure."""

from typing import NamedTuple

from integrations.targets._kubernetes.ratio import behind_route, beside


class Seen(NamedTuple):
    """One look at a copy. `stable`: replicas that the main Deployment wants, `enough`: it serves without the copy;
    `copy`: replicas wanted of the copy, None where there is none; `pods`: how many there are; `up`: all of them are of
    its version and ready; `weight`: the route's share for the copy in per cent, None without a route; `accepted`: the
    gateway has taken that up; `refused`: why it does not."""

    stable: int
    enough: bool
    copy: int | None = None
    pods: int = 0
    up: bool = False
    weight: int | None = None
    accepted: bool = True
    refused: str = ""


class Scale(NamedTuple):
    """Give the copy so many replicas."""

    replicas: int


class Weigh(NamedTuple):
    """Give the copy so much of the route's traffic, in per cent."""

    weight: int


class Remove(NamedTuple):
    """Delete the copy."""


class Wait(NamedTuple):
    """Nothing to do but to look again."""

    text: str


class Lost(NamedTuple):
    """It can't be reached from here."""

    text: str


Move = Scale | Weigh | Remove | Wait | Lost

GATEWAY = "Waiting for the gateway to take up the weights."


def copies(seen: Seen, weight: int) -> int:
    """How many replicas the copy takes for `weight` per cent."""
    return beside(seen.stable, weight) if seen.weight is None else behind_route(seen.stable, weight)


def towards(seen: Seen, weight: int) -> Move | None:
    """The next move to a copy with `weight` per cent of the traffic; None when it is so.

    Up: pods first, traffic second. Down: traffic first, pods second.
    """
    if seen.copy is None:
        return Lost("The canary's Deployment has been deleted.")
    if seen.weight is not None and seen.weight > weight:
        return Weigh(weight)
    if not seen.accepted:
        return Lost(seen.refused) if seen.refused else Wait(GATEWAY)
    wanted = copies(seen, weight)
    if seen.copy != wanted:
        return Scale(wanted)
    if seen.copy and not seen.up:
        return Wait("Waiting for the canary's replicas.")
    if seen.weight is not None and seen.weight < weight:
        return Weigh(weight)
    # Before it has weight, the canary's Service may be so new that the gateway has not heard of it.
    return Lost(seen.refused) if seen.refused and weight else None


def away(seen: Seen) -> Move | None:
    """The next move until there is no copy any more, and nobody is sent to it; None when it is so."""
    if seen.weight:
        return Weigh(0)
    if not seen.accepted:
        return Wait(seen.refused or GATEWAY)
    if seen.copy is None:
        return None
    if seen.copy and not seen.enough:
        return Wait("The canary serves on until enough of the others do.")
    if seen.copy:
        return Scale(0)
    return Wait("The canary's replicas are going.") if seen.pods else Remove()
