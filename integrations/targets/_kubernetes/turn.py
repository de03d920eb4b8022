"""Whose turn it is of two colours, noted on their Service. Pure."""

from typing import Any

from bot.values import Revision, Value
from integrations.targets._kubernetes.notes import fence_of, noted
from integrations.targets._kubernetes.templates import Recorded

Json = dict[str, Any]

BLUE, GREEN = "blue", "green"


class Turn(Value):
    """What a deploy wants of the two, noted on the Service. `to`: the colour of the new version; `hash` of its pods,
    where they are given; `switched`: the Service was made to send there; `alone`: the other one is let go then."""

    deploy: str
    to: str
    weight: int
    replicas: int
    hash: str = ""
    switched: bool = False
    alone: bool = False


def other_of(colour: str) -> str:
    """The other of the two."""
    return GREEN if colour == BLUE else BLUE


def turned(service: Json) -> bool:
    """Whether the Service has been made to send where its note says."""
    turn = noted(service, Turn)
    return turn is not None and turn.switched


def coloured(revision: Revision, colour: str, turn: Turn | None = None) -> Revision:
    """The revision with its colour: the two Deployments number theirs independently."""
    goal = turn.model_copy(update={"switched": False}).model_dump() if turn else None
    restore = revision.restore | {"colour": colour, "goal": goal}
    return revision.model_copy(update={"id": f"{colour}:{revision.id}", "restore": restore})


def superseded(service: Json, live: str, record: Recorded, turn: Turn, there: Turn | None) -> str:
    """What has happened to the place since `turn` was asked for; empty where nothing has."""
    fence = fence_of(service)
    if fence and fence.deploy != record.deploy:
        return f"Deploy {fence.deploy} has taken over."
    if there is None or there.model_copy(update={"switched": False}) != turn:
        return "Something else has been asked for since."
    if there.switched and live != turn.to:
        return f"Somebody has switched the Service to {live}."
    if turn.weight < 100 and live == turn.to:
        return f"Somebody has switched the Service to {live} before it was time."
    return ""


def dressed(record: Recorded, label: str, colour: str) -> Recorded:
    """The record with the label of that colour, which its Deployment's selector asks for."""
    labels = {**record.template["metadata"].get("labels", {}), label: colour}
    pods = record.template | {"metadata": {**record.template["metadata"], "labels": labels}}
    return record.model_copy(update={"template": pods})


def switch_patch(service: Json, label: str, to: str) -> list[Json]:
    """A JSON patch that makes the Service send to a colour, valid only for it as it was read."""
    path = f"/spec/selector/{label.replace('~', '~0').replace('/', '~1')}"
    return [
        {"op": "test", "path": "/metadata/resourceVersion", "value": service["metadata"]["resourceVersion"]},
        {"op": "test", "path": path, "value": service["spec"]["selector"][label]},
        {"op": "replace", "path": path, "value": to},
    ]
