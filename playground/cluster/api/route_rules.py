"""What an HTTPRoute must look like: as its CustomResourceDefinition says it, which has words of its own."""

from collections.abc import Iterator

from playground.cluster.api.errors import Cause, invalid, required
from playground.cluster.api.kinds import Object

MOST_WEIGHT = 1_000_000


def route_causes(thing: Object) -> Iterator[Cause]:
    """What is wrong with an HTTPRoute. That a backend exists is not asked here: its gateway looks for that."""
    if "spec" not in thing:
        yield required("spec")
        return
    for index, parent in enumerate(thing["spec"].get("parentRefs") or ()):
        if not parent.get("name"):
            yield required(f"spec.parentRefs[{index}].name")
    for index, rule in enumerate(thing["spec"].get("rules") or ()):
        for number, backend in enumerate(rule.get("backendRefs") or ()):
            yield from _backend(backend, f"spec.rules[{index}].backendRefs[{number}]")


def _backend(backend: Object, path: str) -> Iterator[Cause]:
    if not backend.get("name"):
        yield required(f"{path}.name")
    weight = backend["weight"]
    for wrong, bound, word in ((weight < 0, 0, "greater"), (weight > MOST_WEIGHT, MOST_WEIGHT, "less")):
        if wrong:
            why = f"{path}.weight in body should be {word} than or equal to {bound}"
            yield invalid(f"{path}.weight", str(weight), why)
