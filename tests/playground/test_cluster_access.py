"""Who may do what in the playground's cluster, and in which words others are refused."""

from pathlib import Path

import pytest
import yaml

from playground.cluster.api.wire import field
from playground.cluster.world import BOT_RULES
from tests.playground.cluster_user import API, APPS, CORE, PRODUCTION, RBAC, kube

SERVICE = f"{CORE}/namespaces/{PRODUCTION}/services/api"  # which the bot may not delete
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


ALLOWED = [
    ("GET", API, "quarterdeck", 200),
    ("GET", f"{APPS}/namespaces/{PRODUCTION}/replicasets", "quarterdeck", 200),
    ("GET", f"{CORE}/namespaces/{PRODUCTION}/events", "quarterdeck", 200),
    ("GET", f"{CORE}/namespaces/{PRODUCTION}/pods/none/log", "quarterdeck", 404),
    ("DELETE", SERVICE, "quarterdeck", 403),
    ("GET", f"{CORE}/namespaces/{PRODUCTION}/configmaps", "quarterdeck", 403),
    ("GET", f"{APPS}/deployments", "quarterdeck", 403),
    ("GET", f"{CORE}/namespaces", "quarterdeck", 403),
    ("GET", API, "nobody", 403),
    ("GET", f"/apis/gateway.networking.k8s.io/v1/namespaces/{PRODUCTION}/httproutes/pay", "quarterdeck", 200),
    ("GET", f"/apis/gateway.networking.k8s.io/v1/namespaces/{PRODUCTION}/httproutes/pay", "nobody", 403),
    ("DELETE", f"/apis/gateway.networking.k8s.io/v1/namespaces/{PRODUCTION}/httproutes/pay", "quarterdeck", 403),
    ("GET", f"/apis/batch/v1/namespaces/{PRODUCTION}/jobs/none", "quarterdeck", 404),
    ("GET", f"{CORE}/namespaces/{PRODUCTION}/secrets", "quarterdeck", 403),
    ("GET", "/apis/apps/v1", "nobody", 200),
    ("GET", "/version", "", 200),
    ("GET", "/apis", "", 403),
    ("GET", API, "", 403),
    ("GET", API, "forged", 401),
    ("GET", "/version", "forged", 401),
]


def test_the_bot_has_the_rights_that_its_manifests_grant() -> None:
    role = yaml.safe_load((Path(__file__).parents[2] / "ops/kubernetes/rights/role.yaml").read_text())
    granted = {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert {(group, resource, verb) for group, resource, verbs in BOT_RULES for verb in verbs} == granted


async def test_everyone_may_do_what_their_roles_say_and_no_more() -> None:
    async with kube() as shop:
        seen = [
            (method, path, user, (await shop.call(method, path, token=user)).status)
            for method, path, user, _ in ALLOWED
        ]
        assert seen == ALLOWED


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        (
            "DELETE",
            SERVICE,
            'services "api" is forbidden: User "quarterdeck" cannot delete resource "services" '
            'in API group "" in the namespace "shop-production"',
        ),
        (
            "GET",
            f"{CORE}/namespaces",
            'namespaces is forbidden: User "quarterdeck" cannot list resource "namespaces" in API group "" '
            "at the cluster scope",
        ),
        ("GET", "/metrics", 'forbidden: User "quarterdeck" cannot get path "/metrics"'),
    ],
)
async def test_a_refusal_names_user_verb_resource_and_place(method: str, path: str, message: str) -> None:
    async with kube() as shop:
        answer = await shop.call(method, path, token="quarterdeck")
        assert (answer.body["reason"], answer.body["code"], answer.body["message"]) == ("Forbidden", 403, message)


async def test_anyone_with_a_name_may_ask_what_they_may_do() -> None:
    async with kube() as shop:
        for user, verb, allowed in (
            ("quarterdeck", "patch", True),
            ("quarterdeck", "update", False),
            ("nobody", "get", False),
        ):
            wanted = {"namespace": PRODUCTION, "verb": verb, "group": "apps", "resource": "deployments", "name": "api"}
            answer = await shop.call("POST", REVIEWS, {"spec": {"resourceAttributes": wanted}}, token=user)
            assert answer.status == 201
            assert answer.body["status"]["allowed"] is allowed


async def test_the_answer_names_the_binding_that_allows_it() -> None:
    async with kube() as shop:
        wanted = {"namespace": PRODUCTION, "verb": "get", "group": "", "resource": "pods", "subresource": "log"}
        answer = await shop.call("POST", REVIEWS, {"spec": {"resourceAttributes": wanted}}, token="quarterdeck")
        binding = f'RoleBinding "quarterdeck/{PRODUCTION}" of Role "quarterdeck" to User "quarterdeck"'
        assert answer.body["status"] == {"allowed": True, "reason": f"RBAC: allowed by {binding}"}


async def test_a_role_that_changes_is_obeyed_at_once() -> None:
    async with kube() as shop:
        role = f"{RBAC}/namespaces/{PRODUCTION}/roles/quarterdeck"
        await shop.send("PATCH", role, {"rules": []}, "application/merge-patch+json")
        assert (await shop.call("GET", API, token="quarterdeck")).status == 403


async def test_a_cluster_role_counts_everywhere_when_bound_for_the_cluster_and_in_one_namespace_when_bound_there() -> (
    None
):
    async with kube() as shop:
        rules = [{"apiGroups": ["apps"], "resources": ["*"], "verbs": ["list"]}]
        await shop.send("POST", f"{RBAC}/clusterroles", {"metadata": {"name": "reader"}, "rules": rules})
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"}
        subjects = [{"kind": "User", "name": "nobody"}]
        binding = {"metadata": {"name": "reader"}, "roleRef": reference, "subjects": subjects}
        await shop.send("POST", f"{RBAC}/namespaces/{PRODUCTION}/rolebindings", binding)
        assert (await shop.call("GET", f"{APPS}/namespaces/{PRODUCTION}/deployments", token="nobody")).status == 200
        assert (await shop.call("GET", f"{APPS}/deployments", token="nobody")).status == 403
        await shop.send("POST", f"{RBAC}/clusterrolebindings", binding)
        assert (await shop.call("GET", f"{APPS}/deployments", token="nobody")).status == 200


async def test_a_rule_may_be_for_named_objects_alone() -> None:
    async with kube() as shop:
        role = f"{RBAC}/namespaces/{PRODUCTION}/roles/quarterdeck"
        rule = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get"], "resourceNames": ["web"]}
        await shop.send("PATCH", role, {"rules": [rule]}, "application/merge-patch+json")
        assert (await shop.call("GET", API, token="quarterdeck")).status == 403
        assert (await shop.call("GET", f"{API[:-3]}web", token="quarterdeck")).status == 200


async def test_the_user_may_stand_in_the_path_for_clients_that_keep_tokens_off_plain_http() -> None:
    async with kube() as shop:
        assert (await shop.call("GET", f"/as/quarterdeck{API}", token="")).status == 200
        assert (await shop.call("DELETE", f"/as/quarterdeck{SERVICE}", token="")).status == 403
        assert (await shop.call("GET", f"/as/forged{API}", token="")).status == 401


async def test_an_administrator_may_try_what_others_may_do() -> None:
    async with kube() as shop:

        async def status(user: str, taken_for: str) -> int:
            headers = {"Authorization": f"Bearer {user}", "Impersonate-User": taken_for}
            async with shop.session.delete(f"{shop.cluster.url}{SERVICE}?dryRun=All", headers=headers) as response:
                return response.status

        assert await status("admin", "quarterdeck") == 403
        assert await status("admin", "somebody else") == 403
        assert await status("nobody", "admin") == 403
        assert await status("admin", "admin") == 200


def protobuf(kind: str, version: str, content: bytes) -> bytes:
    return b"k8s\0" + field(1, field(1, version) + field(2, kind)) + field(2, content)


async def test_kubectl_asks_in_protobuf_what_it_may_do() -> None:
    async with kube() as shop:
        wanted = {1: PRODUCTION, 2: "patch", 3: "apps", 5: "deployments", 7: "api"}
        attributes = b"".join(field(number, text) for number, text in wanted.items())
        body = protobuf("SelfSubjectAccessReview", "authorization.k8s.io/v1", field(2, field(1, attributes)))
        headers = {"Authorization": "Bearer quarterdeck", "Content-Type": "application/vnd.kubernetes.protobuf"}
        async with shop.session.post(shop.cluster.url + REVIEWS, data=body, headers=headers) as response:
            answer = await response.json()
        assert answer["status"]["allowed"] is True
        assert answer["spec"]["resourceAttributes"]["resource"] == "deployments"


async def test_simple_objects_come_in_protobuf_too_and_others_are_refused() -> None:
    async with kube() as shop:
        path = f"{shop.cluster.url}{CORE}/namespaces/{PRODUCTION}/configmaps"
        headers = {"Authorization": "Bearer admin", "Content-Type": "application/vnd.kubernetes.protobuf"}
        metadata = field(1, "one") + field(11, field(1, "tier") + field(2, "front"))
        content = field(1, metadata) + field(2, field(1, "a") + field(2, "1"))
        for body, status in (
            (protobuf("ConfigMap", "v1", content), 201),
            (protobuf("Secret", "v1", content), 415),
            (b"k8s\0\xff", 400),
        ):
            async with shop.session.post(path, data=body, headers=headers) as response:
                assert response.status == status
        made = await shop.get(f"{CORE}/namespaces/{PRODUCTION}/configmaps/one")
        assert (made["data"], made["metadata"]["labels"]) == ({"a": "1"}, {"tier": "front"})
