"""The preflight lines that a Deployment answers by itself. Pure."""

from collections.abc import Iterator
from typing import Any

from bot.values import Check, Phase, Trouble
from integrations.targets._kubernetes.rollout import Claim, rollout_status, under_way
from integrations.targets._kubernetes.templates import annotations, containers, image_in, number, version_of

Json = dict[str, Any]

ARGO_CD = "argocd.argoproj.io/tracking-id"
FLUX = ("kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io")
HELM = "meta.helm.sh/release-name"


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
