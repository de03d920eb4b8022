"""Every registry that speaks the OCI distribution protocol, and Docker's before it: Docker Hub, GHCR, ECR, Harbor, …

github.com/opencontainers/distribution-spec, "Checking if content exists" and "Pulling manifests".
"""

import hashlib
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from yarl import URL

from bot.blocks import code
from bot.errors import Code, Refusal, Unavailable
from bot.ports import Registry
from integrations._http import BUSY, Answer, Http, address, retry_after
from integrations.registries._oci.login import SYSTEM, Doors, Login
from integrations.registries._oci.names import DIGEST, Repository, reference, repository

# An index stands for all platforms: it is what a tag means, and what every node can pull by its digest.
MANIFESTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
HEADERS = {"Accept": ", ".join(MANIFESTS)}
DIGEST_HEADER = "Docker-Content-Digest"

Host = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$")]


class Options(BaseModel):
    """How registries are reached; which one follows from each image's name. `endpoints` are those that are elsewhere
    than their name says: host -> URL. `logins` are for one host each, and never sent to another, apart from the one
    that this host names to get tokens from. `timeout` is in seconds, for all that one question takes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    type: Literal["oci"] = "oci"
    endpoints: dict[Host, Annotated[str, AfterValidator(address)]] = {}
    logins: dict[Host, Login] = {}
    timeout: Annotated[float, Field(gt=0, le=60)] = 10.0


def connect(options: Options) -> Registry:
    """The registry; nothing is asked before the first `digest`."""
    return Oci(options)


class Oci:
    """`bot.ports.Registry` over HTTP."""

    def __init__(self, options: Options) -> None:
        self._options, self._http = options, Http(SYSTEM, options.timeout)
        self._doors = Doors(self._http, options.logins)

    async def digest(self, image: str, version: str) -> str:
        """See the port. A version that is a digest already comes back as it is, once the registry has said that it
        has it."""
        place, tag = repository(image), reference(version)
        async with self._http.question(place.host):
            answer = await self._ask("HEAD", place, tag)
            if answer.status == 405 or (answer.status == 200 and not _digest_in(answer, tag)):
                answer = await self._ask("GET", place, tag)
        if answer.status != 200:
            raise _failure(answer, place, tag)
        return _agreed(answer, place, tag)

    async def close(self) -> None:
        """See the port."""
        await self._http.close()

    async def _ask(self, method: str, place: Repository, tag: str) -> Answer:
        base = self._options.endpoints.get(place.host, place.url)
        url = URL(f"{base}/v2/{place.name}/manifests/{tag}")
        answer = await self._http.ask(method, url, HEADERS, self._doors.held(place))
        # One that we were sent on to may want a login too; it is not the one that ours is for.
        if answer.status == 401 and answer.home:
            header = await self._doors.open(place, answer, url.scheme == "https")
            if header:
                answer = await self._http.ask(method, url, HEADERS, header)
        return answer


def _digest_in(answer: Answer, tag: str) -> str:
    """The digest that an answer names, or the one that was asked for by name; empty where there is none to trust."""
    named = answer.headers.get(DIGEST_HEADER, "")
    if DIGEST.fullmatch(named):
        return named
    return tag if DIGEST.fullmatch(tag) and not named else ""


def _agreed(answer: Answer, place: Repository, tag: str) -> str:
    """The digest that header, content and question agree upon. Raises Unavailable where they don't."""
    found = {named} if (named := _digest_in(answer, tag)) else set()
    if answer.body:
        if answer.headers.get("Content-Type", "").partition(";")[0].strip() not in MANIFESTS:
            raise Unavailable(SYSTEM, f"{place.host} answered something that is no manifest of an image")
        found.add(f"sha256:{hashlib.sha256(answer.body).hexdigest()}")
    if DIGEST.fullmatch(tag):
        found.add(tag)
    if len(found) != 1:
        raise Unavailable(SYSTEM, f"{place.host} answered what does not fit the digest that it gives")
    return found.pop()


def _failure(answer: Answer, place: Repository, tag: str) -> Refusal | Unavailable:
    if answer.status >= 500 or answer.status in BUSY:
        return Unavailable(SYSTEM, f"{place.host} answered HTTP {answer.status}", retry_after(answer.headers))
    if answer.status == 404:
        text = f"There is no {code(tag)} of {code(place.name)} in {code(place.host)}."
        return Refusal(Code.NOT_FOUND, text, "Look whether it was built and pushed, or name another version.")
    if answer.status in (401, 403):
        # Most registries say this as well where there is no such repository, so as not to tell which there are.
        text = f"{code(place.host)} does not show {code(place.name)} to the bot, or there is no such repository."
        return Refusal(Code.TARGET_FORBIDS, text, f"Look at `registry.logins` for {code(place.host)}.")
    return Refusal(Code.INVALID, f"{code(place.host)} does not answer about {code(tag)}: HTTP {answer.status}.")
