"""How containers fare, as the tags of their images ask for it, and what they write when they start."""

from enum import StrEnum

from playground.cluster.api.pod_defaults import image_tag

_STARTING = ('level=info msg="starting" service={name} version={tag}', 'level=info msg="configuration loaded"')
_ENDINGS = {
    "ready": ('level=info msg="connected to the database" pool=10', 'level=info msg="listening" address=0.0.0.0:8080'),
    "crash": (
        'level=error msg="migration failed" migration=0042 error="column orders.currency does not exist"',
        'level=fatal msg="giving up: the database does not have the schema of version {tag}"',
    ),
    "notready": (
        'level=info msg="listening" address=0.0.0.0:8080',
        'level=warning msg="not ready: waiting for the price list" attempt=1',
    ),
}


class Fate(StrEnum):
    """How a container fares."""

    READY = "ready"
    SLOW = "slow"
    NOT_READY = "notready"
    CRASH = "crash"
    MISSING = "missing"
    MISCONFIGURED = "configerror"


def fate_of(image: str) -> Fate:
    """The fate that a tag asks for: one with "bad" or "missing" can't be pulled, and so on by the names of Fate."""
    tag = image_tag(image).replace("badmigration", "")  # that is its migration's fate, not its own
    if "bad" in tag:
        return Fate.MISSING
    order = (Fate.MISSING, Fate.MISCONFIGURED, Fate.CRASH, Fate.NOT_READY, Fate.SLOW)
    return next((fate for fate in order if fate.value in tag), Fate.READY)


def start_lines(name: str, image: str) -> list[str]:
    """What a container writes when it starts, up to the end of that."""
    ending = {Fate.CRASH: "crash", Fate.NOT_READY: "notready"}.get(fate_of(image), "ready")
    return [line.format(name=name, tag=image_tag(image)) for line in (*_STARTING, *_ENDINGS[ending])]
