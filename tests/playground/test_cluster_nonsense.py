"""Whatever a client sends, the playground's cluster answers like an API server and goes on working."""

import asyncio
import random
from typing import Any

from tests.playground.cluster_user import API, CORE, DEPLOYMENTS, MERGE, PRODUCTION, RBAC, STRATEGIC, kube

COLLECTIONS = (
    DEPLOYMENTS,
    f"{CORE}/namespaces/{PRODUCTION}/pods",
    f"{CORE}/namespaces/{PRODUCTION}/services",
    f"/apis/discovery.k8s.io/v1/namespaces/{PRODUCTION}/endpointslices",
    f"{RBAC}/namespaces/{PRODUCTION}/rolebindings",
)
VALUES: tuple[Any, ...] = (None, 0, -1, 1.5, True, "", "a b", [], {}, [1], ["x"], [{}], [None], {"a": 1}, 10**9, "50%")
KEYS = ("name", "spec", "labels", "ownerReferences", "finalizers", "matchExpressions", "env", "ports", "valueFrom")


def spoiled(value: Any, chance: random.Random) -> Any:
    """The same with something wrong somewhere in it."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key, spoilt = chance.choice(list(value)), dict(value)
        if chance.random() < 0.15:
            spoilt[chance.choice(KEYS)] = chance.choice(VALUES)
        elif chance.random() < 0.15:
            del spoilt[key]
        else:
            spoilt[key] = spoiled(value[key], chance)
        return spoilt
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], spoiled(value[at], chance), *value[at + 1 :]]
    return chance.choice(VALUES)


async def test_nonsense_is_refused_with_a_reason_and_breaks_nothing() -> None:
    chance, broken = random.Random(7), list[str]()
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: broken.append(str(context)))
    async with kube(scale=100) as shop:
        seeds = {path: (await shop.items(path))[0] for path in COLLECTIONS}
        for number in range(300):
            path = chance.choice(COLLECTIONS)
            body = spoiled(seeds[path], chance)
            if isinstance(body, dict) and isinstance(body.get("metadata"), dict):
                body["metadata"].pop("resourceVersion", None)
            if chance.random() < 0.5:
                if isinstance(body, dict) and isinstance(body.get("metadata"), dict):
                    body["metadata"]["name"] = f"nonsense-{number}"
                answer = await shop.call("POST", path, body)
            else:
                kind = chance.choice((STRATEGIC, MERGE))
                answer = await shop.call("PATCH", f"{path}/{seeds[path]['metadata']['name']}", body, kind=kind)
            assert answer.body, (answer.text, body)
            assert answer.status < 500 or "merge key" in answer.text, (answer.text, body)
        assert broken == []
        assert (await shop.call("GET", API)).status == 200
