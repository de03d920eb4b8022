"""What a deploy wants of a canary's copy, noted on the main Deployment: whoever looks can carry it on. Pure."""

from typing import Any

from bot.values import Fence, Value
from integrations.targets._kubernetes.notes import GOAL, annotations, begun_by, noted

Json = dict[str, Any]


class Goal(Value):
    """`base` is the main revision beside which the deploy began; `leave`: the copy is to go. With a weight of 100 the
    main Deployment takes the version over."""

    deploy: str
    image: str = ""
    weight: int = 0
    base: int = 0
    leave: bool = False

    @property
    def beside(self) -> bool:
        """Whether the main Deployment is to stay as it is."""
        return not self.leave and self.weight < 100


def goal_of(main: Json) -> Goal | None:
    """The goal that stands on the Deployment; where a hand has spoilt it, that the copy goes."""
    if GOAL not in annotations(main):
        return None
    return noted(main, Goal) or Goal(deploy="", leave=True)


def whole(goal: Goal | None, fence: Fence, image: str = "", *, leave: bool) -> Goal | None:
    """The goal when the main Deployment is to be everything; None where there never was a copy."""
    if goal is None:
        return None
    return Goal(deploy=fence.deploy, image=image, weight=0 if leave else 100, base=goal.base, leave=leave)


def made_by_deploy(replica_set: Json, fence: Fence) -> bool:
    """Whether this deploy has rolled out the ReplicaSet. The controller copies a Deployment's notes to the one that
    is current, so those of a canary that began beside it prove nothing."""
    goal = noted(replica_set, Goal)
    only_beside = goal is not None and goal.deploy == fence.deploy and goal.beside
    return begun_by(replica_set, fence) and not only_beside
