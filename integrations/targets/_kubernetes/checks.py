"""The preflight lines that a Deployment answers by itself. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from bot.values import Check, Phase, StrategyKind, Trouble
from integrations.targets._kubernetes.notes import BEFORE, BY_HAND, FENCE, annotations, fence_of
from integrations.targets._kubernetes.quantity import short_of
from integrations.targets._kubernetes.rollout import Claim, rollout_status, under_way
from integrations.targets._kubernetes.templates import containers, image_in, number, version_of

Json = dict[str, Any]

ARGO_CD = "argocd.argoproj.io/tracking-id"
FLUX = ("kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io")
HELM = "meta.helm.sh/release-name"
CANNOT_TELL = "can't tell"
GAP = "there will be a gap: the old replicas stop before the new ones start"


def checks(deployment: Json, container: str, image: str) -> Iterator[Check]:
    """Whether this Deployment can be given `image`, as far as it says itself."""
    runs, wanted = image_in(deployment, container), deployment["spec"].get("replicas", 1)
    if runs is None:
        names = ", ".join(one["name"] for one in containers(deployment))
        yield Check(name="container", passed=False, text=f"there is no container {container}, only {names}")
        return
    paused = bool(deployment["spec"].get("paused"))
    yield Check(name="paused", passed=not paused, text="yes: it would not roll out" if paused else "no")
    complete = rollout_status(deployment, Claim(number(deployment))).phase is Phase.DONE
    verb = ("already " if runs == image else "") + ("runs" if complete else "rolls out")
    yield Check(name="version", passed=runs != image, text=f"{verb} {version_of(runs)}")
    text = f"{wanted} wanted" if wanted else "scaled to zero: nothing would run"
    yield Check(name="replicas", passed=wanted > 0, text=text)
    yield owner(deployment)


def older(deployment: Json, container: str, stuck: Trouble | None) -> Check:
    """What has become of the rollout before. Never fails: one that hangs is what a new version repairs."""
    version = version_of(image_in(deployment, container) or "")
    if stuck:
        text = f"{version} can't come up ({stuck.reason}): this replaces it"
    elif under_way(deployment):
        text = f"{version} is still being rolled out: this replaces it"
    else:
        text = "no other is under way"
    return Check(name="older rollout", passed=True, text=text)


def fenced_off(thing: Json) -> list[Check]:
    """Whether somebody has taken it out of the bot's hands; empty where nobody has."""
    fence = fence_of(thing)
    if fence is None or fence.deploy != BY_HAND:
        return []
    text = f"somebody has taken it out of the bot's hands: remove the annotation {FENCE} to give it back"
    return [Check(name="fence", passed=False, text=text)]


def healthy(deployment: Json, stuck: Trouble | None) -> Check:
    """Whether what runs is well before it is touched. What is stuck or on its way is no reason: a change mends it."""
    wanted = deployment["spec"].get("replicas", 1)
    ready = (deployment.get("status") or {}).get("readyReplicas", 0)
    passed = ready >= wanted or stuck is not None or under_way(deployment)
    text = f"{ready} of {wanted} replicas are ready"
    hint = "" if passed else ": find out why first, kubectl get pods shows which"
    return Check(name="healthy", passed=passed, text=f"{text}{hint}")


def gap(deployment: Json, kind: StrategyKind) -> Check:
    """How the replicas take each other's place."""
    own = (deployment["spec"].get("strategy") or {}).get("type", "RollingUpdate")
    if kind is StrategyKind.RECREATE:
        text = GAP
    elif own == "Recreate" and BEFORE not in annotations(deployment):
        text = f"the Deployment itself says Recreate: {GAP}"
    else:
        text = "an old replica stops when a new one is ready"
    return Check(name="strategy", passed=True, text=text)


def capacity(quotas: Sequence[Json] | None, deployment: Json, more: int) -> Check:
    """Whether there is room for `more` replicas. `quotas` None: they may not be read."""
    if not more:
        return Check(name="capacity", passed=True, text="no replica more than now is needed")
    needs = f"{more} more replica{'' if more == 1 else 's'}"
    if quotas is None:
        return Check(name="capacity", passed=True, text=f"{CANNOT_TELL} whether a quota leaves room for {needs}")
    short = list(short_of(quotas, deployment, more))
    if short:
        return Check(name="capacity", passed=False, text=f"no room for {needs}: {'; '.join(short)}")
    return Check(name="capacity", passed=True, text=f"quotas leave room for {needs}" if quotas else "no quota")


def autoscaled(autoscalers: Sequence[Json] | None, deployment: Json) -> list[Check]:
    """Who else sets the number of replicas: told, for it goes on doing so. `autoscalers` None: may not be read."""
    if autoscalers is None:
        return [Check(name="autoscaler", passed=True, text=f"{CANNOT_TELL}: the bot may not look")]
    reference = ("Deployment", deployment["metadata"]["name"])
    mine = [one for one in autoscalers if _scales(one) == reference]
    return [Check(name="autoscaler", passed=True, text=_range(one)) for one in mine]


def _scales(autoscaler: Json) -> tuple[str, str]:
    reference = autoscaler["spec"].get("scaleTargetRef") or {}
    return str(reference.get("kind")), str(reference.get("name"))


def _range(autoscaler: Json) -> str:
    spec, metadata = autoscaler["spec"], autoscaler["metadata"]
    keda = any(one.get("kind") == "ScaledObject" for one in metadata.get("ownerReferences") or [])
    text = f"{metadata['name']} keeps {spec.get('minReplicas', 1)} to {spec.get('maxReplicas')} replicas"
    return f"{text}, for KEDA" if keda else text


def owner(deployment: Json) -> Check:
    """Fails only where somebody else would soon put back what we change."""
    metadata = deployment["metadata"]
    controllers = [one for one in metadata.get("ownerReferences") or [] if one.get("controller")]
    if controllers:
        text = f"{controllers[0]['kind']} {controllers[0]['name']} controls it and would undo the change"
        return Check(name="owner", passed=False, text=text)
    if application := annotations(deployment).get(ARGO_CD, "").partition(":")[0]:
        text = f"Argo CD application {application} would put back what Git says: change the image there"
        return Check(name="owner", passed=False, text=text)
    for part in FLUX:
        reconciled = annotations(deployment).get(f"{part}/reconcile") != "disabled"
        if (name := (metadata.get("labels") or {}).get(f"{part}/name")) and reconciled:
            text = (
                f"Flux {name} would put back what Git says: change the image there, or set {part}/reconcile: disabled"
            )
            return Check(name="owner", passed=False, text=text)
    if release := annotations(deployment).get(HELM):
        return Check(name="owner", passed=True, text=f"Helm release {release}: its next upgrade sets its own image")
    return Check(name="owner", passed=True, text="nobody else sets the image")
