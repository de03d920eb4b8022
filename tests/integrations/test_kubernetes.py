"""The Kubernetes target's contract, on the playground's cluster and on a real API server.

A real one is named by QUARTERDECK_TEST_KUBECONFIG: an administrator's kubeconfig, with bot.kubeconfig of a user "bot"
without any rights beside it.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from bot.errors import Code, Refusal, Unavailable
from bot.ports import DeployTarget
from bot.values import Check, Fence, Job, Phase, Place, Revision
from integrations.targets._kubernetes.workload import Workload
from integrations.targets.kubernetes import connect
from playground.cluster import Cluster
from tests.integrations.kubernetes_ground import (
    REPOSITORY,
    RIGHTS,
    Ground,
    deployment,
    grounds,
    opened,
    prepared,
    route,
    service,
    settled,
    to,
)


@pytest.fixture(params=grounds())
async def ground(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Ground]:
    async with opened(request.param, tmp_path) as fresh:
        yield fresh


def fence(deploy: str = "d1", epoch: int = 1) -> Fence:
    return Fence(deploy=deploy, epoch=epoch)


def failed(checks: list[Check]) -> dict[str, str]:
    return {check.name: check.text for check in checks if not check.passed}


def texts(checks: list[Check]) -> list[str]:
    return [check.text for check in checks]


async def test_a_deploy_runs_from_preflight_to_every_replica(ground: Ground) -> None:
    async with ground.target() as target:
        before = await target.inspect()
        assert (before.revision.id, before.revision.version, before.replicas, before.ready) == ("1", "v1.1", 3, 3)
        assert failed(await target.preflight(to("v1.2"))) == {}

        revision = await target.apply(to("v1.2"), fence(), "deploy d1 by dana")
        assert (revision.id, revision.version, revision.image) == ("2", "v1.2", f"{REPOSITORY}:v1.2")
        progress = await settled(target, revision)
        assert (progress.phase, progress.wanted, progress.new, progress.old, progress.ready) == ("done", 3, 3, 0, 3)
        after = await target.inspect()
        assert (after.revision.version, after.ready) == ("v1.2", 3)

    api = await ground.deployment()
    assert api["metadata"]["annotations"]["kubernetes.io/change-cause"] == "deploy d1 by dana"
    assert "quarterdeck" in {entry["manager"] for entry in api["metadata"]["managedFields"]}
    images = [one["image"] for one in api["spec"]["template"]["spec"]["containers"]]
    assert images == [f"{REPOSITORY}:v1.2", "registry.example.com/shop/proxy:v7"]


async def test_a_digest_is_pulled_as_that_very_image(ground: Ground) -> None:
    digest = "sha256:" + "5e" * 32
    async with ground.target() as target:
        revision = await target.apply(to(digest), fence(), "pinned")
        assert (revision.image, revision.version) == (f"{REPOSITORY}@{digest}", digest)
        assert (await settled(target, revision)).phase is Phase.DONE


async def test_a_version_that_already_runs_is_said_so_before_anything_is_asked(ground: Ground) -> None:
    async with ground.target() as target:
        assert failed(await target.preflight(to("v1.1"))) == {"version": "already runs v1.1"}


async def test_an_image_that_cannot_be_pulled_is_seen_in_seconds_with_its_pod(ground: Ground) -> None:
    async with ground.target() as target:
        began = time.monotonic()
        revision = await target.apply(to("v1.3-bad"), fence(), "a bad idea")
        progress = await settled(target, revision, within=10)
        assert time.monotonic() - began < 10
        assert progress.phase is Phase.FAILED
        assert progress.trouble is not None
        assert progress.trouble.reason in ("ErrImagePull", "ImagePullBackOff")
        assert progress.trouble.pod.startswith("api-")
        assert progress.trouble.container == "api"
        assert progress.trouble.message
        assert (await target.inspect()).ready == 3  # the old version goes on serving


async def test_a_crash_loop_is_told_with_the_last_log_lines(ground: Ground) -> None:
    async with ground.target() as target:
        revision = await target.apply(to("v1.3-crash"), fence(), "a crash")
        progress = await settled(target, revision)
        assert progress.phase is Phase.FAILED
        assert progress.trouble is not None
        assert (progress.trouble.reason, progress.trouble.container) == ("CrashLoopBackOff", "api")
        assert bool(progress.trouble.log) is ground.logs
        assert len(progress.trouble.log) <= 20


async def test_pods_that_never_get_ready_fail_at_the_progress_deadline(ground: Ground) -> None:
    await ground.patch({"spec": {"progressDeadlineSeconds": 2 * ground.scale}})
    async with ground.target() as target:
        revision = await target.apply(to("v1.3-notready"), fence(), "never ready")
        assert (await target.observe(revision)).phase is Phase.WAITING
        progress = await settled(target, revision, within=20)
        assert progress.phase is Phase.FAILED
        assert progress.trouble is not None
        assert progress.trouble.reason == "ProgressDeadlineExceeded"
        assert progress.trouble.pod.startswith("api-")


async def test_evidence_that_may_not_be_read_is_left_out(ground: Ground) -> None:
    role = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{ground.namespace}/roles/quarterdeck"
    needed = yaml.safe_load((RIGHTS / "role.yaml").read_text())["rules"][:3]
    await ground.admin.send("PATCH", role, {"rules": needed}, "application/merge-patch+json")
    async with ground.target() as target:
        for epoch, version in enumerate(("v1.3-bad", "v1.3-crash"), start=1):
            progress = await settled(target, await target.apply(to(version), fence(version, epoch), "no evidence"))
            assert progress.phase is Phase.FAILED
            assert progress.trouble is not None
            assert progress.trouble.log == ()


async def test_a_failed_rollout_is_undone_to_all_that_ran_before(ground: Ground) -> None:
    async with ground.target() as target:
        recorded = (await target.inspect()).revision
        bad = await target.apply(to("v1.3-bad"), fence("d2"), "bad")
        assert (await settled(target, bad)).phase is Phase.FAILED
        env = [{"name": "MODE", "value": "wild"}]
        await ground.patch({"spec": {"template": {"spec": {"containers": [{"name": "api", "env": env}]}}}})
        await ground.patch({"metadata": {"annotations": {"example.com/team": "search"}}})

        restored = await target.restore(recorded, fence("d2", 2), "back to v1.1")
        assert (restored.version, int(restored.id) > int(bad.id)) == ("v1.1", True)
        assert (await settled(target, restored)).phase is Phase.DONE

    api = await ground.deployment()
    assert api["spec"]["template"]["spec"]["containers"][0]["env"] == [{"name": "MODE", "value": "steady"}]
    assert "pod-template-hash" not in api["spec"]["template"]["metadata"]["labels"]
    notes = api["metadata"]["annotations"]
    assert notes["example.com/team"] == "checkout"
    assert notes["kubernetes.io/change-cause"] == "back to v1.1"
    assert notes["quarterdeck.dev/fence"] == "d2:2"


async def test_a_restore_of_what_runs_already_starts_nothing(ground: Ground) -> None:
    async with ground.target() as target:
        recorded = (await target.inspect()).revision
        restored = await target.restore(recorded, fence(), "nothing to do")
        assert restored.id == recorded.id
        assert (await settled(target, restored)).phase is Phase.DONE
    assert len(await ground.replica_sets()) == 1


async def test_a_restore_survives_the_database(ground: Ground) -> None:
    async with ground.target() as target:
        kept = (await target.inspect()).revision.model_dump_json()
        revision = Revision.model_validate_json(kept)
        await settled(target, await target.apply(to("v1.2"), fence(), "forth"))
        assert (await target.restore(revision, fence(epoch=2), "back")).version == "v1.1"


@pytest.fixture
def meanwhile(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets something happen between the bot's read and its patch, once."""

    def arrange(happens: Any) -> None:
        patch, waiting = Workload.patch, [happens]

        async def interrupted(self: Workload, body: Any, *, dry_run: bool = False) -> Any:
            if waiting:
                await waiting.pop()()
            return await patch(self, body, dry_run=dry_run)

        monkeypatch.setattr(Workload, "patch", interrupted)

    return arrange


async def changed(target: DeployTarget, way: str, recorded: Revision) -> Revision:
    if way == "apply":
        return await target.apply(to("v1.2"), fence(), "forth")
    return await target.restore(recorded, fence(epoch=2), "back")


@pytest.mark.parametrize("way", ["apply", "restore"])
async def test_a_write_that_changes_nothing_that_runs_is_read_again(ground: Ground, meanwhile: Any, way: str) -> None:
    async with ground.target() as target:
        recorded = (await target.inspect()).revision
        if way == "restore":
            await target.apply(to("v1.2"), fence(), "forth")
        meanwhile(lambda: ground.patch({"metadata": {"labels": {"touched": "yes"}}}))
        revision = await changed(target, way, recorded)
        assert (await settled(target, revision)).phase is Phase.DONE
    assert (await ground.deployment())["metadata"]["labels"]["touched"] == "yes"


@pytest.mark.parametrize("way", ["apply", "restore"])
async def test_a_rollout_that_somebody_starts_meanwhile_is_not_overwritten(
    ground: Ground, meanwhile: Any, way: str
) -> None:
    async with ground.target() as target:
        recorded = (await target.inspect()).revision
        if way == "restore":
            await target.apply(to("v1.2"), fence(), "forth")
        meanwhile(lambda: ground.set_image("v1.9"))
        with pytest.raises(Refusal) as refused:
            await changed(target, way, recorded)
        assert refused.value.code is Code.CONFLICT
        assert (await target.inspect()).revision.version == "v1.9"


async def test_a_stale_twin_is_refused(ground: Ground) -> None:
    async with ground.target() as target:
        recorded = (await target.inspect()).revision
        await target.apply(to("v1.2"), fence("d1", 5), "first")
        for stale in (fence("d0", 4), fence("d1", 4), fence("d0", 5)):
            with pytest.raises(Refusal) as refused:
                await target.apply(to("v1.3"), stale, "late")
            assert refused.value.code is Code.FENCED
            assert "`d1` (epoch 5)" in refused.value.text
            with pytest.raises(Refusal) as refused:
                await target.restore(recorded, stale, "late")
            assert refused.value.code is Code.FENCED
        assert (await target.inspect()).revision.version == "v1.2"


async def test_the_same_apply_twice_is_one_rollout(ground: Ground) -> None:
    async with ground.target() as target:
        first = await target.apply(to("v1.2"), fence(), "once")
        again = await target.apply(to("v1.2"), fence(), "once")
        assert first == again
        generation = (await ground.deployment())["metadata"]["generation"]
        assert (await settled(target, again)).phase is Phase.DONE
    assert (generation, len(await ground.replica_sets())) == (2, 2)


async def test_after_a_crash_a_new_process_goes_on_with_the_same_rollout(ground: Ground) -> None:
    async with ground.target() as killed:
        begun = await killed.apply(to("v1.2"), fence("d1", 1), "begun")
        async with ground.target() as resumed:
            revision = await resumed.apply(to("v1.2"), fence("d1", 2), "begun")
            assert revision == begun
            assert (await settled(resumed, revision)).phase is Phase.DONE
        with pytest.raises(Refusal) as refused:
            await killed.apply(to("v1.2"), fence("d1", 1), "begun")
        assert refused.value.code is Code.FENCED
    assert len(await ground.replica_sets()) == 2


async def test_a_change_by_hand_supersedes_and_is_not_undone_by_a_resume(ground: Ground) -> None:
    async with ground.target() as target:
        revision = await target.apply(to("v1.2"), fence(), "ours")
        await ground.set_image("v1.9")
        await ground.until(lambda api: api["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3")
        progress = await target.observe(revision)
        assert (progress.phase, progress.text) == (Phase.SUPERSEDED, "Revision 3 has replaced revision 2.")

        resumed = await target.apply(to("v1.2"), fence(epoch=2), "ours")
        assert resumed.id == revision.id
        assert (await target.observe(resumed)).phase is Phase.SUPERSEDED
        assert (await target.inspect()).revision.version == "v1.9"


async def test_an_undo_by_hand_is_not_undone_by_a_resume(ground: Ground) -> None:
    async with ground.target() as target:
        before = await ground.deployment()
        revision = await target.apply(to("v1.2"), fence(), "ours")
        undone = {
            "metadata": {"annotations": {"quarterdeck.dev/fence": None}}
        }  # as kubectl does: the older notes again
        await ground.patch(undone | {"spec": {"template": before["spec"]["template"]}})
        await ground.until(lambda api: api["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3")
        resumed = await target.apply(to("v1.2"), fence(epoch=2), "ours")
        assert resumed.id == revision.id
        assert (await target.observe(resumed)).phase is Phase.SUPERSEDED
        assert (await target.inspect()).revision.version == "v1.1"


async def test_another_deploy_of_the_same_version_supersedes(ground: Ground) -> None:
    async with ground.target() as target:
        revision = await target.apply(to("v1.2"), fence("d1", 1), "ours")
        await target.apply(to("v1.2"), fence("d2", 2), "theirs")
        progress = await target.observe(revision)
        assert (progress.phase, progress.text) == (Phase.SUPERSEDED, "Deploy d2 has taken over.")


async def test_nothing_is_no_success(ground: Ground) -> None:
    await ground.patch({"spec": {"replicas": 0}})
    async with ground.target() as target:
        assert failed(await target.preflight(to("v1.2"))) == {"replicas": "scaled to zero: nothing would run"}
        revision = await target.apply(to("v1.2"), fence(), "to nobody")
        progress = await settled(target, revision)
        assert (progress.phase, progress.text) == (Phase.FAILED, "Scaled to zero replicas: nothing would run.")


async def test_a_rollout_that_has_not_ended_is_told_and_holds_nobody_up(ground: Ground) -> None:
    async with ground.target() as target:
        assert "no other is under way" in texts(await target.preflight(to("v1.4")))
        slow = await target.apply(to("v1.2-notready"), fence("d1", 1), "slow")
        assert "v1.2-notready is still being rolled out: this replaces it" in texts(await target.preflight(to("v1.4")))
        assert (await target.observe(slow)).phase is Phase.WAITING
        bad = await target.apply(to("v1.3-bad"), fence("d2", 2), "bad")
        await settled(target, bad)
        checks = await target.preflight(to("v1.4"))
        assert failed(checks) == {}
        assert any(text.startswith("v1.3-bad can't come up") for text in texts(checks))


async def test_a_paused_deployment_is_not_deployed_to(ground: Ground) -> None:
    await ground.patch({"spec": {"paused": True}})
    async with ground.target() as target:
        assert failed(await target.preflight(to("v1.2"))) == {"paused": "yes: it would not roll out"}
        with pytest.raises(Refusal) as refused:
            await target.apply(to("v1.2"), fence(), "no")
        assert refused.value.code is Code.CONFLICT


async def test_what_is_not_there_is_named(ground: Ground) -> None:
    async with ground.target(deployment="apii") as target:
        assert failed(await target.preflight(to("v1.2"))) == {"exists": 'deployments.apps "apii" not found'}
        with pytest.raises(Refusal) as refused:
            await target.inspect()
        assert (refused.value.code, "apii" in refused.value.text) == (Code.NOT_FOUND, True)
    async with ground.target(container="app") as target:
        assert failed(await target.preflight(to("v1.2"))) == {"container": "there is no container app, only api, proxy"}
        with pytest.raises(Refusal) as refused:
            await target.apply(to("v1.2"), fence(), "no")
        assert refused.value.code is Code.NOT_FOUND


async def test_without_rights_the_cluster_s_own_words_say_what_is_missing(ground: Ground) -> None:
    said = f'User "{ground.user}" cannot get resource "deployments" in API group "apps" in the namespace "default"'
    async with ground.target(namespace="default") as target:
        assert failed(await target.preflight(to("v1.2"))) == {"exists": f'deployments.apps "api" is forbidden: {said}'}
        with pytest.raises(Refusal) as refused:
            await target.apply(to("v1.2"), fence(), "no")
        assert (refused.value.code, said in refused.value.text) == (Code.TARGET_FORBIDS, True)


async def test_a_right_to_change_that_is_missing_is_found_by_the_dry_run(ground: Ground) -> None:
    role = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{ground.namespace}/roles/quarterdeck"
    reading = [{"apiGroups": ["", "apps"], "resources": ["*"], "verbs": ["get", "list"]}]
    await ground.admin.send("PATCH", role, {"rules": reading}, "application/merge-patch+json")
    async with ground.target() as target:
        lines = failed(await target.preflight(to("v1.2")))
    assert list(lines) == ["permission"]
    assert f'User "{ground.user}" cannot patch resource "deployments" in API group "apps"' in lines["permission"]


async def test_what_the_api_finds_invalid_is_refused_with_its_reason(ground: Ground) -> None:
    async with ground.target() as target:
        recorded = (await target.inspect()).revision
        template = {"metadata": {"labels": {"app": "other"}}, "spec": {"containers": []}}
        foreign = recorded.model_copy(update={"restore": {**recorded.restore, "template": template, "hash": "other"}})
        with pytest.raises(Refusal) as refused:
            await target.restore(foreign, fence(), "to nonsense")
        assert refused.value.code is Code.INVALID
        assert "does not match template `labels`" in refused.value.text
        unknown = recorded.model_copy(update={"restore": {}})
        with pytest.raises(Refusal, match="not recorded by this target"):
            await target.restore(unknown, fence(), "to nothing")
        assert (await target.inspect()).revision.id == recorded.id


async def test_a_patch_whose_answer_is_lost_is_not_made_twice(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    patch = Workload.patch

    async def lost(self: Workload, body: Any, *, dry_run: bool = False) -> Any:
        await patch(self, body, dry_run=dry_run)
        monkeypatch.undo()
        raise Unavailable("Kubernetes", "connection lost")

    monkeypatch.setattr(Workload, "patch", lost)
    async with ground.target() as target:
        with pytest.raises(Unavailable):
            await target.apply(to("v1.2"), fence(), "once")
        revision = await target.apply(to("v1.2"), fence(), "once")
        assert (revision.id, (await ground.deployment())["metadata"]["generation"]) == ("2", 2)


async def test_the_role_of_the_manifests_holds_no_right_that_is_not_used(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    async with Cluster(scale=50, journal=journal) as cluster:
        admin, bot = (cluster.kubeconfig(tmp_path / user, user) for user in ("admin", "quarterdeck"))
        async with prepared(admin, bot, "quarterdeck", logs=True) as ground:
            await everything(ground)
    asked = [json.loads(line) for line in journal.read_text().splitlines()]
    assert {right(one) for one in asked if one["user"] == "quarterdeck"} == set(granted())


async def everything(ground: Ground) -> None:
    """All that the bot ever asks of a cluster: each strategy, forth and back."""
    reads_settings = {"containers": [{"name": "api", "envFrom": [{"configMapRef": {"name": "settings"}}]}]}
    await ground.make("services", service(track="stable"))
    await ground.make("deployments", deployment("green", 0, color="green"))
    await ground.make("deployments", deployment("blue", 1, color="blue"))
    await ground.make("services", service("pair", color="blue"))
    await ground.make("httproutes", route("api"))
    pair = {"service": "pair", "blue": "blue", "green": "green"}
    async with ground.target(route={"name": "shop"}) as target:
        before = (await target.inspect()).revision
        await settled(target, await target.apply(to("v1.3-bad"), fence("d1", 1), "bad"))
        await settled(target, await target.apply(to("v1.3-crash"), fence("d2", 2), "crash"))
        await target.start_job(Job(name="once", change=to("v1.2"), command=("true",)), fence("d3", 3), "once")
        await target.look_at_job("api-once-d3")
        canary = to("v1.2", strategy="canary", weight=10)
        await target.preflight(canary)
        await settled(target, await target.apply(canary, fence("d3", 3), "a part"))
        await settled(target, await target.restore(before, fence("d3", 3), "back"))
        await ground.patch({"spec": {"template": {"spec": reads_settings}}})
        await target.rehearse((await target.inspect()).revision)
    async with ground.target(blue_green=pair) as target:
        change = to("v1.2", strategy="blue_green")
        await target.preflight(change)
        await settled(target, await target.apply(change, fence("d4", 4), "a switch"))


def right(asked: dict[str, str]) -> tuple[str, str]:
    """The verb and resource of a request to something in a namespace."""
    resource, *rest = urlsplit(asked["path"]).path.partition("/namespaces/")[2].split("/")[1:]
    reads = "get" if rest else "list"
    verbs = {"GET": reads, "PATCH": "patch", "POST": "create", "DELETE": "delete"}
    return verbs[asked["method"]], "/".join([resource, *rest[1:]])


def granted() -> Iterator[tuple[str, str]]:
    for rule in yaml.safe_load((RIGHTS / "role.yaml").read_text())["rules"]:
        yield from product(rule["verbs"], rule["resources"])


async def test_two_contexts_are_two_users_of_two_connections(ground: Ground, tmp_path: Path) -> None:
    bot, admin = (yaml.safe_load(file.read_text()) for file in (ground.bot, ground.admin_file))
    both = {**bot, "contexts": [], "users": []}
    for name, given in (("bot", bot), ("admin", admin)):
        cluster = given["contexts"][0]["context"]["cluster"]
        both["users"].append({"name": name, "user": given["users"][0]["user"]})
        both["contexts"].append({"name": name, "context": {"cluster": cluster, "user": name}})
    file = tmp_path / "both.kubeconfig"
    file.write_text(yaml.safe_dump({**both, "current-context": "bot"}))
    places = {
        Place("api", "production"): ground.options(kubeconfig=file, context="bot"),
        Place("api", "elsewhere"): ground.options(kubeconfig=file, context="bot", namespace="default"),
        Place("api", "staging"): ground.options(kubeconfig=file, context="admin", namespace="default"),
    }
    production, elsewhere, staging = connect(places).values()
    try:
        assert (await production.inspect()).revision.version == "v1.1"
        assert "forbidden" in failed(await elsewhere.preflight(to("v1.2")))["exists"]
        assert failed(await staging.preflight(to("v1.2")))["exists"] == 'deployments.apps "api" not found'
        await elsewhere.close()
        await elsewhere.close()
        assert (await production.inspect()).ready == 3  # they share a connection, and one still holds it
    finally:
        for target in (production, elsewhere, staging):
            await target.close()


async def test_a_rehearsal_does_not_mind_that_something_else_is_written_meanwhile(ground: Ground) -> None:
    async def scribble() -> None:
        for number in range(30):
            beat = {"metadata": {"annotations": {"example.com/beat": str(number)}}}
            await ground.admin.send("PATCH", ground.path(), beat)

    async with ground.target() as target:
        runs = (await target.inspect()).revision
        scribbling = asyncio.create_task(scribble())
        while not scribbling.done():
            assert failed(await target.rehearse(runs)) == {}
        await scribbling
