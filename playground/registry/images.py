"""What the registry holds: an image of each version of each service of the shop, always the same one."""

import hashlib
import json
from functools import cache
from typing import Any

from playground.world import SERVICES

HOST = "registry.example.com"
REPOSITORIES = tuple(f"shop/{service}" for service in SERVICES)
PLATFORMS = ("amd64", "arm64")
INDEX, MANIFEST = "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"
CONFIG, LAYER = "application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.layer.v1.tar+gzip"


def digest_of(content: bytes) -> str:
    """What content is addressed by."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def is_there(repository: str, tag: str) -> bool:
    """Whether a version was ever pushed: any of a service of the shop, but for those that are called missing. One
    that is called bad was, and its layers are lost: the cluster can't pull it all the same."""
    return repository in REPOSITORIES and "missing" not in tag


@cache
def index(repository: str, tag: str) -> bytes:
    """What a tag means: the image's index, with a manifest for each platform."""
    manifests = [
        {**_described(MANIFEST, _manifest(repository, tag, one)), "platform": {"os": "linux", "architecture": one}}
        for one in PLATFORMS
    ]
    return _json({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})


def _manifest(repository: str, tag: str, platform: str) -> bytes:
    config = _described(CONFIG, f"{repository} {tag} {platform} config".encode())
    layers = [_described(LAYER, f"{repository} {tag} {platform} layer {number}".encode()) for number in range(3)]
    return _json({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers})


def _described(kind: str, content: bytes) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest_of(content), "size": len(content)}


def _json(thing: dict[str, Any]) -> bytes:
    return json.dumps(thing, separators=(",", ":")).encode()
