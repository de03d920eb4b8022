"""What an image's name says: the host that keeps it, and what it is called there."""

import re
from typing import NamedTuple

from bot.blocks import code
from bot.errors import Code, Refusal

DOCKER_HUB = "docker.io"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
# OCI distribution spec, "Pulling manifests".
_NAME = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:\d{1,5})?")


class Repository(NamedTuple):
    """One repository: `host` as image names have it ("registry.example.com"), `name` as the host knows it."""

    host: str
    name: str

    @property
    def url(self) -> str:
        """Where the host serves it; Docker Hub is the one that does so under another name."""
        return "https://registry-1.docker.io" if self.host == DOCKER_HUB else f"https://{self.host}"


def repository(image: str) -> Repository:
    """The repository that an image's name without version means. Raises Refusal(INVALID) for what is no such name."""
    first, slash, rest = image.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        host, name = first.lower(), rest
    else:
        host, name = DOCKER_HUB, image
    if host == f"index.{DOCKER_HUB}":
        host = DOCKER_HUB
    if host == DOCKER_HUB and "/" not in name:
        name = f"library/{name}"
    if not _HOST.fullmatch(host) or not _NAME.fullmatch(name):
        raise Refusal(
            Code.INVALID, f"{code(image)} is no name of an image.", "Look at `image` in the service's target."
        )
    return Repository(host, name)


def reference(version: str) -> str:
    """The version, when a registry can know it: a tag or a digest. Raises Refusal(INVALID) otherwise."""
    if not DIGEST.fullmatch(version) and not _TAG.fullmatch(version):
        raise Refusal(Code.INVALID, f"{code(version)} can be no tag of an image.")
    return version
