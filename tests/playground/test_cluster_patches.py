"""PATCH in the playground's cluster: the three kinds of patch, what they make of an object and what they refuse.

The expected answers were taken from a real kube-apiserver.
"""

from typing import Any

from tests.playground.cluster_user import API, DEPLOYMENTS, JSON_PATCH, MERGE, STRATEGIC, Json, kube

DRY = f"{API}?dryRun=All"


def pod_spec(patch: Json) -> Json:
    return {"spec": {"template": {"spec": patch}}}


def container(**fields: Any) -> Json:
    return pod_spec({"containers": [{"name": "api", **fields}]})


async def patched(body: Any, kind: str = STRATEGIC) -> Json:
    """The pod template's spec of api after a patch that is not kept."""
    async with kube() as shop:
        env = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
        await shop.send("PATCH", API, container(env=env))
        changed = await shop.send("PATCH", DRY, body, kind)
        spec: Json = changed["spec"]["template"]["spec"]
        return spec


def names(items: list[Json], key: str = "name") -> list[Any]:
    return [item[key] for item in items]


async def test_containers_are_merged_by_name_and_keep_what_the_patch_does_not_say() -> None:
    spec = await patched(container(image="registry.example.com/shop/api:v9"))
    assert names(spec["containers"]) == ["api"]
    assert spec["containers"][0]["ports"] == [{"containerPort": 8080, "protocol": "TCP"}]
    assert names(spec["containers"][0]["env"]) == ["A", "B"]


async def test_new_items_of_a_merged_list_come_first() -> None:
    spec = await patched(container(env=[{"name": "C", "value": "3"}, {"name": "A", "value": "9"}]))
    assert spec["containers"][0]["env"] == [
        {"name": "C", "value": "3"},
        {"name": "A", "value": "9"},
        {"name": "B", "value": "2"},
    ]


async def test_an_item_is_deleted_by_a_directive() -> None:
    spec = await patched(container(env=[{"name": "A", "$patch": "delete"}]))
    assert names(spec["containers"][0]["env"]) == ["B"]


async def test_ports_are_merged_by_container_port_and_volumes_by_name() -> None:
    ports = [{"containerPort": 9090}, {"containerPort": 8080, "name": "http"}]
    body = pod_spec({"containers": [{"name": "api", "ports": ports}], "volumes": [{"name": "scratch"}]})
    spec = await patched(body)
    assert names(spec["containers"][0]["ports"], "containerPort") == [9090, 8080]
    assert spec["volumes"] == [{"name": "scratch", "emptyDir": {}}]


async def test_the_order_that_a_client_asks_for_is_kept() -> None:
    order = [{"name": "second"}, {"name": "api"}]
    spec = await patched(
        pod_spec({"$setElementOrder/containers": order, "containers": [{"name": "second", "image": "x:1"}]})
    )
    assert names(spec["containers"]) == ["second", "api"]


async def test_a_list_can_be_replaced_as_a_whole() -> None:
    spec = await patched(pod_spec({"containers": [{"$patch": "replace"}, {"name": "only", "image": "x:1"}]}))
    assert names(spec["containers"]) == ["only"]


async def test_null_removes_a_field_and_lists_without_a_key_are_replaced() -> None:
    spec = await patched(container(ports=None, args=["--fast"]))
    assert "ports" not in spec["containers"][0]
    assert spec["containers"][0]["args"] == ["--fast"]


async def test_retained_keys_drop_the_others() -> None:
    async with kube() as shop:
        body = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
        assert (await shop.send("PATCH", DRY, body))["spec"]["strategy"] == {"type": "Recreate"}


async def test_a_merge_patch_replaces_lists() -> None:
    spec = await patched(pod_spec({"containers": [{"name": "only", "image": "x:1"}]}), MERGE)
    assert names(spec["containers"]) == ["only"]


async def test_a_json_patch_does_all_or_nothing() -> None:
    async with kube() as shop:
        operations = [
            {"op": "test", "path": "/spec/replicas", "value": 3},
            {"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "z", "image": "z:1"}},
            {"op": "copy", "from": "/spec/replicas", "path": "/spec/minReadySeconds"},
            {"op": "add", "path": "/metadata/annotations/example.com~1note", "value": "x"},
            {"op": "move", "from": "/metadata/annotations/example.com~1note", "path": "/metadata/annotations/note"},
            {"op": "replace", "path": "/spec/replicas", "value": 2},
            {"op": "remove", "path": "/spec/template/spec/containers/0"},
        ]
        api = await shop.send("PATCH", DRY, operations, JSON_PATCH)
        assert names(api["spec"]["template"]["spec"]["containers"]) == ["z"]
        assert (api["spec"]["replicas"], api["spec"]["minReadySeconds"]) == (2, 3)
        assert api["metadata"]["annotations"]["note"] == "x"
        operations.append({"op": "test", "path": "/spec/replicas", "value": 3})
        answer = await shop.call("PATCH", API, operations, kind=JSON_PATCH)
        assert answer.status == 422
        assert (await shop.get(API))["spec"]["replicas"] == 3


async def test_a_test_on_the_resource_version_is_an_optimistic_lock() -> None:
    async with kube() as shop:
        api = await shop.get(API)
        lock = {"op": "test", "path": "/metadata/resourceVersion", "value": api["metadata"]["resourceVersion"]}
        change = [lock, {"op": "replace", "path": "/spec/replicas", "value": 2}]
        assert (await shop.call("PATCH", API, change, kind=JSON_PATCH)).status == 200
        again = await shop.call("PATCH", API, change, kind=JSON_PATCH)
        assert (again.status, again.body["reason"]) == (422, "Invalid")
        assert again.body["message"] == "the server rejected our request due to an error in our request"


async def test_fields_that_do_not_exist_are_dropped() -> None:
    async with kube() as shop:
        before = await shop.get(API)
        api = await shop.send("PATCH", API, {"spec": {"replica": 5}, "hello": 1})
        assert api == before


async def test_a_patch_of_the_status_changes_the_status_alone() -> None:
    async with kube() as shop:
        body = {"metadata": {"labels": {"a": "b"}}, "spec": {"replicas": 7}, "status": {"replicas": 9}}
        api = await shop.send("PATCH", f"{API}/status?dryRun=All", body)
        assert (api["spec"]["replicas"], api["status"]["replicas"]) == (3, 9)
        assert "a" not in api["metadata"]["labels"]
        api = await shop.send("PATCH", DRY, {"status": {"replicas": 9}})
        assert api["status"]["replicas"] == 3


REFUSED: list[tuple[str, Any, str, int, str]] = [
    (
        "a number of replicas below zero",
        {"spec": {"replicas": -1}},
        STRATEGIC,
        422,
        'Deployment.apps "api" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
    ),
    (
        "another selector",
        {"spec": {"selector": {"matchLabels": {"app": "b"}}}},
        STRATEGIC,
        422,
        'Deployment.apps "api" is invalid: [spec.template.metadata.labels: Invalid value: map[string]string'
        '{"app":"api"}: `selector` does not match template `labels`, spec.selector: Invalid value: v1.LabelSelector'
        '{MatchLabels:map[string]string{"app":"b"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: '
        "field is immutable]",
    ),
    (
        "a container that does not exist, without an image",
        pod_spec({"containers": [{"name": "apx", "command": ["x"]}]}),
        STRATEGIC,
        422,
        'Deployment.apps "api" is invalid: spec.template.spec.containers[0].image: Required value',
    ),
    (
        "an empty image",
        container(image=""),
        STRATEGIC,
        422,
        'Deployment.apps "api" is invalid: spec.template.spec.containers[0].image: Required value',
    ),
    (
        "a container without a name",
        pod_spec({"containers": [{"image": "x"}]}),
        STRATEGIC,
        500,
        "map: map[image:x] does not contain declared merge key: name",
    ),
    (
        "a word for a number",
        {"spec": {"replicas": "three"}},
        STRATEGIC,
        422,
        ' "" is invalid: patch: Invalid value: "map[spec:map[replicas:three]]": unrecognized type: int32',
    ),
    (
        "a number for a word",
        container(image=5),
        STRATEGIC,
        422,
        ' "" is invalid: patch: Invalid value: "map[spec:map[template:map[spec:map[containers:[map[image:5 name:api]]'
        ']]]]": cannot convert int64 to string',
    ),
    (
        "a stale resource version",
        {"metadata": {"resourceVersion": "1"}},
        STRATEGIC,
        409,
        'Operation cannot be fulfilled on deployments.apps "api": the object has been modified; please apply your '
        "changes to the latest version and try again",
    ),
    (
        "another name",
        {"metadata": {"name": "other"}},
        STRATEGIC,
        400,
        "the name of the object (other) does not match the name on the URL (api)",
    ),
    (
        "another uid",
        {"metadata": {"uid": "other"}},
        STRATEGIC,
        422,
        'Deployment.apps "api" is invalid: metadata.uid: Invalid value: "other": field is immutable',
    ),
    ("half a document", '{"spec":', STRATEGIC, 400, "unexpected EOF"),
    (
        "a list for a map",
        [],
        STRATEGIC,
        400,
        "json: cannot unmarshal array into Go value of type map[string]interface {}",
    ),
    (
        "a map for a list",
        {"op": "x"},
        JSON_PATCH,
        400,
        "json: cannot unmarshal object into Go value of type jsonpatch.Patch",
    ),
    ("an unknown kind of patch", {"a": 1}, "application/json", 415, "415: Unsupported Media Type"),
    (
        "Recreate with the settings of a rolling update",
        {"spec": {"strategy": {"type": "Recreate"}}},
        STRATEGIC,
        422,
        'Deployment.apps "api" is invalid: spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy '
        "`type` is 'Recreate'",
    ),
    (
        "neither surge nor unavailability",
        {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}},
        STRATEGIC,
        422,
        'Deployment.apps "api" is invalid: spec.strategy.rollingUpdate.maxUnavailable: Invalid value: '
        'intstr.IntOrString{Type:0, IntVal:0, StrVal:""}: may not be 0 when `maxSurge` is 0',
    ),
]


async def test_wrong_patches_are_refused_in_the_words_of_the_real_api() -> None:
    async with kube() as shop:
        before = await shop.get(API)
        for what, body, kind, status, message in REFUSED:
            answer = await shop.call("PATCH", API, body, kind=kind)
            assert (what, answer.status, answer.body["message"]) == (what, status, message)
            assert (answer.body["kind"], answer.body["code"]) == ("Status", status)
        assert await shop.get(API) == before


async def test_an_invalid_object_names_each_field_that_is_wrong() -> None:
    async with kube() as shop:
        body = {"metadata": {"name": "Bad_Name"}, "spec": {"template": {"spec": {}}}}
        answer = await shop.call("POST", DEPLOYMENTS, body)
        assert [(cause["reason"], cause["field"]) for cause in answer.body["details"]["causes"]] == [
            ("FieldValueInvalid", "metadata.name"),
            ("FieldValueRequired", "spec.selector"),
            ("FieldValueInvalid", "spec.template.metadata.labels"),
            ("FieldValueRequired", "spec.template.spec.containers"),
        ]


async def test_the_manager_of_each_field_is_noted() -> None:
    async with kube() as shop:
        await shop.send("PATCH", f"{API}?fieldManager=quarterdeck", container(image="registry.example.com/shop/api:v9"))
        entries = {entry["manager"]: entry for entry in (await shop.get(API))["metadata"]["managedFields"]}
        owned = entries["quarterdeck"]["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]
        assert owned == {'k:{"name":"api"}': {"f:image": {}}}
        before = entries["kubectl"]["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]
        assert "f:image" not in before['k:{"name":"api"}']
