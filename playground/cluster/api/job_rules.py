"""What Jobs and autoscalers must look like, in the words of the real API."""

from collections.abc import Iterator

from playground.cluster.api.errors import Cause, invalid, required
from playground.cluster.api.kinds import Object
from playground.cluster.api.pod_rules import pod_causes

_NOT_NEGATIVE = "must be greater than or equal to 0"
_COUNTS = ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished")
_FIXED = {"completions": "", "selector": "v1.LabelSelector{…}", "template": "core.PodTemplateSpec{…}"}


def job_causes(thing: Object, previous: Object | None) -> Iterator[Cause]:
    """What is wrong with a Job; what it runs can't be changed once it is there."""
    spec = thing["spec"]
    for field in _COUNTS:
        if spec.get(field, 0) < 0:
            yield invalid(f"spec.{field}", str(spec[field]), _NOT_NEGATIVE)
    yield from pod_causes(spec["template"]["spec"], "spec.template.spec")
    if spec["template"]["spec"].get("restartPolicy") not in ("Never", "OnFailure"):
        why = 'Required value: valid values: "OnFailure", "Never"'
        yield Cause("FieldValueRequired", "spec.template.spec.restartPolicy", why)
    for field, shown in _FIXED.items() if previous else ():
        if previous and spec.get(field) != previous["spec"].get(field):
            yield invalid(f"spec.{field}", shown or str(spec.get(field)), "field is immutable")


def autoscaler_causes(thing: Object) -> Iterator[Cause]:
    """What is wrong with a HorizontalPodAutoscaler."""
    spec = thing["spec"]
    least, most = spec["minReplicas"], spec.get("maxReplicas", 0)
    if least < 1:
        yield invalid("spec.minReplicas", str(least), "must be greater than or equal to 1")
    if most < 1:
        yield invalid("spec.maxReplicas", str(most), "must be greater than 0")
    elif most < least:
        yield invalid("spec.maxReplicas", str(most), "must be greater than or equal to `minReplicas`")
    for part in ("kind", "name"):
        if not spec["scaleTargetRef"].get(part):
            yield required(f"spec.scaleTargetRef.{part}")
